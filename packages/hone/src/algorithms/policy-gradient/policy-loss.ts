/** What a policy loss is made of: its rows, its settings, and what computing it gives. */
import type { Datum, KlEstimator, LossName } from "../../ports/training-client.ts";
import type { RatioBounds, RatioLossName } from "./ratio-losses.ts";

/** A row of a policy loss and the weight of each of its tokens, already folded into its advantages. */
export interface PolicyRow {
  readonly datum: Datum;
  readonly weight: number;
  /** Names the answer that the row is part of. */
  readonly answer: string;
  /** Its place among the rows of that answer, from 0. */
  readonly index: number;
  /** The advantage without the weight: one number for all sampled tokens, or [T] of the row's tokens. */
  readonly advantage: number | ArrayLike<number>;
  /** Which weights sampled it. */
  readonly weightsVersion: string;
}

/** A row of the first pass over a batch. */
export interface FirstPassRow {
  readonly row: PolicyRow;
  /** [T] the trainer's log-probs of the targets. */
  readonly logProbs: Float32Array;
  /** Updates of the step before this one. */
  readonly updatesBefore: number;
}

/** A policy loss with an optional KL term. */
export interface PolicyLoss extends RatioBounds {
  /** A loss of the client, or one of ratio-losses.ts; "ppo" is both, and the latter's where there is a dual clip. */
  readonly loss: LossName | RatioLossName;
  /** The KL term of the loss. */
  readonly kl?: { readonly coefficient: number; readonly estimator: KlEstimator } | undefined;
}

/** What a gradient was computed with. */
export interface PolicyGradient {
  /** Loss of all rows, KL term included. */
  readonly loss: number;
  /** "tokens" is a sum; the others are means over tokens. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Per row [T]: log-probs of the targets before the step, in nats. */
  readonly logProbs: readonly Float32Array[];
}

/** The loss as the training client is asked for it; undefined for one that only ratio-losses.ts has. */
export function clientLoss({ loss, dualClip }: PolicyLoss): LossName | undefined {
  if (loss === "gspo" || loss === "gspo-token" || loss === "rloo" || loss === "gmpo")
    return undefined;
  return dualClip === undefined ? loss : undefined;
}
