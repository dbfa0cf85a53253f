/** `hone train dpo`, `kto` and their kin: where their preferences come from, what is held out, how they are resumed. */
import { cp } from "node:fs/promises";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainings } from "../../trainings.ts";
import { openStore } from "../../open-store.ts";
import { keepFeedback } from "../../../rewards/keep-feedback.ts";
import type { PairTask } from "../../../evaluation/pair-task.ts";
import { resolveSettings } from "../config.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { runTraining } from "../run-training.ts";
import { keptRun } from "../stored/kept-run-fixture.ts";
import { train } from "../train.ts";
import type { Training } from "../training.ts";
import { settingsOfTraining } from "../training-settings.ts";
import { sources } from "./sources.ts";

const root = mkdtempSync(join(tmpdir(), "hone-preferences-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { model } = keptRun;
const names = ["dpo", "kto", "orpo", "simpo", "cpo"] as const;
type Name = (typeof names)[number];

async function open(flags: Record<string, unknown>, name: Name = "dpo") {
  const training = trainings[name];
  const table = settingsOfTraining(training);
  const { settings } = await resolveSettings(table, { flags: { model, ...flags } });
  const takesRatedAnswers = name === "kto";
  return sources.preferences({ training: name, takesRatedAnswers, settings });
}

async function run(
  name: Name,
  flags: Record<string, unknown>,
  { resume, stopAfter }: { readonly resume?: string; readonly stopAfter?: number } = {},
): Promise<readonly PipelineEvent[]> {
  const training = trainings[name];
  const table = settingsOfTraining(training);
  const given = { model, threads: 1, batchSize: 2, learningRate: 1e-3, ...flags };
  const resolved = await resolveSettings(table, { flags: resume ? {} : given, resume });
  const stop = new AbortController();
  const events: PipelineEvent[] = [];
  const work = runTraining({ name, training, ...resolved, signal: stop.signal });
  for await (const event of work) {
    events.push(event);
    if (event.kind === "step" && event.step.step === stopAfter) stop.abort();
  }
  return events;
}

const stepsOf = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.step] : []));

const textOf = (notes: Awaited<ReturnType<typeof open>>["notes"]): string =>
  (typeof notes === "function" ? notes(3) : (notes ?? [])).join("; ");

function fileOf(lines: readonly object[], name = "pairs.jsonl"): string {
  const file = join(root, name);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return file;
}

