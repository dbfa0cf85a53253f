/** An unmodified program on OpenAI Agents JS, run with the preload and without. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../packages/hone/src/core/message.ts";
import { type ModelScript, startModelEndpoint } from "../doubles/model-endpoint.ts";
import { preload } from "../doubles/own-code.ts";
import {
  type AppRun,
  type RecordedApp,
  runRecordedApp,
  runRecordedApps,
  spanLine,
  withBodies,
} from "../doubles/recorded-app.ts";

const script = "examples/record/openai-agents.ts";

/** The ids of the calls are the run's own. */
const handover = (id: string) => ({
  calls: [{ name: "transfer_to_order_desk", arguments: {}, id: `${id}_1` }],
});
const looksUp = (id: string, number: string) => ({
  calls: [{ name: "look_up_order", arguments: { number }, id: `${id}_2` }],
});
const desk = (id: string): ModelScript => [
  handover(id),
  looksUp(id, "A-17"),
  { text: "The kettle has shipped." },
];
const boom = [{ status: 400, message: "boom" }];

/** In the order in which they run. `--chat` is for all that run after it in the process, as it is for the SDK. */
const modules = {
  desk: { script, model: desk("desk") },
  "a tool that throws": {
    script,
    model: [handover("throws"), looksUp("throws", "B-1"), { text: "None." }],
  },
  "chat stream": { script, flags: ["--chat", "--stream"], model: desk("chat_stream") },
} satisfies Readonly<Record<string, AppRun>>;
const required = {
  "required stream": { script, flags: ["--stream"], model: desk("required_stream") },
  "required chat": { script, flags: ["--chat"], model: desk("required_chat") },
} satisfies Readonly<Record<string, AppRun>>;

type Name = keyof typeof modules | keyof typeof required;

let runs: Record<Name, RecordedApp>;
beforeAll(async () => {
  runs = {
    ...(await runRecordedApps(modules)),
    ...(await runRecordedApps(required, { form: "cjs" })),
  };
});

/** A run whose user sees the same with the preload and without. */
function seenSame({ plain, recorded, traces }: RecordedApp) {
  expect(recorded).toEqual(plain);
  expect(traces).toHaveLength(1);
  return { seen: plain, trace: traces[0]! };
}

