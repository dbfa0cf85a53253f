/** Several evaluations as one, of policies that did different tasks. */
import { noTasks } from "./before-and-after.ts";
import type { Evaluation } from "./evaluate.ts";
import { sum, wilson } from "./intervals.ts";

/**
 * The evaluations together: success over all tasks. Rewards and their parts are left out, as each evaluation may have units of its own. Tasks
 * are named by their evaluation, so that two of one id stay apart.
 * @param evaluations  by name, one at least, all made in one mode
 * @example pooled({ math, tau }).success; // { value: 0.7, low: 0.64, high: 0.76 }
 */
export function pooled(evaluations: Readonly<Record<string, Evaluation>>): Evaluation {
  const all = Object.values(evaluations);
  const tasks = Object.entries(evaluations).flatMap(([name, evaluation]) =>
    evaluation.tasks.map((task) => ({ ...task, taskId: `${name} ${task.taskId}` })),
  );
  return {
    ...noTasks,
    mode: all[0]!.mode,
    taskCount: tasks.length,
    rolloutCount: sum(all.map(({ rolloutCount }) => rolloutCount)),
    success: wilson(sum(tasks.map(({ success }) => success)), tasks.length),
    failedCount: sum(all.map(({ failedCount }) => failedCount)),
    failures: addedCounts(all.map(({ failures }) => failures)),
    outcomes: addedCounts(all.map(({ outcomes }) => outcomes)),
    weightsVersion: all.map(({ weightsVersion }) => weightsVersion).join(", "),
    tasks,
  };
}

/** The counts of each name in all tables. */
function addedCounts(tables: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const added: Record<string, number> = {};
  for (const [name, count] of tables.flatMap((one) => Object.entries(one)))
    added[name] = (added[name] ?? 0) + count;
  return added;
}