const pair = (prompt: string, chosen: string, rejected: string, more: object = {}) => ({
  prompt: [{ role: "user", content: prompt }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  ...more,
});
const lines = [
  pair("one", "yes", "no"),
  pair("two", "yes indeed", "no"),
  pair("three", "yes", "not at all", { weight: 2 }),
  pair("one", "sure", "no way"),
  pair("four", "yes", "never"),
];

describe("a file of pairs", () => {
  it("is learned but for a share of its prompts, all pairs of a prompt on one side", async () => {
    const { data, heldOut, notes, settled, dataDigest } = await open({
      data: fileOf(lines),
      heldOut: 0.5,
    });
    const { pairs } = data.pairs;
    const prompts = new Set(pairs!.map(({ prompt }) => prompt[0]!.content));
    const measured = heldOut.tasks as readonly PairTask[];
    expect(prompts.size).toBe(2);
    expect(pairs!.length + measured.length).toBe(lines.length);
    for (const { chosen } of measured)
      expect("messages" in chosen && prompts.has(chosen.messages[0]!.content)).toBe(false);
    expect(textOf(notes)).toMatch(/pairs to learn \(about .* times each\), \d held out to measure/);
    expect(settled).toEqual({ data: join(root, "pairs.jsonl") });
    expect(dataDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("may hold rewards, which are said to be unused", async () => {
    const data = fileOf([pair("one", "yes", "no", { reward: 3 }), lines[1]!], "rewards.jsonl");
    for (const name of ["dpo", "kto"] as const)
      expect(textOf((await open({ data }, name)).notes)).toMatch(/1 rewards are not used/);
  });

  it("is refused with the line that the model cannot read, or where nothing can be held out", async () => {
    const long = fileOf([lines[0]!, pair("two", "yes", "no ".repeat(2000))], "long.jsonl");
    await expect(open({ data: long })).rejects.toThrow(
      /^ROW_TOO_LONG: .*long.jsonl:2 \(rejected\)/,
    );
    // What of its length is not the conversation's is told.
    const tool = { type: "function", function: { name: "look", description: "far ".repeat(2000) } };
    const told = fileOf([lines[0]!, pair("two", "yes", "no", { tools: [tool] })], "tools.jsonl");
    await expect(open({ data: told })).rejects.toThrow(
      /^ROW_TOO_LONG: .* has (\d+) tokens, \d+ of them for the definitions of its tools.*Leave `tools` out/s,
    );
    const same = fileOf([lines[0]!, lines[0]!], "same.jsonl");
    await expect(open({ data: same })).rejects.toThrow(/^CONFIG_INVALID: .*--held-out/);
    expect((await open({ data: same, heldOut: 0 })).heldOut.tasks).toEqual([]);
    const margin = open({ data: same, minMargin: 1 });
    await expect(margin).rejects.toThrow(/^CONFIG_INVALID: .*--min-margin/);
  });

  it("warns where the template writes the prompt differently before each answer", async () => {
    // One token reaches over the border of prompt and answer, but only before one of the answers.
    const { vocab } = (
      JSON.parse(readFileSync(join(model, "tokenizer.json"), "utf8")) as {
        readonly model: { readonly vocab: Readonly<Record<string, number>> };
      }
    ).model;
    const word = Object.keys(vocab).find((token) => /^[a-z]{3,}$/.test(token))!;
    const data = fileOf([
      { prompt: "a b ", chosen: "yes", rejected: "no" },
      { prompt: word.slice(0, -1), chosen: word.slice(-1), rejected: "?" },
    ]);
    const { warning } = await open({ data });
    expect(warning).toMatchObject({
      code: "PROMPTS_DIFFER",
      text: expect.stringContaining("in 1 lines, the first of them 2") as unknown,
    });
  });

  it("is needed, and settings of rollouts have no meaning", async () => {
    await expect(open({})).rejects.toThrow(
      /^CONFIG_INVALID: --data: expected a file of preferences, or a store/,
    );
    const config = join(root, "run.yaml");
    writeFileSync(config, "domain: math\n");
    const table = settingsOfTraining(trainings.dpo);
    await expect(resolveSettings(table, { file: config })).rejects.toThrow(/^CONFIG_UNKNOWN_KEY/);
    const wrong: readonly (readonly [Name, object, string])[] = [
      ["dpo", { beta: 0 }, "--beta"],
      ["dpo", { loss: "sigmoid,other" }, "--loss"],
      ["dpo", { loss: "sigmoid=-1" }, "--loss"],
      ["dpo", { labelSmoothing: 0.5 }, "--label-smoothing"],
      ["kto", { batchSize: 1 }, "--batch-size"],
      ["simpo", { gamma: -1 }, "--gamma"],
      ["cpo", { loss: "aot" }, "--loss"],
      ["orpo", { beta: -1 }, "--beta"],
    ];
    for (const [name, flags, flag] of wrong)
      await expect(open({ data: fileOf(lines), ...flags }, name)).rejects.toThrow(
        new RegExp(`^CONFIG_INVALID: ${flag}`),
      );
  });
});

describe("hone train", () => {
  it.each(["dpo", "kto"] as const)("prefers the chosen answers of a file: %s", async (name) => {
    const data = fileOf(lines);
    const out = join(root, name);
    const more = name === "kto" ? { batchSize: 4 } : {};
    const events = await run(name, { data, out, steps: 3, heldOut: 0.3, ...more });
    const last = events.at(-1)!;
    if (last.kind !== "done") throw new Error(`ended with ${last.kind}`);
    const { before, after, warnings } = last.result;
    expect(after.reward!.value).toBeGreaterThan(before.reward!.value);
    expect(Object.keys(after.components)).toEqual(
      expect.arrayContaining(["margin_per_token", "log_prob_chosen", "log_prob_rejected"]),
    );
    expect(Object.keys(warnings)).not.toContain("ROLLOUTS_WITHOUT_CALL");
    const steps = stepsOf(events);
    expect(steps).toHaveLength(3);
    expect(steps.at(-1)!.metrics["reward_margin"]).toEqual(expect.any(Number));
    expect(readFileSync(join(out, "report.md"), "utf8")).toContain(name);
  });

  it.each(["orpo", "simpo", "cpo"] as const)(
    "makes the algorithm of its settings: %s",
    async (name) => {
      const training: Training<"preferences"> = trainings[name];
      const table = settingsOfTraining(training);
      const given = { model, data: fileOf(lines), beta: 0.7, steps: 9, batchSize: 3 };
      const { settings } = await resolveSettings(table, { flags: given });
      const { data } = await open(given, name);
      const algorithm = await training.algorithm(settings, data);
      expect(algorithm).toMatchObject({ name, source: "preferences", steps: 9 });
      expect(algorithm.settings).toMatchObject({ beta: 0.7, batchSize: 3 });
    },
  );
});

it("goes on after a stop as an uninterrupted run", async () => {
  const flags = {
    data: fileOf(lines),
    steps: 4,
    heldOut: 0,
    dropout: 0.1,
    loss: "ipo,sigmoid=0.5",
  };
  const whole = stepsOf(await run("dpo", { ...flags, out: join(root, "whole") }));
  const folder = join(root, "halves");
  const first = await run("dpo", { ...flags, out: folder }, { stopAfter: 2 });
  expect(first.at(-1)!.kind).toBe("stopped");
  const rest = await run("dpo", {}, { resume: folder });
  expect(rest.at(-1)!.kind).toBe("done");
  const numbers = [...stepsOf(first), ...stepsOf(rest)].map(({ metrics }) => metrics);
  expect(numbers).toEqual(whole.map(({ metrics }) => metrics));
});

describe("a store", () => {
  let store = "";
  beforeAll(async () => {
    store = `sqlite:${join(root, "kept.db")}`;
    await train({ ...keptRun, out: join(root, "kept"), store, quiet: true });
  });

  it("gives the rollouts of a task whose rewards differ, the best with the worst", async () => {
    const { data, notes } = await open({ data: store, heldOut: 0 });
    const rows = data.pairs.rows!;
    expect(rows.length).toBeGreaterThan(0);
    for (const { chosen, rejected } of rows) {
      expect(chosen.mask).toContain(1);
      expect(chosen.tokens).not.toEqual(rejected.tokens);
    }
    expect(textOf(notes)).toMatch(/pairs to learn \(\d+ of rollouts and 0 of people in all\)/);
    const wide = await open({ data: store, heldOut: 0, minMargin: 2 });
    expect(wide.data.pairs.rows!.length).toBeLessThanOrEqual(rows.length);
    await expect(open({ data: store, minMargin: 99 })).rejects.toThrow(
      /^DATA_EMPTY.*pairs whose rewards differ too little/,
    );
    await expect(open({ data: store, model: "tiny" })).rejects.toThrow(
      /^CONFIG_INVALID: .*--model/,
    );
  });

  it("gives KTO its rollouts, those that did their task as desirable", async () => {
    const { data } = await open({ data: store, heldOut: 0 }, "kto");
    const rows = data.answers.rows!;
    expect(new Set(rows.map(({ isDesirable }) => isDesirable))).toEqual(new Set([true, false]));
    // There are no two rewards to compare.
    await expect(open({ data: store, minMargin: 1 }, "kto")).rejects.toThrow(
      /^CONFIG_INVALID: .*--min-margin/,
    );
  });

  it("gives what people said, too", async () => {
    const opened = await openStore(store);
    const ids = { train: "", test: "" };
    for await (const { id, metadata } of opened.traces())
      ids[metadata["split"] as "train" | "test"] = id;
    const said = { author: "ann", at: 1, kind: "correction", answer: "two" } as const;
    await keepFeedback(opened, [
      { id: "c1", traceId: ids.train, ...said },
      { id: "c2", traceId: ids.test, ...said },
    ]);
    await opened.close();
    const { notes } = await open({ data: store, heldOut: 0 });
    expect(textOf(notes)).toMatch(/1 of people's feedback left out: on rollouts of evaluations/);
    expect(textOf(notes)).toMatch(/and 1 of people in all/);
  });

  it("leaves out, with a count, what the model cannot read", async () => {
    const short = join(root, "short-context");
    await cp(model, short, { recursive: true });
    const config = JSON.parse(readFileSync(join(short, "config.json"), "utf8")) as object;
    const rows = (await open({ data: store, heldOut: 0 }, "kto")).data.answers.rows!;
    const lengths = rows.map(({ tokens }) => tokens.length);
    const read = (contextLength: number) => {
      const context = { max_position_embeddings: contextLength };
      writeFileSync(join(short, "config.json"), JSON.stringify({ ...config, ...context }));
      return open({ data: store, heldOut: 0, model: short }, "kto");
    };
    // The last token is not read.
    const all = await read(Math.max(...lengths) - 1);
    expect(all.data.answers.rows).toHaveLength(rows.length);
    await expect(read(Math.min(...lengths) - 2)).rejects.toThrow(
      new RegExp(
        `^DATA_EMPTY: .*1[0-9] rollouts left out: .* context of ${Math.min(...lengths) - 2} tokens`,
      ),
    );
  });

  it("is learned from by the command, token for token", async () => {
    const events = await run("dpo", {
      data: store,
      steps: 1,
      heldOut: 0,
      out: join(root, "of-store"),
    });
    expect(events.at(-1)!.kind).toBe("done");
    // Before any training every log-ratio is 0.
    expect(stepsOf(events)[0]!.metrics["loss"]).toBeCloseTo(Math.LN2, 4);
  });
});

it("keeps the rollouts of an agent that is measured beside them, and no others", async () => {
  const tasks = join(root, "tasks.jsonl");
  const asked = ["train", "test"].map((split) => ({ question: split, answer: "yes", split }));
  writeFileSync(tasks, asked.map((task) => JSON.stringify(task)).join("\n"));
  const ask = `const said = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer " + process.env.OPENAI_API_KEY }, body: JSON.stringify({ model: "policy", messages: [{ role: "user", content: "one" }] }) }); console.log((await said.json()).choices[0].message.content);`;
  writeFileSync(join(root, "agent.mjs"), ask);
  const kept = { data: fileOf(lines), heldOut: 0, steps: 1, keepRollouts: "all" };
  const agent = `"${process.execPath}" "${join(root, "agent.mjs")}"`;
  const measured = { agent, tasks, reward: "exact", testTasks: 1, maxTokens: 2 };
  const out = join(root, "with-agent");
  await run("dpo", { ...kept, ...measured, out });
  const store = await openStore(`sqlite:${join(out, "rollouts.db")}`);
  const keptTraces: string[] = [];
  for await (const { id } of store.traces()) keptTraces.push(id);
  await store.close();
  // Before and after the training.
  expect(keptTraces).toHaveLength(2);
  const refused = run("dpo", { ...kept, out: join(root, "alone") });
  await expect(refused).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