describe("OpenAI Agents JS under the preload", { timeout: 90_000 }, () => {
  it.each([
    { name: "desk" },
    { name: "chat stream" },
    { name: "required stream" },
    { name: "required chat" },
  ] as const)("records a handoff and a tool: $name", ({ name }) => {
    const id = name.replace(" ", "_");
    const { seen, trace } = seenSame(runs[name]);
    expect(seen).toMatchObject({
      stdout: "The kettle has shipped.\norder desk answered.\n",
      stderr: "",
      code: 0,
      // The SDK's own exporter did what it always does, and nothing else wanted to leave.
      outside: ["api.openai.com/v1/traces/ingest"],
    });
    expect(trace).toMatchObject({
      agent: "reception",
      task: "Where is my order A-17?",
      status: "completed",
      tags: ["openai-agents"],
      metadata: { sdk: { name: "openai-agents", version: "0.20.0" } },
    });
    expect(trace.spans.map(spanLine)).toEqual([
      "prompt transfer_to_order_desk({})",
      'handoff {"from":"reception","to":"order desk"}',
      'prompt look_up_order({"number":"A-17"}) [order desk]',
      'tool look_up_order {"number":"A-17"} → {"item":"kettle","shipped":true} [order desk]',
      "prompt The kettle has shipped. [order desk]",
    ]);
    const calls = withBodies(trace);
    expect(calls.map((call) => call.attributes["http.request.body"])).toEqual(
      seen.requests.map(([, body]) => JSON.parse(body) as unknown),
    );
    expect(calls[2]).toMatchObject({
      input: [
        { role: "system", content: "Look the order up and answer in one sentence." },
        { role: "user", content: "Where is my order A-17?" },
        { role: "assistant", toolCalls: [{ id: `${id}_1`, name: "transfer_to_order_desk" }] },
        { role: "tool", content: '{"assistant":"order desk"}', toolCallId: `${id}_1` },
        {
          role: "assistant",
          toolCalls: [{ id: `${id}_2`, name: "look_up_order", arguments: '{"number":"A-17"}' }],
        },
        { role: "tool", content: '{"item":"kettle","shipped":true}', toolCallId: `${id}_2` },
      ],
      model: "gpt-5-mini",
      provider: "openai",
      usage: { input: 21, output: 7 },
      attributes: {
        "openai_agents.turn": 3,
        "gen_ai.response.id": `${name.includes("chat") ? "chatcmpl-" : "resp_"}${seen.requestsBefore + 3}`,
        "gen_ai.tool.definitions": [{ name: "look_up_order" }],
      },
    });
    expect(trace.spans[3]).toMatchObject({ kind: "tool", callId: `${id}_2` });
    // What a model said is given back to it word for word: a conversation is one, not two.
    const { input, output } = calls[1]!;
    const said = [input as Message[], output as Message[]].flat();
    expect(calls[2]!.input.slice(0, said.length)).toEqual(said);
  });

  // The error ends the process, at once after the call: the SDK's exporter sends nothing.
  it.each([[[]], [["--stream"]]])("records a model that fails, %j", async (flags) => {
    const { seen, trace } = seenSame(await runRecordedApp({ script, flags, model: boom }));
    expect(seen.code).toBe(1);
    expect(seen.stderr).toContain("BadRequestError: 400 boom");
    expect(trace).toMatchObject({ status: "failed", error: { message: "400 boom" } });
    expect(trace.spans.map(spanLine)).toEqual(["prompt nothing failed: 400 boom"]);
    expect(withBodies(trace)).toHaveLength(1);
  });

  it("records a tool that throws, and what the model was told of it", () => {
    const { seen, trace } = seenSame(runs["a tool that throws"]);
    expect(seen.stdout).toBe("None.\norder desk answered.\n");
    const tool = trace.spans.find(({ kind }) => kind === "tool");
    expect(tool).toMatchObject({
      arguments: { number: "B-1" },
      result: "An error occurred while running the tool. Please try again.",
      error: { message: expect.stringMatching(/fail/i) as string },
      callId: "throws_2",
    });
    expect(trace.status).toBe("completed");
  });

  it("records the calls as requests where the SDK's tracing is off", async () => {
    const app = { script, model: desk("off"), environment: { OPENAI_AGENTS_DISABLE_TRACING: "1" } };
    const { plain, recorded, traces } = await runRecordedApp(app);
    expect(recorded).toEqual(plain);
    expect(plain.outside).toEqual([]);
    expect(traces.flatMap(({ tags }) => tags)).toContain("fetch");
    const prompts = traces.flatMap(({ spans }) => spans).filter(({ kind }) => kind === "prompt");
    expect(prompts).toHaveLength(3);
  });

  it("lets Ctrl-C end a program that waits, as the SDK does it", async () => {
    const endpoint = await startModelEndpoint([{ text: "Hi." }]);
    const folder = await mkdtemp(join(tmpdir(), "hone-signal-"));
    const text = `
      import { Agent, run } from "@openai/agents";
      await run(new Agent({ name: "a", model: "m" }), "Hello?");
      console.log("ready");
      setTimeout(() => {}, 600_000);`;
    const root = join(import.meta.dirname, "../..");
    const guard = join(root, "test/doubles/offline.ts");
    const args = ["--import", guard, "--import", preload, "--input-type=module", "--eval", text];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: {
        ...process.env,
        NODE_ENV: "",
        OPENAI_BASE_URL: endpoint.url,
        OPENAI_API_KEY: "test-key",
        HONE_STORE: `files:${folder}`,
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      await once(child.stdout, "data");
      child.kill("SIGINT");
      const ended = await once(child, "exit", { signal: AbortSignal.timeout(55_000) });
      expect(ended).toEqual([130, null]);
    } finally {
      child.kill("SIGKILL");
      await endpoint.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
