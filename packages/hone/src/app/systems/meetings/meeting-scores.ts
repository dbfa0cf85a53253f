/** How good the predictions of an evaluation are, beside the accuracy: Brier score, calibration, reasons, and where they go wrong. */
import { Random } from "../../../core/random.ts";
import { type Factor, factors, type Truth } from "../../../domains/meetings/model.ts";
import { calibrationInterval } from "../../../evaluation/calibration.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import { bootstrapMean, type Interval, wilson } from "../../../evaluation/intervals.ts";

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
  /** Expected calibration error of the side of 0.5 that is predicted. */
  readonly calibration: Interval;
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
    calibration: calibrationInterval(scored.map(onTrueSide), { seed }),
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

/** The probability that is given to the side of 0.5 on which the truth is. */
const onTrueSide = ({ predicted = 0.5, truth }: Scored): number =>
  truth.probability >= 0.5 ? predicted : 1 - predicted;

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

/** Predicted probabilities in ten bins with the mean truth of each, for a calibration curve. */
export const calibrationCurve = (
  scored: readonly Scored[],
): readonly { readonly x: number; readonly y: number }[] =>
  Array.from({ length: 10 }, (_, bin) => {
    const some = scored.filter(
      ({ predicted }) => predicted !== undefined && Math.min(9, Math.floor(predicted * 10)) === bin,
    );
    const mean = (value: (one: Scored) => number): number =>
      some.reduce((sum, one) => sum + value(one), 0) / some.length;
    return {
      x: mean(({ predicted = 0 }) => predicted),
      y: mean(({ truth }) => truth.probability),
    };
  }).filter(({ x }) => Number.isFinite(x));

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
