/** What an improvement is made of, and what it refuses before anything runs. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { withId } from "../../core/feedback.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { replayableAttribute } from "../../core/tool-replay.ts";
import { newModel } from "../../engine/model-files/new-model.ts";
import { answeredTrace } from "../../testing/answered-trace.ts";
import { openStore } from "../open-store.ts";
import { coverageText, CoverageLog } from "./coverage-log.ts";
import { makeInputs } from "./improve-inputs.ts";
import type { OpenedSource } from "../training/sources/opened-source.ts";
import { type ImproveSettings, recordedImprovement } from "./improve-settings.ts";
import { newModelOf, withWarmStart } from "./warm-start.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-inputs-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const url = `sqlite:${join(folder, "hone.db")}`;

const tool: Span = {
  ...{ traceId: "", id: "t", sequence: 1, startedAt: 0, attributes: {} },
  ...{ kind: "tool", toolName: "refund", arguments: { number: "A" }, result: "ok" },
};

const trace = (agent: string, i: number, sdk?: string): Trace => {
  const id = `${agent}-${i}`;
  const plain = answeredTrace(id, i % 2 === 0 ? "good" : "bad", `question ${Math.floor(i / 2)}`);
  const spans = [...plain.spans, { ...tool, traceId: id }];
  return { ...plain, agent, spans, metadata: sdk === undefined ? {} : { sdk: { name: sdk } } };
};

/** The same trace as the app's own code makes it, which runs the tool by `tool()`. */
const ownTools = (made: Trace): Trace => ({
  ...made,
  spans: made.spans.map((span) =>
    span.kind === "tool" ? { ...span, attributes: { [replayableAttribute]: true } } : span,
  ),
});

beforeAll(async () => {
  const store = await openStore(url);
  const desk = Array.from({ length: 40 }, (_, i) => trace("desk", i, "ai"));
  const own = [0, 2].map((i) => ownTools(trace("own", i)));
  await store.put([...desk, trace("chain", 0, "mastra"), trace("chain", 2), ...own]);
  const said = { author: "ada", at: 1, kind: "comparison", preferred: "first" } as const;
  await store.append({
    feedback: desk
      .filter((_, i) => i % 2 === 0)
      .map(({ id }, i) => withId({ ...said, first: id, second: `desk-${2 * i + 1}` })),
  });
  await store.close();
});

const settings = (more: Partial<ImproveSettings>) =>
  ({ agent: "desk", heldOut: 0.3, method: "grpo", ...more }) as ImproveSettings;
const make = (more: Partial<ImproveSettings>) => makeInputs({ url }, settings(more), folder);
const lines = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as never);

it("learns nothing that it is measured on, whichever trace holds it", async () => {
  const { tasks, data, notes } = await make({ method: "dpo" });
  const asked = await lines(tasks);
  const held = asked.filter(({ split }) => split === "test").map(({ question }) => question);
  expect(asked).toHaveLength(20);
  expect(held.length).toBeGreaterThan(0);
  const pairs = await lines(data!);
  const learned = pairs.map(({ prompt }) => (prompt as { content: string }[])[0]!.content);
  expect(learned.length).toBeGreaterThan(0);
  expect(learned.filter((one) => held.includes(one))).toEqual([]);
  expect(notes[0]).toBe("20 tasks of 20 sessions with 20 recorded calls, left out: 20 duplicate");
});

it("hands GRPO the recorded answers where it is to learn them first, or has no words yet", async () => {
  const pretrained = await make({ model: "model" });
  expect(pretrained.data).toBeUndefined();
  const first = await make({ model: "model", warmStart: 5 });
  const fromNothing = await make({ model: "tiny" });
  expect(await lines(fromNothing.data!)).toEqual(await lines(first.data!));
  expect(fromNothing.notes.at(-1)).toMatch(/^\d+ conversations to learn from$/);

  const opened = { found: undefined } as OpenedSource<"rollouts">;
  const steps = async (given: Parameters<typeof withWarmStart>[2]) => {
    const { before = [] } = await withWarmStart(opened, fromNothing.data!, given);
    return before.map(({ name, algorithm }) => [name, algorithm.steps]);
  };
  expect(await steps({ model: "tiny", warmStart: undefined })).toEqual([["warm-start", 900]]);
  expect(await steps({ model: "tiny", warmStart: 7 })).toEqual([["warm-start", 7]]);
  expect(await steps({ model: "tiny", warmStart: 0 })).toEqual([]);
});

