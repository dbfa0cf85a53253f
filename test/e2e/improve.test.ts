/**
 * `hone improve` on an unmodified agent: recorded once for real, then trained and measured with its tools answered from the
 * recording. A tool of the agent adds a line to a file when it runs.
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { fieldsOf } from "../../packages/hone/src/core/json.ts";
import type { Span } from "../../packages/hone/src/core/span.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { readTasks } from "../../packages/hone/src/data/task-file.ts";
import type { ResultRecord } from "../../packages/hone/src/formats/result-format.ts";
import { commandLine } from "../doubles/command-line.ts";
import { startModelEndpoint } from "../doubles/model-endpoint.ts";
import { preload } from "../doubles/own-code.ts";
import { storedTraces } from "../doubles/stored-traces.ts";

const root = join(import.meta.dirname, "../..");
const folder = await mkdtemp(join(tmpdir(), "hone-improve-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const store = `sqlite:${join(folder, "hone.db")}`;
const effects = join(folder, "effects");
const app = join(root, "test/e2e/apps/refund-desk.ts");
const command = [process.execPath, app].map((word) => JSON.stringify(word)).join(" ");
const effect = (): Promise<string> => readFile(effects, "utf8").catch(() => "");

/** Runs the agent for real, with a scripted model, and records it. */
async function record(): Promise<void> {
  const endpoint = await startModelEndpoint([
    { calls: [{ name: "refund", arguments: { number: "A-17" } }] },
    { text: "Done." },
  ]);
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--import", preload, app, "Refund A-17."], {
    cwd: root,
    env: {
      ...inherited,
      OPENAI_BASE_URL: endpoint.url,
      OPENAI_API_KEY: "none",
      EFFECTS: effects,
      FLAGS: "one",
      HONE_STORE: store,
      HONE_AGENT: "desk",
    },
    stdio: "inherit",
  });
  try {
    await new Promise((resolve) => child.on("close", resolve));
  } finally {
    await endpoint.close();
  }
}

/** The same trace of another user, who asked in other words. */
function asked(trace: Trace, number: number): Trace {
  const id = `trace-${number}`;
  const words = (text: string): string =>
    text.replace("Refund A-17.", `Refund A-17, please ${number}.`);
  const spans = trace.spans.map((span): Span => {
    if (span.kind !== "prompt" || typeof span.input === "string") return { ...span, traceId: id };
    const input = span.input.map((one) => ({ ...one, content: words(one.content) }));
    return { ...span, traceId: id, input };
  });
  return { ...trace, id, task: words(trace.task), session: `session-${number}`, spans };
}

interface Said {
  readonly role: string;
  readonly content: string;
}

/** A tiny model whose context holds the definitions of the tools. */
async function tinyModel(): Promise<string> {
  const model = join(folder, "model");
  await cp(join(root, "test/golden/models/qwen2"), model, { recursive: true });
  const config = join(model, "config.json");
  const longer = (await readFile(config, "utf8")).replace(
    '"max_position_embeddings": 256',
    '"max_position_embeddings": 2048',
  );
  await writeFile(config, longer);
  return model;
}

beforeAll(async () => {
  await record();
  const [trace] = await storedTraces(store);
  const opened = await openStore(store);
  await opened.put(Array.from({ length: 2 }, (_, i) => asked(trace!, i)));
  await opened.close();
}, 200_000);

it("is trained and measured by the agent as it is, runs none of its tools, and is resumed by its folder", async () => {
  expect(await effect()).toBe("refund A-17\n");
  await writeFile(join(folder, "reward.mjs"), "export default ({ answer }) => answer.length % 7;");
  const words = [
    ...["improve", "--store", store, "--agent", "desk", "--command", command],
    ...["--reward", "reward.mjs", "--model", await tinyModel(), "--weights", "all"],
    ...["--steps", "2", "--group-size", "2", "--groups-per-step", "1", "--max-tokens", "12"],
    ...["--threads", "1", "--deadline", "300", "--out", "better"],
  ];
  const environment = { EFFECTS: effects, FLAGS: "one" };
  const trained = await commandLine(words, { folder, environment });
  expect(trained.stderr).not.toMatch(/failed/);
  expect(trained.code).toBe(0);
  expect(trained.stdout).toContain("3 tasks of 3 sessions with 3 recorded calls");
  expect(trained.stdout).toContain("into service: npx hone serve better --name desk");
  expect(await effect()).toBe("refund A-17\n");

  const run = join(folder, "better");
  const result = JSON.parse(await readFile(join(run, "result.json"), "utf8")) as ResultRecord;
  expect(result.after.tasks).toBe(1);
  expect(result.replay).toEqual({});
  const tasks = await readTasks(join(run, "tasks.jsonl"), { share: 0, max: 0, seed: 0 });
  expect([...tasks.train, ...tasks.test].map(({ task }) => fieldsOf(task)["calls"])).toEqual(
    Array.from({ length: 3 }, () => [
      { name: "refund", arguments: { number: "A-17" }, result: { refunded: "A-17" } },
    ]),
  );
  const check = await commandLine(["runs", "check", "better"], { folder });
  expect(check.code).toBe(1);
  const again = await commandLine(["improve", "--resume", "better"], { folder, environment });
  expect(again.stderr).toBe("");
  expect(again.stdout).toContain("npx hone improve --model better");
}, 400_000);

