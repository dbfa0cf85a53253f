/** Where `hone train weighted` has its rewards from: an expert's episodes, a file, a store of rollouts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import { trainings } from "../../trainings.ts";
import { resolveSettings } from "../config.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { runTraining } from "../run-training.ts";
import { keptRun } from "../stored/kept-run-fixture.ts";
import { rolloutsOf } from "../stored/rollouts-of.ts";
import { train } from "../train.ts";
import { settingsOfTraining } from "../training-settings.ts";
import type { OpenedSource } from "./opened-source.ts";
import { sources } from "./sources.ts";

const root = mkdtempSync(join(tmpdir(), "hone-rewarded-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { weighted, sft } = trainings;

async function open(
  flags: Record<string, unknown>,
  training: typeof weighted | typeof sft = weighted,
) {
  const { settings } = await resolveSettings(settingsOfTraining(training), { flags });
  const { needsRewards } = training as { needsRewards?: boolean };
  return sources.dataset({ training: "weighted", needsRewards, settings });
}

const notesOf = ({ notes = [] }: OpenedSource): string =>
  (typeof notes === "function" ? notes(1) : notes).join("; ");

function fileOf(lines: readonly object[]): string {
  const file = join(root, "chats.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return file;
}

const line = (answer: string, more: object = {}) => ({
  messages: [
    { role: "user", content: "q" },
    { role: "assistant", content: answer },
  ],
  ...more,
});

describe("rewards of a domain's expert", () => {
  it("are the domain's own, with its successes and tasks", async () => {
    const { data } = await open({ trainTasks: 6, testTasks: 2, mistakeRate: 0.6 });
    const { rewards, successes, tasks, isExpert } = data.scores!;
    expect(isExpert).toBe(true);
    expect(rewards).toHaveLength(6);
    expect(new Set(rewards).size).toBeGreaterThan(1);
    expect(new Set(tasks).size).toBe(6);
    expect(successes).toContain(true);
    expect((await open({ trainTasks: 2, testTasks: 2 }, sft)).data.scores).toBeUndefined();
  });
});

describe("rewards of a file", () => {
  it("stand in its lines; the least may be given", async () => {
    const data = fileOf([
      line("a", { reward: 1 }),
      line("b", { reward: -2 }),
      line("c", { reward: 3 }),
    ]);
    const opened = await open({ data, heldOut: 0 });
    expect(opened.data.scores).toEqual({ rewards: [1, -2, 3] });
    const good = await open({ data, heldOut: 0, minReward: 1 }, sft);
    expect(good.data.examples.conversations).toHaveLength(2);
    expect(notesOf(good)).toMatch("1 with a reward below 1 are left out");
    await expect(open({ data, minReward: 4 })).rejects.toThrow(/^DATA_EMPTY.*--min-reward 4/);
  });

  it("are needed in every line, and said to be unused where they are", async () => {
    const data = fileOf([line("a", { reward: 1 }), line("b")]);
    await expect(open({ data })).rejects.toThrow(
      /^DATA_LINE_INVALID: .*chats.jsonl:2: it has no "reward"/,
    );
    expect(notesOf(await open({ data, heldOut: 0 }, sft))).toMatch(
      /1 rewards are not used; npx hone train weighted/,
    );
    const wrong = fileOf([line("a", { reward: "high" })]);
    await expect(open({ data: wrong })).rejects.toThrow(/^DATA_LINE_INVALID: .*reward/);
  });

  it("have no meaning without a file: --min-reward", async () => {
    await expect(open({ minReward: 1 })).rejects.toThrow("--data");
  });
});

describe("rewards of a store's rollouts", () => {
  let store = "";
  beforeAll(async () => {
    store = `sqlite:${join(root, "kept.db")}`;
    await train({ ...keptRun, out: join(root, "kept"), store, quiet: true });
  });
  const flags = (more: object = {}) => ({
    data: store,
    model: keptRun.model,
    heldOut: 0.3,
    ...more,
  });

  it("come with exactly the tokens that were sampled, without those of evaluations", async () => {
    const { groups } = await rolloutsOf(store, { split: "train" });
    const opened = await open(flags({ heldOut: 0 }));
    const { data, heldOut } = opened;
    const rollouts = groups.flatMap((group) => group.rollouts).filter((one) => one.reward);
    const rows = rollouts.flatMap((one) => trajectoriesOf(one).rows);
    expect(data.examples.rows!.map(({ tokens, mask }) => ({ tokens, mask }))).toEqual(
      rows.map(({ tokens, mask }) => ({ tokens, mask })),
    );
    expect(new Set(data.scores!.rewards)).toEqual(
      new Set(rollouts.map((one) => one.reward!.total)),
    );
    expect(data.scores!.successes).toContain(true);
    expect(heldOut.tasks).toEqual([]);
    expect(notesOf(opened)).toMatch(/rollouts of evaluations are not learned from/);
  });

  it("count a rollout that became several rows once, its rows by their tokens where rows are averaged", async () => {
    const forgetful = `sqlite:${join(root, "forgetful.db")}`;
    await train({
      ...{ ...keptRun, quiet: true, store: forgetful, out: join(root, "forgetful") },
      algorithm: grpo({ steps: 1, groupSize: 2, groupsPerStep: 2, learningRate: 1e-3 }),
      agent: async (task, { model: policy, signal }) => {
        await policy.chat([{ role: "user", content: task.text }], { signal });
        return (await policy.chat([{ role: "user", content: "sure?" }], { signal })).content;
      },
    });
    const { data } = await open(flags({ data: forgetful, heldOut: 0, normalize: "row" }));
    const { rewards, episodes } = data.scores!;
    const { weights, rows } = data.examples;
    expect(rows).toHaveLength(8);
    expect(new Set(episodes).size).toBe(4);
    expect(weights![0]! + weights![1]!).toBeCloseTo(1, 12);
    const tokens = rows!.map(({ mask }) => mask.reduce((a, b) => a + b));
    expect(weights![0]! / weights![1]!).toBeCloseTo(tokens[0]! / tokens[1]!, 12);
    expect(rewards[0]).toBe(rewards[1]);
    const perToken = await open(flags({ data: forgetful, heldOut: 0 }));
    expect(perToken.data.examples.weights).toBeUndefined();
  });

  it("hold out whole tasks, and leave out what is not good enough", async () => {
    const { data, heldOut } = await open(flags());
    expect(heldOut.tasks).toHaveLength(1);
    expect(new Set(data.scores!.tasks).size).toBe(2);
    const best = await open(flags({ minReward: 3, heldOut: 0 }));
    expect(best.data.scores!.rewards.every((reward) => reward >= 3)).toBe(true);
    await expect(open(flags({ minReward: 99 }))).rejects.toThrow("DATA_EMPTY");
  });

  it("need a model with a tokenizer, and rows as they are", async () => {
    await expect(open(flags({ model: "tiny" }))).rejects.toThrow(/^CONFIG_INVALID: .*--model/);
    await expect(open(flags({ rowsPer: "turn" }))).rejects.toThrow(/^CONFIG_INVALID: .*--rows-per/);
    await expect(open(flags({ data: "sqlite:nowhere.db" }))).rejects.toThrow("STORE_NOT_FOUND");
  });

  it("are learned from and measured by the command", async () => {
    const given = flags({
      steps: 2,
      batchSize: 4,
      out: join(root, "weighted"),
      threads: 1,
      maxTokens: 4,
    });
    const { settings } = await resolveSettings(settingsOfTraining(weighted), { flags: given });
    const events: PipelineEvent[] = [];
    for await (const event of runTraining({ name: "weighted", training: weighted, settings }))
      events.push(event);
    const last = events.at(-1)!;
    expect(last.kind).toBe("done");
    const steps = events.flatMap((event) => (event.kind === "step" ? [event.step] : []));
    expect(steps).toHaveLength(2);
    expect(Object.keys(steps[0]!.metrics)).toEqual(
      expect.arrayContaining(["loss", "reward", "weight_max", "effective_rows"]),
    );
  });
});