it("makes a new model's context long enough for the recorded conversations", async () => {
  const data = join(folder, "long.jsonl");
  const answer = Array.from({ length: 400 }, (_, i) => `${i * 7919}`).join(" ");
  const said = (content: string) => ({
    messages: [
      { role: "user", content: "Count." },
      { role: "assistant", content },
    ],
  });
  const none = { found: undefined } as OpenedSource<"rollouts">;
  const contextOf = async (content: string): Promise<unknown> => {
    await writeFile(data, `${JSON.stringify(said(content))}\n`);
    const opened = await withWarmStart(none, data, { model: "tiny", warmStart: 1 });
    const model = join(folder, "new-model");
    await newModel({
      ...{ ...newModelOf(opened), width: 16, layers: 1, replace: true },
      ...{ folder: model, texts: await opened.texts() },
    });
    await opened.checkModel?.(model);
    const config = await readFile(join(model, "config.json"), "utf8");
    return fieldsOf(JSON.parse(config))["max_position_embeddings"];
  };
  expect(await contextOf("One.")).toBe(1024);
  expect(await contextOf(answer)).toBe(3072);
});

it("refuses tools that would run, and lets those run that are allowed", async () => {
  const chain = { agent: "chain", heldOut: 0.5 };
  await expect(make(chain)).rejects.toThrow(
    /^IMPROVE_TOOLS_RUN: The tool refund \(recorded by mastra, no SDK that hone knows\) cannot be answered/,
  );
  await expect(make({ ...chain, unmatched: "live", allowTools: ["mail"] })).rejects.toThrow(
    "refund",
  );
  const allowed = await make({ ...chain, unmatched: "live", allowTools: ["refund"] });
  expect(await lines(allowed.tasks)).toHaveLength(2);
  expect(await lines((await make({ agent: "own", heldOut: 0.5 })).tasks)).toHaveLength(2);
  await expect(make({ heldOut: 0 })).rejects.toThrow("IMPROVE_NO_SPLIT");
  await expect(make({ agent: "nobody" })).rejects.toThrow("TRACES_NO_TASKS");
});

it.each([
  [["--command", "true"], /--reward: says what a good answer is/],
  [["--command", "true", "--reward", "exact", "--method", "sft", "--group-size", "4"], /group/i],
  [["--command", "true", "--reward", "exact", "--method", "sft", "--warm-start", "9"], /warm/i],
  [
    ["--command", "true", "--reward", "exact", "--method", "sft", "--epochs-per-batch", "2"],
    /epochs/,
  ],
  [["--command", "true", "--reward", "exact", "--policy", "openai/x"], /policy.*meaning for grpo/],
  [
    ["--command", "true", "--reward", "exact", "--method", "prompt", "--rank", "4"],
    /rank.*meaning for prompt/,
  ],
  [
    ["--command", "true", "--reward", "exact", "--method", "prompt", "--policy", "ollama/x"],
    /--prompt: the traces hold no system message/,
  ],
  [["--command", "true", "--reward", "exact", "--unmatched", "live"], /--allow-tools/],
  [["--command", "true", "--reward", "exact", "--unmatched", "stub:none.ts"], /no file none\.ts/],
  [
    ["--command", "true", "--reward", "exact", "--unmatched", "guess"],
    /expected error, live, or stub/,
  ],
  [["--reward", "exact"], /expected the command line that starts the agent/],
  [["--reward", "exact", "--agent-file", "none.ts"], /--agent-file: there is no file none\.ts/],
  [["--reward", "exact", "--agent-file", "a.py"], /--agent-file: expected a \.ts or \.js file/],
  [["--command", "true", "--agent-file", "a.ts"], /--agent-file: it cannot be given together/],
])("says what is wrong with %j before there is a run folder", async (words, problem) => {
  const all = ["improve", "--store", url, "--agent", "desk", "--out", "none", ...words];
  const { code, stderr } = await commandLine(all, { folder });
  expect(stderr).toMatch(problem);
  expect(code).toBe(2);
});

it("counts calls over the sessions of a run", async () => {
  const first = new CoverageLog();
  await first.open(folder);
  first.add([
    { tool: "refund", answer: "exact" },
    { tool: "mail", answer: "unmatched" },
  ]);
  await first.save();
  const second = new CoverageLog();
  await second.open(folder);
  second.add([{ tool: "refund", answer: "loose" }]);
  expect(coverageText(second.coverage)).toEqual([
    "mail: 1 call, 1 unmatched",
    "refund: 2 calls, 1 exact, 1 loose",
  ]);
});

it("is resumed with the traces of all agents where none was named", () => {
  const config = { command: "improve", agent: "node a.js", heldOut: 0, seed: 7 };
  const improve = { command: "node a.js", heldOut: 0.3 };
  expect(recordedImprovement({ ...config, improve })).toEqual({
    ...{ command: "node a.js", heldOut: 0.3, seed: 7 },
  });
});