it("learns its traces by their rewards, from a model made of them, with no tool run, and is resumed", async () => {
  const reward = "export default ({ answer, task }) => (answer.length + task.question.length) % 2;";
  await writeFile(join(folder, "traces-reward.mjs"), reward);
  const words = [
    ...["train", "traces", "--store", store, "--where", "agent=desk", "--agent", command],
    ...["--reward", "traces-reward.mjs", "--held-out", "0.2", "--warm-start", "1"],
    ...["--steps", "2", "--groups-per-step", "2", "--max-tokens", "12"],
    ...["--threads", "1", "--deadline", "300", "--out", "learned"],
  ];
  const environment = { EFFECTS: effects, FLAGS: "one" };
  const trained = await commandLine(words, { folder, environment });
  expect(trained.code, trained.stderr).toBe(0);
  expect(trained.stdout).toContain("of 2 traces to learn from 2 were scored by --reward");
  expect(trained.stdout).toMatch(/warm-start +1 steps?\n[^]*reinforce-plus-plus +2 steps/);
  expect(trained.stdout).toContain("into service: npx hone serve learned --name desk");
  expect(await effect()).toBe("refund A-17\n");
  const again = await commandLine(["train", "traces", "--resume", "learned"], {
    folder,
    environment,
  });
  expect(again.stderr).toBe("");
  const further = /npx hone train traces --model learned .*--where agent=desk .*--agent /;
  expect(again.stdout).toMatch(further);
  const other = await commandLine(["train", "traces", "--resume", "better"], { folder });
  expect(other.stderr).toMatch(/^RUN_OF_ANOTHER_COMMAND/);
}, 400_000);

it("finds a better system message for the agent as it is, runs none of its tools, and is resumed", async () => {
  const before = await effect();
  // The policy answers as its system message says; the critic writes one that asks for capitals.
  const endpoint = await startModelEndpoint(({ body }) => {
    const { model, messages } = body as { model: string; messages: readonly Said[] };
    const [system, ...rest] = messages;
    const said = rest.map(({ content }) => content).join("\n");
    if (model === "critic")
      return {
        text: said.includes("between <prompt> and </prompt>")
          ? "<prompt>\nRefund in capitals.\n</prompt>"
          : "It does not say how.",
      };
    if (messages.at(-1)?.role === "user")
      return { calls: [{ name: "refund", arguments: { number: "A-17" } }] };
    return { text: system?.content.includes("capitals") === true ? "DONE." : "Done." };
  });
  await writeFile(
    join(folder, "capitals.mjs"),
    "export default ({ answer }) => +(answer === 'DONE.');",
  );
  const policy = ["--policy", `${endpoint.url}#policy`, "--critic", `${endpoint.url}#critic`];
  const words = [
    ...["improve", "--store", store, "--agent", "desk", "--command", command],
    ...["--method", "prompt", "--search", "gepa", "--steps", "1", ...policy],
    ...["--reward", "capitals.mjs", "--deadline", "300", "--out", "worded"],
  ];
  const environment = { EFFECTS: effects, FLAGS: "one", HONE_MODEL_API_KEY: "none" };
  try {
    const searched = await commandLine(words, { folder, environment });
    expect(searched.code, searched.stderr).toBe(0);
    expect(searched.stdout).toContain("with the prompt in the place of its system message");
    expect(searched.stdout).toMatch(/prompt 1 of 1 is the best: 0\.000 → 1\.000/);
    expect(searched.stdout).toMatch(/refund: \d+ calls, \d+ exact\n/);
    expect(searched.stdout).toContain(
      "into service: put the words of worded/prompt.txt in the place of the agent's system message",
    );
    const best = await readFile(join(folder, "worded/prompt.txt"), "utf8");
    expect(best).toBe("Refund in capitals.\n");
    expect(await effect()).toBe(before);
    const record = await readFile(join(folder, "worded/run.json"), "utf8");
    expect(record).toContain('"Refund orders that did not arrive."');
    const asked = endpoint.requests.length;
    const again = await commandLine(["improve", "--resume", "worded"], { folder, environment });
    expect(again.stdout, again.stderr).toContain("worded was finished before; nothing was run");
    expect(endpoint.requests).toHaveLength(asked);
    const other = await commandLine([...words, "--group-size", "4"], { folder, environment });
    expect(other.stderr).toContain("--group-size: it has no meaning for prompt");
  } finally {
    await endpoint.close();
  }
}, 400_000);
