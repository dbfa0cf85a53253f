/** `hone train --algorithm ./mine.ts`: the example of the docs as a run that is stopped and resumed, and what is wrong with a file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { resolveSettings } from "./config.ts";
import { checkOwnFlags, openOwnAlgorithm, ownCommand } from "./open-own-algorithm.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { runTraining } from "./run-training.ts";
import { keptRun } from "./stored/kept-run-fixture.ts";
import { settingsOfTraining } from "./training-settings.ts";

const repository = join(import.meta.dirname, "../../../../..");
const example = join(repository, "examples/algorithms/above-median.ts");
const { model } = keptRun;
const root = mkdtempSync(join(tmpdir(), "hone-own-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function run(
  flags: Record<string, unknown>,
  { resume, stopAfter }: { readonly resume?: string; readonly stopAfter?: number } = {},
): Promise<readonly PipelineEvent[]> {
  const { name, training, settled } = await openOwnAlgorithm(example);
  const resolved = await resolveSettings(settingsOfTraining(training), { flags, resume });
  const stop = new AbortController();
  const origin = { command: ownCommand, settled };
  const events: PipelineEvent[] = [];
  const work = runTraining({ name, training, ...resolved, origin, signal: stop.signal });
  for await (const event of work) {
    events.push(event);
    if (event.kind === "step" && event.step.step === stopAfter) stop.abort();
  }
  return events;
}

const metricsOf = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.step.metrics] : []));

/** Tasks whose reward tells the replies of a model apart that has learned nothing. */
const domain = join(root, "domain.mjs");
const text = `
const environment = () => ({
  reset: ({ id }) => "say " + id, validActions: () => ["say"],
  step: () => ({ observation: "", reward: 0, terminated: true, truncated: false, info: {} }),
});
const tasks = { train: [{ id: "a" }, { id: "b" }, { id: "c" }], test: [{ id: "d" }] };
export default { environment, tasks, reward: ({ turns }) => turns[0].reply.content.length % 7 };`;
writeFileSync(domain, text);

const flags = {
  ...{ model, domain, threads: 1, prompt: "compact", steps: 3, trainTasks: 3, testTasks: 1 },
  ...{ maxActions: 1, maxTokens: 4, groupSize: 3, groupsPerStep: 2, keepRollouts: "none" },
};

describe("the example of the docs", () => {
  it("is measured, saved, resumed and reported as the built-in algorithms are", async () => {
    const whole = await run({ ...flags, out: join(root, "whole") });
    expect(metricsOf(whole)).toHaveLength(3);
    expect(whole.filter(({ kind }) => kind === "evaluated")).toHaveLength(2);
    const out = join(root, "halves");
    const first = await run({ ...flags, out }, { stopAfter: 1 });
    expect(first.at(-1)!.kind).toBe("stopped");

    // The command knows the file from the run.
    const rest = await commandLine(["train", "--algorithm", "--resume", out], { folder: root });
    expect(rest.code).toBe(0);
    expect(rest.stderr).not.toContain("STEP_WITHOUT_SIGNAL");
    expect(rest.stdout).toMatch(/above-median {2}3 steps, from step 2/);
    const weights = (folder: string) =>
      readFileSync(join(root, folder, "adapter", "adapter_model.safetensors"));
    expect(weights("halves").equals(weights("whole"))).toBe(true);

    const { config } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
      readonly config: Readonly<Record<string, unknown>>;
    };
    expect(config).toMatchObject({ command: "train --algorithm", groupSize: 3, steps: 3 });
    expect(config["algorithm"]).toBe(example);
    expect(config["algorithmDigest"]).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(out, "report.md"), "utf8")).toContain("above-median");
    const again = (await run({}, { resume: out })).at(-1)!;
    if (again.kind !== "finished") throw new Error(`ended with ${again.kind}`);
    expect(again.further).toMatch(/^npx hone train --algorithm .*above-median\.ts --model/);
  });

  it("stands in docs/algorithms.md word for word, and has the lines that are said there", () => {
    const source = readFileSync(example, "utf8");
    const page = readFileSync(join(repository, "docs/algorithms.md"), "utf8");
    expect(page).toContain(source);
    expect(page).toContain(`one file of ${source.trimEnd().split("\n").length} lines`);
  });

  it("has settings of its own, checked by the type of their defaults", async () => {
    const { training } = await openOwnAlgorithm(example);
    const config = join(root, "run.yaml");
    const read = (text: string) => {
      writeFileSync(config, text);
      return resolveSettings(settingsOfTraining(training), { file: config });
    };
    expect((await read("groupSize: 7\n")).settings).toMatchObject({ groupSize: 7, steps: 50 });
    await expect(read("groupSize: many\n")).rejects.toThrow(
      /^CONFIG_INVALID: .*run\.yaml:1:12: groupSize: expected a number, got "many"/,
    );
    await expect(read("groupsize: 7\n")).rejects.toThrow(/^CONFIG_UNKNOWN_KEY/);
    const check = (given: object) =>
      checkOwnFlags(settingsOfTraining(training), { ...given }, training.source);
    expect(() => check({ data: "chats.jsonl" })).toThrow(
      /^CONFIG_INVALID: --data: an algorithm that learns from rollouts does not read it/,
    );
    expect(() => check({ judge: "openai/gpt-4o" })).not.toThrow();
  });
});

