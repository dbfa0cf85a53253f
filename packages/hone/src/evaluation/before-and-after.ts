/** The measurements of a run that its result shows: before its last phase, after it, and the difference. */
import { assert } from "../core/errors.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Interval } from "./intervals.ts";

/** Two evaluations of the same tasks, and their difference. */
export interface BeforeAndAfter {
  readonly before: Evaluation;
  readonly after: Evaluation;
  readonly difference: Comparison;
}

/** The name of the evaluation before the phase of this index. The index after the last phase names the last evaluation. */
export const stageName = (phases: readonly { readonly name: string }[], index: number): string =>
  index === 0 ? "start" : `after ${phases[index - 1]!.name}`;

/**
 * The evaluations before and after the last phase. Where nothing was held out, evaluations of 0 tasks, whose numbers are NaN.
 * @param evaluations  by their names, see `stageName`
 * @param seed         decides the draws of the intervals
 */
export function beforeAndAfter(
  evaluations: ReadonlyMap<string, Evaluation>,
  phases: readonly { readonly name: string }[],
  seed: number,
): BeforeAndAfter {
  if (evaluations.size === 0) return nothingMeasured;
  const before = evaluations.get(stageName(phases, phases.length - 1));
  const after = evaluations.get(stageName(phases, phases.length));
  assert(
    before !== undefined && after !== undefined,
    "the last phase was measured before and after",
  );
  return { before, after, difference: compare(before, after, { seed }) };
}

/** The interval of a number that was not measured. */
export const unknown: Interval = { value: Number.NaN, low: Number.NaN, high: Number.NaN };

/** An evaluation of 0 tasks. */
export const noTasks: Evaluation = {
  mode: "greedy",
  taskCount: 0,
  rolloutCount: 0,
  success: unknown,
  reward: undefined,
  components: {},
  metrics: {},
  levels: {},
  passAtK: [],
  bestOfN: [],
  failedCount: 0,
  failures: {},
  outcomes: {},
  weightsVersion: "",
  tasks: [],
};

const nothingMeasured: BeforeAndAfter = {
  before: noTasks,
  after: noTasks,
  difference: {
    success: unknown,
    reward: undefined,
    taskCount: 0,
    unscoredTaskCount: 0,
    better: 0,
    worse: 0,
    equal: 0,
    tasks: [],
  },
};

/** With fewer held-out tasks than this, a success rate may be off by 0.2 or more, which hides most differences. */
export const FEW_TASKS = 20;

/** The largest half-width of Wilson's 95 % interval over n tasks, reached at a success of 0.5: z / 2√(n + z²). */
export const widestHalf = (taskCount: number): number =>
  1.96 / (2 * Math.sqrt(taskCount + 1.96 ** 2));
