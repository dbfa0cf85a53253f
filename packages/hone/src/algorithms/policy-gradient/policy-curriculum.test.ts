/** Tasks are drawn by their measured success, and what was measured is the run's state. */
import { expect, it } from "vitest";
import type { Rollout } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { grpo } from "./grpo.ts";
import { chooseTasks, withTries } from "./policy-curriculum.ts";

const keys = { seed: 0, step: 1 };

it("a task that is done sometimes is drawn more often than those that always or never are", () => {
  const records = { never: [40, 0], sometimes: [40, 20], always: [40, 40] } as const;
  const counts = [0, 0, 0];
  for (let step = 1; step <= 300; step++) {
    const choose = chooseTasks(records, {}, { seed: 0, step });
    const [one] = choose(["never", "sometimes", "always"], { groupCount: 1 });
    counts[one!]! += 1;
  }
  // Chances 0.09, 0.82 and 0.09: 300 draws differ from them by 0.07 in one of a thousand tests.
  expect(counts[1]! / 300).toBeGreaterThan(0.74);
  expect(counts[0]! + counts[2]!).toBeGreaterThan(15);
});

it("tasks differ within a step while there are enough, and further groups are drawn anew", () => {
  const ids = ["a", "b", "c", "d"];
  const choose = chooseTasks({}, { uniformShare: 1 }, keys);
  expect(new Set(choose(ids, { groupCount: 4 })).size).toBe(4);
  const six = choose(ids, { groupCount: 6 });
  expect(six).toHaveLength(6);
  expect(new Set(six.slice(0, 4)).size).toBe(4);
  const further = [1, 2, 3].map((firstGroup) => choose(ids, { groupCount: 4, firstGroup }).join());
  expect(new Set(further).size).toBeGreaterThan(1);
});

it("tries are scored rollouts of this run, successes those that did the task", () => {
  const rollout = (isSuccess: boolean, total = 1): Rollout =>
    ({
      isSuccess,
      reward: { total, components: {}, source: "rule" },
      turns: [],
    }) as Partial<Rollout> as Rollout;
  const groups = [
    { task: { id: "a" }, rollouts: [rollout(true), rollout(false), rollout(true, Number.NaN)] },
    { task: { id: "b" }, rollouts: [rollout(true)] },
    { task: { id: "a" }, rollouts: [rollout(true)], isStored: true },
  ];
  expect(withTries({ a: [3, 3] }, groups)).toEqual({ a: [5, 4], b: [1, 1] });
});

it("a run turns to the task that its policy does sometimes", async () => {
  const training = tabularTrainingClient({ vocabulary: 6 });
  // Task 0 is done by one token of six, task 1 by all, task 2 by none.
  const rollouts = tokenRollouts({
    prompts: [[0], [1], [2]],
    reward: ([token], [task]) => (task === 0 ? Number(token! < 3) : task === 1 ? 1 : 0),
    sampling: { maxTokens: 1 },
  });
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  const steps: TrainStep[] = [];
  const options = { steps: 20, groupSize: 4, groupsPerStep: 1, maxStepsWithoutSignal: 20 };
  const algorithm = grpo({ ...options, learningRate: 0, curriculum: { uniformShare: 0.05 } });
  for await (const step of algorithm.run(parts)) steps.push(step);
  const tasks = steps.slice(6).map(({ rollouts: some }) => some![0]!.task.id);
  expect(tasks.filter((id) => id === "task 0").length).toBeGreaterThan(tasks.length / 2);
  expect(steps[19]!.metrics["tasks_seen"]).toBe(3);
  const { curriculum } = steps[19]!.state as { curriculum: Record<string, [number, number]> };
  expect(Object.values(curriculum).reduce((sum, [tries]) => sum + tries, 0)).toBe(80);
});