describe("a file", () => {
  let count = 0;
  const file = (text: string): string => {
    const path = join(root, `mine-${++count}.mjs`);
    writeFileSync(path, text);
    return path;
  };
  const made = async (text: string) => {
    const { training } = await openOwnAlgorithm(file(text));
    const flagsOf = training.source === "rollouts" ? {} : { data: "given.jsonl" };
    const table = settingsOfTraining(training);
    const { settings } = await resolveSettings(table, { flags: flagsOf });
    const data = { examples: { rows: [] }, pairs: {}, answers: {} };
    return training.algorithm(settings, data as never);
  };

  it("says what it learns from, and may change defaults that all have", async () => {
    const algorithm = await made(`export default {
      name: "mine", source: "dataset", settings: { steps: 7, learningRate: 0.5, mode: "a", on: true },
      create: (given, data) => ({ name: "mine", source: "dataset", steps: 7, settings: { given, data }, run() {} }),
    };`);
    expect(algorithm.settings!["given"]).toMatchObject({
      ...{ mode: "a", on: true, batchSize: 16 },
      optimizer: { steps: 7, learningRate: 0.5, schedule: "constant" },
    });
    expect(algorithm.settings!["data"]).toMatchObject({ examples: { rows: [] } });
  });

  const create = "create: () => ({ name: 'mine', steps: 2, run() {} })";
  it.each([
    ["export const mine = 1;", "it has no default export; it exports only mine"],
    ["export default { name: 'a', steps: 1, run() {} };", "its default export is an algorithm"],
    ["export default 7;", "its default export is 7, and must be an object"],
    [`export default { name: 'My way', ${create} };`, "name: small letters, digits"],
    [`export default { name: 'mine', beta: 1, ${create} };`, 'Unrecognized key: "beta"'],
    ["export default { name: 'mine' };", "create: a function"],
    [`export default { name: 'mine', settings: { seed: 1 }, ${create} };`, "settings.seed is a"],
    [`export default { name: 'mine', settings: { steps: 'x' }, ${create} };`, "must be a number"],
    [`export default { name: 'other', ${create} };`, 'whose name is "mine", and the file says'],
    [`export default { name: 'mine', source: 'dataset', ${create} };`, 'source is "rollouts"'],
    [
      `export default { name: 'mine', trainsValues: true, ${create} };`,
      'trainsValues belongs to the source "preferences", and its source is "rollouts"',
    ],
    [
      `export default { name: 'mine', source: 'dataset', takesRatedAnswers: true, ${create} };`,
      'takesRatedAnswers belongs to the source "preferences", and its source is "dataset"',
    ],
    [
      `export default { name: 'mine', source: 'preferences', needsRewards: true, ${create} };`,
      'needsRewards belongs to the source "dataset", and its source is "preferences"',
    ],
    ["export default { name: 'mine', create: () => 7 };", "create returned 7"],
    [`export default { name: 'mine', ${create.replace("2", "0")} };`, "steps are 0"],
  ])("is refused with what is wrong with it: %s", async (text, problem) => {
    const refused = await made(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "USER_FILE_INVALID" });
    expect(String(refused)).toContain(problem);
  });

  it("is needed, and is a program", async () => {
    const none = await commandLine(["train", "--algorithm"], { folder: root });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("name the file")]);
    await expect(openOwnAlgorithm("mine.json")).rejects.toThrow(/^CONFIG_INVALID: --algorithm/);
    await expect(openOwnAlgorithm("./absent.ts")).rejects.toThrow(/^USER_FILE_INVALID.*cannot be/);
  });
});
