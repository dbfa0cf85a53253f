import { describe, expect, it } from "vitest";
import type { RolloutJob, RolloutRunner } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { rolloutSource, tasksOfStep } from "./rollout-source.ts";

const policy = { weightsVersion: "w1" } as SamplingClient;
const tasks = Array.from({ length: 10 }, (_, i) => ({ id: `t${i}` }));

function recorded(seed = 0) {
  const jobs: RolloutJob[] = [];
  const runner: RolloutRunner = {
    async run(request) {
      jobs.push(...request.jobs);
      return request.jobs.map(({ id, task }) => ({
        id,
        task,
        turns: [],
        answer: undefined,
        reward: undefined,
        isSuccess: false,
        failure: undefined,
        attempts: 1,
        seconds: 0,
      }));
    },
  };
  return { source: rolloutSource({ tasks, runner, seed }), jobs };
}

const steps = (from: number, to: number, groupCount: number, seed = 0): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    tasksOfStep(tasks, { step: from + i, groupCount }, seed).map(({ id }) => id),
  ).flat();

describe("the tasks of a step", () => {
  it("come all once before any comes again, in an order of their own each time", () => {
    const [first, second] = [steps(1, 5, 2), steps(6, 10, 2)];
    expect(first.toSorted()).toEqual(tasks.map(({ id }) => id));
    expect(second.toSorted()).toEqual(first.toSorted());
    expect(second).not.toEqual(first);
    expect(steps(1, 5, 2, 1)).not.toEqual(first);
  });

  it("run on over the end of an epoch inside a step", () => {
    const places = steps(1, 10, 4);
    for (let epoch = 0; epoch < 4; epoch++) {
      expect(new Set(places.slice(10 * epoch, 10 * epoch + 10)).size).toBe(10);
    }
  });

  it("depend on the step's number alone, so that a resumed run sees the same", () => {
    expect(steps(1, 8, 3).slice(3 * 5)).toEqual(steps(6, 8, 3));
  });

  it("of which more are asked for later are others, and change those of no other step", () => {
    const further = (step: number, firstGroup: number): string[] =>
      tasksOfStep(tasks, { step, groupCount: 3, firstGroup }, 0).map(({ id }) => id);
    expect(new Set([...further(1, 3), ...further(1, 6)]).size).toBe(6);
    expect(further(1, 3)).toEqual(further(1, 3));
    expect(further(2, 3)).not.toEqual(further(1, 3));
    expect(steps(2, 2, 3)).toEqual(steps(1, 2, 3).slice(3));
  });

  it("may be more than there are tasks", () => {
    expect(steps(1, 1, 25)).toHaveLength(25);
  });
});

describe("a rollout source", () => {
  it("groups the rollouts of each task, with ids in order and a seed of its own for each", async () => {
    const { source, jobs } = recorded();
    const groups = await source.groups({ policy, step: 3, groupCount: 2, groupSize: 3 });
    expect(groups.map(({ task }) => task.id)).toEqual(steps(3, 3, 2));
    expect(groups.every(({ task, rollouts }) => rollouts.every((r) => r.task === task))).toBe(true);
    const ids = groups.flatMap(({ rollouts }) => rollouts.map(({ id }) => id));
    expect(ids[4]).toBe("step-00003-group-01-rollout-01");
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(jobs.map(({ seed }) => seed)).size).toBe(6);
  });

  it("draws the same seeds for the same run seed and step, and others otherwise", async () => {
    const seeds = async (seed: number, step: number): Promise<number[]> => {
      const { source, jobs } = recorded(seed);
      await source.groups({ policy, step, groupCount: 2, groupSize: 2 });
      return jobs.map((job) => job.seed);
    };
    expect(await seeds(1, 1)).toEqual(await seeds(1, 1));
    expect(await seeds(1, 1)).not.toEqual(await seeds(2, 1));
    const many = [...(await seeds(1, 1)), ...(await seeds(1, 2)), ...(await seeds(1, 3))];
    expect(new Set(many).size).toBe(12);
  });

  it("gives a task that comes twice in a step other seeds the second time", async () => {
    const { source, jobs } = recorded();
    await source.groups({ policy, step: 1, groupCount: 20, groupSize: 2 });
    expect(new Set(jobs.map(({ seed }) => seed)).size).toBe(40);
  });

  it("needs tasks", () => {
    const { run } = { run: async () => [] };
    expect(() => rolloutSource({ tasks: [], runner: { run } })).toThrow(/DATA_EMPTY/);
  });

  it("gives further rollouts of a step ids and seeds of their own", async () => {
    const { source, jobs } = recorded();
    await source.groups({ policy, step: 1, groupCount: 2, groupSize: 2 });
    await source.groups({ policy, step: 1, groupCount: 2, groupSize: 2, firstGroup: 2 });
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(8);
    expect(new Set(jobs.map(({ seed }) => seed)).size).toBe(8);
    expect(jobs.map(({ group }) => group)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });
});
