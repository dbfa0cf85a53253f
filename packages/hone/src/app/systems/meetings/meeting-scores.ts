/** How good the predictions of an evaluation are, beside the accuracy: Brier score, calibration, reasons, and where they go wrong. */
import { Random } from "../../../core/random.ts";
import { type Factor, factors, type Truth } from "../../../domains/meetings/model.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import {
  bootstrapMean,
  type Interval,
  percentiles,
  wilson,
} from "../../../evaluation/intervals.ts";

/** One prediction beside the truth. */
export interface Scored {
  readonly id: string;
  /** Undefined where the output was no prediction. */
  readonly predicted: number | undefined;
  readonly truth: Truth;
  readonly isRight: boolean;
  readonly isReasonRight: boolean;
}

/** The numbers of some predictions. */
export interface MeetingScores {
  readonly count: number;
  /** Share on the right side of 0.5; an output that is no prediction is not. */
  readonly accuracy: Interval;
  /** Mean Brier score, expected over outcomes with the true probability; 0 is perfect. */
  readonly brier: Interval;
  /** Mean distance of the predicted probabilities from the true ones, bin by bin; undefined where there is no prediction. */
  readonly calibration: Interval | undefined;
  readonly reason: Interval;
}

/** The predictions of an evaluation. Tasks whose truth is not known are left out. */
export const scoredOf = (
  { tasks }: Pick<Evaluation, "tasks">,
  truths: ReadonlyMap<string, Truth>,
): readonly Scored[] =>
  tasks.flatMap(({ taskId: id, components, success }) => {
    const truth = truths.get(id);
    if (truth === undefined) return [];
    const isReasonRight = components["reason_right"] === 1;
    return [
      { id, predicted: components["predicted"], truth, isRight: success === 1, isReasonRight },
    ];
  });

/** @param seed  decides the draws of the intervals */
export function meetingScores(scored: readonly Scored[], seed = 0): MeetingScores {
  const count = (isIt: (one: Scored) => boolean): number => scored.filter(isIt).length;
  return {
    count: scored.length,
    accuracy: wilson(
      count(({ isRight }) => isRight),
      scored.length,
    ),
    brier: bootstrapMean(scored.map(brierOf), { seed }),
    calibration: calibrationInterval(scored, seed),
    reason: wilson(
      count(({ isReasonRight }) => isReasonRight),
      scored.length,
    ),
  };
}

/**
 * The Brier score expected over the outcome, which is a success with the true probability p: (p̂ − p)² + p·(1 − p). Of an output that is no
 * prediction p̂ is 0.5.
 */
export const brierOf = ({ predicted = 0.5, truth: { probability: p } }: Scored): number =>
  (predicted - p) ** 2 + p * (1 - p);

/** Of some meetings, how often the predictions of each policy are right. */
export interface ErrorPattern {
  /** Which meetings: "engagement is the reason", "p from 0.4 to 0.6". */
  readonly of: string;
  readonly count: number;
  /** In the order of the policies; NaN where there are no such meetings. */
  readonly accuracy: readonly number[];
}

/** Accuracy by the true reason, and by how far the truth is from 0.5. @param policies  the same meetings, of each policy */
export function errorPatterns(policies: readonly (readonly Scored[])[]): readonly ErrorPattern[] {
  const of = (name: string, isIt: (truth: Truth) => boolean): ErrorPattern => {
    const some = policies.map((scored) => scored.filter(({ truth }) => isIt(truth)));
    return { of: name, count: some[0]?.length ?? 0, accuracy: some.map(shareRight) };
  };
  return [
    ...factors.map((factor: Factor) => of(`reason ${factor}`, ({ reason }) => reason === factor)),
    ...distances.map(([least, most]) =>
      of(`p ${least} to ${most} away from 0.5`, ({ probability }) => {
        const distance = Math.abs(probability - 0.5);
        return distance >= least && (distance < most || most === 0.5);
      }),
    ),
    of("p below 0.5", ({ probability }) => probability < 0.5),
    of("p of at least 0.5", ({ probability }) => probability >= 0.5),
  ];
}

const distances = [
  [0, 0.1],
  [0.1, 0.25],
  [0.25, 0.4],
  [0.4, 0.5],
] as const;

const shareRight = (scored: readonly Scored[]): number =>
  scored.filter(({ isRight }) => isRight).length / scored.length;

/** Predictions of about the same probability. */
export interface CalibrationBin {
  readonly count: number;
  /** Mean predicted probability. */
  readonly x: number;
  /** Mean true probability. */
  readonly y: number;
}

/** Predicted probabilities in ten bins with the mean truth of each, for a calibration curve. Bins without a prediction are left out. */
export function calibrationCurve(scored: readonly Scored[]): readonly CalibrationBin[] {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, x: 0, y: 0 }));
  for (const { predicted, truth } of scored) {
    if (predicted === undefined) continue;
    const bin = bins[Math.min(9, Math.floor(predicted * 10))]!;
    bin.count++;
    bin.x += predicted;
    bin.y += truth.probability;
  }
  return bins.flatMap(({ count, x, y }) =>
    count === 0 ? [] : [{ count, x: x / count, y: y / count }],
  );
}

/**
 * The calibration error of predictions beside true probabilities, where there are any:
 *
 *     Σ_b n_b/N · |mean p̂ of b − mean p of b|        b: the bins of the calibration curve
 *
 * Outcomes are not drawn, so that perfect predictions have an error of 0.
 */
function calibrationError(scored: readonly Scored[]): number | undefined {
  const bins = calibrationCurve(scored);
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  return bins.reduce((sum, { count, x, y }) => sum + (count / total) * Math.abs(x - y), 0);
}

/** The error with its percentile bootstrap interval over meetings. */
function calibrationInterval(scored: readonly Scored[], seed: number): Interval | undefined {
  const known = scored.filter(({ predicted }) => predicted !== undefined);
  const value = calibrationError(known);
  if (value === undefined) return undefined;
  const random = new Random("calibration", seed);
  const drawn = (): Scored => known[Math.floor(random.uniform() * known.length)]!;
  const errors = Float64Array.from(
    { length: 1000 },
    () => calibrationError(known.map(drawn)) ?? value,
  );
  return { value, ...percentiles(errors) };
}

/** Predictions that are drawn: a probability from 0 to 1, and any reason. */
export function randomScored(truths: ReadonlyMap<string, Truth>, seed: number): readonly Scored[] {
  const random = new Random("random predictions", seed);
  return [...truths].map(([id, truth]) =>
    scoredAs(id, truth, random.uniform(), random.pick(factors)),
  );
}

/** A prediction that some rule makes. */
export const scoredAs = (id: string, truth: Truth, predicted: number, reason: Factor): Scored => ({
  ...{ id, predicted, truth },
  isRight: predicted >= 0.5 === truth.probability >= 0.5,
  isReasonRight: reason === truth.reason,
});
