import { describe, expect, it } from "vitest";
import type { Rollout, Task } from "../core/rollout.ts";
import type { RolloutRunner, RunRolloutsRequest } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";

const policy = { weightsVersion: "w7" } as SamplingClient;
const tasks = ["a", "b", "c", "d"].map((id) => ({ id }));

/** Scores by (task, number of the sample); "fail" fails at the agent. */
function runnerGiving(outcomes: Readonly<Record<string, readonly (number | "fail")[]>>) {
  const requests: RunRolloutsRequest[] = [];
  const runner: RolloutRunner = {
    async run(request) {
      requests.push(request);
      const seen = new Map<string, number>();
      return request.jobs.map(({ id, task }) => {
        const sample = seen.get(task.id) ?? 0;
        seen.set(task.id, sample + 1);
        return rolloutOf(id, task, outcomes[task.id]![sample]!);
      });
    },
  };
  return { runner, requests };
}

function rolloutOf(id: string, task: Task, outcome: number | "fail"): Rollout {
  const base = { id, task, turns: [], answer: undefined, attempts: 1, seconds: 0 };
  if (outcome === "fail") {
    const failure = { boundary: "agent" as const, message: "broken" };
    return { ...base, reward: undefined, isSuccess: false, failure };
  }
  const reward = { total: outcome, components: {}, source: "rule" as const };
  return { ...base, reward, isSuccess: outcome > 0, failure: undefined };
}

describe("an evaluation", () => {
  it("counts successes with Wilson's interval and rewards with a bootstrap over tasks", async () => {
    const { runner } = runnerGiving({ a: [8.5], b: [-1], c: [8.5], d: [8.5] });
    const result = await evaluate({ policy, tasks, runner });
    expect(result).toMatchObject({
      taskCount: 4,
      rolloutCount: 4,
      failedCount: 0,
      weightsVersion: "w7",
    });
    expect(result.success).toEqual({
      value: 0.75,
      low: expect.closeTo(0.3006, 4),
      high: expect.closeTo(0.9544, 4),
    });
    expect(result.reward!.value).toBe(6.125);
    expect(result.reward!.low).toBeGreaterThanOrEqual(-1);
    expect(result.reward!.high).toBe(8.5);
  });

  it("takes each task for one observation, however often it is sampled", async () => {
    const { runner } = runnerGiving({ a: [1, 0], b: [1, 1], c: [0, 0], d: [1, 0] });
    const result = await evaluate({
      policy,
      tasks,
      runner,
      samplesPerTask: 2,
      mode: "sampled",
    });
    expect(result.tasks.map(({ success }) => success)).toEqual([0.5, 1, 0, 0.5]);
    expect(result.success.value).toBe(0.5);
    expect(result.success.low).toBeCloseTo(0.15, 2);
    expect(result.rolloutCount).toBe(8);
  });

  it("counts a failed rollout as not done and names where it failed, but gives it no reward", async () => {
    const { runner } = runnerGiving({ a: [2, "fail"], b: ["fail", "fail"], c: [4, 4], d: [0, 0] });
    const result = await evaluate({
      policy,
      tasks,
      runner,
      samplesPerTask: 2,
      mode: "sampled",
    });
    expect(result).toMatchObject({ failedCount: 3, failures: { agent: 3 } });
    expect(result.tasks[0]).toMatchObject({ success: 0.5, reward: 2, failedCount: 1 });
    expect(result.tasks[1]).toMatchObject({ success: 0, reward: undefined, failedCount: 2 });
    expect(result.reward!.value).toBe(2);
  });

  it("asks for temperature 0 when greedy, and for the same seeds whatever the policy", async () => {
    const { runner, requests } = runnerGiving({ a: [1], b: [1], c: [1], d: [1] });
    await evaluate({ policy, tasks, runner, seed: 3 });
    await evaluate({
      policy: { weightsVersion: "w8" } as SamplingClient,
      tasks,
      runner,
      seed: 3,
      mode: "sampled",
    });
    await evaluate({ policy, tasks, runner, seed: 4 });
    expect(requests.map(({ temperature }) => temperature)).toEqual([0, undefined, 0]);
    const seeds = requests.map(({ jobs }) => jobs.map(({ seed }) => seed));
    expect(seeds[0]).toEqual(seeds[1]);
    expect(seeds[0]).not.toEqual(seeds[2]);
    expect(new Set(seeds[0]).size).toBe(4);
  });

  it("refuses no tasks, two tasks of one id, and no samples", async () => {
    const { runner } = runnerGiving({});
    await expect(evaluate({ policy, tasks: [], runner })).rejects.toThrow(/DATA_EMPTY/);
    const twice = [{ id: "a" }, { id: "a" }];
    await expect(evaluate({ policy, tasks: twice, runner })).rejects.toThrow(
      /\["a", "a"\].*different ids/,
    );
    await expect(evaluate({ policy, tasks, runner, samplesPerTask: 0 })).rejects.toThrow(
      /OPTION_INVALID/,
    );
  });
});

describe("a comparison", () => {
  const of = (outcomes: Readonly<Record<string, readonly (number | "fail")[]>>, given = tasks) =>
    evaluate({ policy, tasks: given, runner: runnerGiving(outcomes).runner });

  it("pairs the tasks and counts what got better and worse", async () => {
    const before = await of({ a: [0], b: [0], c: [3], d: [1] });
    const after = await of({ a: [2], b: [4], c: [0], d: [1] });
    const result = compare(before, after);
    expect(result).toMatchObject({
      taskCount: 4,
      better: 2,
      worse: 1,
      equal: 1,
      unscoredTaskCount: 0,
    });
    expect(result.success.value).toBe(0.25);
    expect(result.reward!.value).toBe(0.75);
    expect(result.tasks.map(({ reward }) => reward)).toEqual([2, 4, -3, 0]);
  });

  it("pairs by id, not by place", async () => {
    const before = await of({ a: [0], b: [1], c: [0], d: [1] });
    const after = await of({ a: [0], b: [1], c: [0], d: [1] }, tasks.toReversed());
    expect(compare(before, after)).toMatchObject({ equal: 4, success: { value: 0 } });
  });

  it("leaves a task without reward on one side out of the rewards, and counts it", async () => {
    const before = await of({ a: ["fail"], b: [1], c: [1], d: [1] });
    const after = await of({ a: [5], b: [2], c: [2], d: [2] });
    const result = compare(before, after);
    expect(result).toMatchObject({ unscoredTaskCount: 1, reward: { value: 1, low: 1, high: 1 } });
    expect(result.success.value).toBe(0.25);
  });

  it("of 30 tasks of which 18 are newly solved lies above zero", async () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ id: `t${i}` }));
    const outcomes = (solved: number) =>
      Object.fromEntries(many.map(({ id }, i) => [id, [i < solved ? 1 : 0]]));
    const result = compare(await of(outcomes(8), many), await of(outcomes(26), many));
    expect(result.success.value).toBeCloseTo(0.6, 12);
    expect(result.success.low).toBeGreaterThan(0.35);
  });

  it("refuses other tasks or another mode", async () => {
    const all = await of({ a: [1], b: [1], c: [1], d: [1] });
    const fewer = await of({ a: [1], b: [1] }, tasks.slice(0, 2));
    expect(() => compare(all, fewer)).toThrow(/EVALUATIONS_DIFFER.*"c" is missing/);
    expect(() => compare(fewer, all)).toThrow(/EVALUATIONS_DIFFER.*2 tasks, the second 4/);
    expect(() => compare(all, { ...all, mode: "sampled" })).toThrow(/EVALUATIONS_DIFFER.*greedy/);
  });
});
