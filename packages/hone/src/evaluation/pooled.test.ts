/** Evaluations of different tasks as one. */
import { expect, it } from "vitest";
import { noTasks } from "./before-and-after.ts";
import { compare } from "./compare.ts";
import type { Evaluation, TaskRecord } from "./evaluate.ts";
import { pooled } from "./pooled.ts";

const task = (taskId: string, success: number): TaskRecord => ({
  ...{ taskId, success, reward: success, rolloutCount: 1, failedCount: 0, components: {} },
});

const evaluation = (
  outcomes: Readonly<Record<string, number>>,
  ...successes: readonly number[]
): Evaluation => ({
  ...noTasks,
  ...{ taskCount: successes.length, rolloutCount: successes.length, outcomes },
  tasks: successes.map((success, i) => task(`task-${i}`, success)),
});

it("counts the tasks of all evaluations, also where two have one id", () => {
  const before = pooled({ a: evaluation({ done: 1, wrong: 1 }, 1, 0), b: evaluation({}, 0, 0) });
  expect(before).toMatchObject({ taskCount: 4, rolloutCount: 4, outcomes: { done: 1, wrong: 1 } });
  expect(before.success.value).toBe(0.25);
  expect(before.tasks.map(({ taskId }) => taskId)).toEqual(
    ["a", "b"].flatMap((name) => [`${name} task-0`, `${name} task-1`]),
  );
  const after = pooled({ a: evaluation({ done: 2 }, 1, 1), b: evaluation({ done: 1 }, 0, 1) });
  expect(compare(before, after)).toMatchObject({ better: 2, worse: 0, equal: 2 });
});
