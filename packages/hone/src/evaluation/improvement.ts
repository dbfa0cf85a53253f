/** Whether a difference of two evaluations shows an improvement. */
import type { Interval } from "./intervals.ts";

/** What can be asked to get better. */
export const improvementMetrics = ["success", "reward"] as const;

/** See `improvementMetrics`. */
export type ImprovementMetric = (typeof improvementMetrics)[number];

/** What a run is asked for. */
export interface WantedImprovement {
  /** What is to be better on the held-out tasks: the share of successes, or the mean reward. Default "success". */
  readonly metric?: ImprovementMetric | undefined;
  /** The difference, after − before, above which the whole 95 % interval is to lie; of success as a share. Default 0. */
  readonly atLeast?: number | undefined;
}

/** What was found. */
export interface ImprovementCheck {
  readonly metric: ImprovementMetric;
  readonly atLeast: number;
  /** After − before, paired by task, with its 95 % interval. */
  readonly difference: Interval;
  /** True where the whole interval lies above `atLeast`. */
  readonly passes: boolean;
  /** The same in words: "success +0.25 [0.10, 0.40] on 40 held-out tasks, above 0". */
  readonly text: string;
}

/** @param measured  differences by metric, and how many tasks they are of */
export function checkImprovement(
  measured: { readonly tasks: number } & Readonly<Record<ImprovementMetric, Interval>>,
  { metric = "success", atLeast = 0 }: WantedImprovement = {},
): ImprovementCheck {
  const difference = measured[metric];
  const passes = difference.low > atLeast;
  const [value, low, high] = [difference.value, difference.low, difference.high].map(signed);
  const where = passes ? `above ${atLeast}` : `not above ${atLeast} as a whole`;
  const text = `${metric} ${value} [${low}, ${high}] on ${measured.tasks} held-out tasks, ${where}`;
  return { metric, atLeast, difference, passes, text };
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(3)}`;
