/** What a run's measurements say: its last phase's policy before and after, and the difference. */
import { assert } from "../core/errors.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Interval } from "./intervals.ts";

export interface BeforeAndAfter {
  readonly before: Evaluation;
  readonly after: Evaluation;
  readonly difference: Comparison;
}

/** The name of what is measured before the phase of this index (or, behind the last one, at the end). */
export const stageName = (phases: readonly { readonly name: string }[], index: number): string =>
  index === 0 ? "start" : `after ${phases[index - 1]!.name}`;

/** Of a run that held nothing out: evaluations of no tasks, whose numbers are NaN. */
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

export const unknown: Interval = { value: Number.NaN, low: Number.NaN, high: Number.NaN };

const noTasks: Evaluation = {
  mode: "greedy",
  taskCount: 0,
  rolloutCount: 0,
  success: unknown,
  reward: undefined,
  failedCount: 0,
  failures: {},
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

/** With fewer tasks a success rate is known to about ±0.2 at best, and hardly any difference shows. */
export const FEW_TASKS = 20;

/** Half of Wilson's 95 % interval where it is widest, at half of the tasks done: z / 2√(n + z²). */
export const widestHalf = (taskCount: number): number =>
  1.96 / (2 * Math.sqrt(taskCount + 1.96 ** 2));
