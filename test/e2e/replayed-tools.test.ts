/** Tools of unmodified programs on the AI SDK, LangGraph and OpenAI Agents, answered from a recording: no tool runs that must not. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import {
  openReplay,
  type ProgramReplay,
} from "../../packages/hone/src/app/serving/replayed-program.ts";
import type { RecordedCall, ReplayedCall } from "../../packages/hone/src/core/tool-replay.ts";
import { type ModelScript, startModelEndpoint } from "../doubles/model-endpoint.ts";

const root = join(import.meta.dirname, "../..");
const older = `--import=${join(root, "test/doubles/ai-sdk-6.ts")}`;
const folder = await mkdtemp(join(tmpdir(), "hone-replayed-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const recorded: readonly RecordedCall[] = [
  { name: "refund", arguments: { number: "A-17" }, result: { refunded: "A-17" } },
  {
    name: "refund",
    arguments: { number: "B-1" },
    error: "B-1 was refunded already.",
    errorType: "TypeError",
  },
];

const call = (name: string, given: Readonly<Record<string, unknown>>) => ({
  calls: [{ name, arguments: given }],
});

interface Way extends Partial<ProgramReplay> {
  readonly model: ModelScript;
  /** Default: an agent on the AI SDK. */
  readonly program?: string;
  /** Default: those of that agent. */
  readonly calls?: readonly RecordedCall[];
  readonly flags?: string;
  readonly nodeOptions?: string;
}

/** Runs the program and tells what the model was told of its tools, what ran, and how calls were answered. */
async function run({ model, flags = "", nodeOptions = "", ...way }: Way) {
  const { program = "test/e2e/apps/refund-desk.ts", calls: given = recorded, ...rules } = way;
  const place = await mkdtemp(join(folder, "run-"));
  const endpoint = await startModelEndpoint(model);
  const calls: ReplayedCall[] = [];
  const replay = { match: "exact" as const, unmatched: "error" as const, allowed: [], ...rules };
  const opened = await openReplay(
    { ...replay, callsOf: () => given, onCalls: (some) => calls.push(...some) },
    { task: { id: "1" }, folder: place },
  );
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const effects = join(place, "effects");
  const { NODE_OPTIONS: preload } = opened.environment;
  const child = spawn(process.execPath, [program, "Refund A-17."], {
    cwd: root,
    env: {
      ...inherited,
      ...opened.environment,
      NODE_OPTIONS: `${nodeOptions} ${preload}`,
      OPENAI_BASE_URL: endpoint.url,
      OPENAI_API_KEY: "none",
      EFFECTS: effects,
      FLAGS: flags,
    },
  });
  try {
    const ended = new Promise((resolve) => child.on("close", resolve));
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    await opened.report();
    const last = endpoint.requests.at(-1)?.body as
      | { readonly messages: readonly Told[] }
      | undefined;
    const told = (last?.messages ?? []).flatMap(({ role, content }) =>
      role === "tool" ? [content] : [],
    );
    const ran = await readFile(effects, "utf8").catch(() => "");
    const sent = endpoint.requests.map((request) => request.text);
    return { stdout, stderr, code, told, ran, calls, sent };
  } finally {
    await endpoint.close();
  }
}

interface Told {
  readonly role: string;
  readonly content: string;
}

/** Version 7 tells a model the class of an error, too. */
describe.each([
  ["7", "", "TypeError: ", "Error: "],
  ["6", older, "", ""],
])("version %s", (_, nodeOptions, ofRecorded, ofOurs) => {
  it("is given recorded results and errors, and an error where nothing was recorded", async () => {
    const model = [
      call("refund", { number: "A-17" }),
      call("refund", { number: "B-1" }),
      call("mail", { text: "Hello" }),
      { text: "Done." },
    ];
    const seen = await run({ model, nodeOptions, flags: "quiet" });
    expect(seen).toMatchObject({ code: 0, stdout: "Done.\n", ran: "" });
    expect(seen.told).toEqual([
      '{"refunded":"A-17"}',
      `${ofRecorded}B-1 was refunded already.`,
      `${ofOurs}No result of mail was recorded for {"text":"Hello"}.`,
    ]);
    expect(seen.calls).toEqual([
      { tool: "refund", answer: "exact" },
      { tool: "refund", answer: "exact" },
      { tool: "mail", answer: "unmatched" },
    ]);
  });
});

it("is matched loosely, answered by a stub, or run where it is allowed, in a stream, too", async () => {
  const model = [
    call("refund", { number: " a-17", euros: 3 }),
    call("mail", { text: "Hello" }),
    { text: "Done." },
  ];
  const stubs = join(folder, "stubs.mjs");
  await writeFile(stubs, "export default { mail: ({ text }) => 'stub: ' + text };");
  const stubbed = await run({ model, match: "loose", unmatched: "stub", stubs, flags: "stream" });
  expect(stubbed.told).toEqual(['{"refunded":"A-17"}', "stub: Hello"]);
  expect(stubbed.ran).toBe("");
  const live = await run({ model, unmatched: "live", allowed: ["mail"], flags: "stream" });
  expect(live.told).toEqual([
    'Error: No result of refund was recorded for {"euros":3,"number":" a-17"}.',
    "sent",
  ]);
  expect(live.ran).toBe("mail Hello\n");
  expect(live.calls.map(({ answer }) => answer)).toEqual(["unmatched", "live"]);
});

it("does not begin where the stubs cannot be loaded", async () => {
  const seen = await run({
    model: [{ text: "no" }],
    unmatched: "stub",
    stubs: join(folder, "none.mjs"),
  });
  expect(seen).toMatchObject({ code: 78, stdout: "", ran: "", told: [] });
  expect(seen.stderr).toMatch(/^hone: tools cannot be replayed: .*none\.mjs.*; the program ends/s);
});

describe.each([
  {
    sdk: "LangGraph",
    program: "examples/record/langgraph.ts",
    model: [call("temperature_in", { city: "Oslo" }), { text: "Cold." }],
    recorded: { name: "temperature_in", arguments: { city: "Oslo" }, result: "-30 °C" },
    shown: "-30 °C",
    tool: "temperature_in",
    error: "No result of temperature_in was recorded",
  },
  {
    sdk: "OpenAI Agents",
    program: "examples/record/openai-agents.ts",
    model: [
      call("transfer_to_order_desk", {}),
      call("look_up_order", { number: "A-17" }),
      { text: "Lost." },
    ],
    recorded: { name: "look_up_order", arguments: { number: "A-17" }, result: "stolen" },
    shown: "stolen",
    tool: "look_up_order",
    // The SDK keeps an error's words from the model.
    error: "An error occurred while running the tool.",
  },
])("$sdk", ({ program, model, recorded: one, shown, tool, error }) => {
  it("is shown what was recorded, and an error where nothing was, in the place of what its tool returns", async () => {
    const answered = await run({ program, model, calls: [one] });
    expect(answered.calls).toEqual([{ tool, answer: "exact" }]);
    expect(answered).toMatchObject({ code: 0 });
    expect(answered.sent.at(-1)).toContain(shown);

    const unanswered = await run({ program, model, calls: [] });
    expect(unanswered.calls).toEqual([{ tool, answer: "unmatched" }]);
    expect(unanswered.sent.at(-1)).toContain(error);
  });
});
