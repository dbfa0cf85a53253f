/** What a step of training did with a rollout, token by token. */

/** Why a step learned nothing from a rollout that has a reward. */
export type NotLearned =
  /** No rollout of its group has an advantage. */
  | "group without signal"
  /** Its own advantage is 0, and there is no KL term that it would pay. */
  | "advantage 0"
  /** A reply ended at the token limit, and truncated answers are masked. */
  | "truncated"
  /** Its group was replaced by another that has signal. */
  | "group replaced"
  /** When the step came to it, the trained policy was already too far from the policy that had sampled it. */
  | "too far from the sampler"
  /** The policy sampled no token of it. */
  | "no sampled token";

/** A row of a rollout as a step learned from it. Lists have an item for each sampled token of the row, in order. */
export interface TrainedRow {
  /** Its place among the rows of the rollout, from 0. */
  readonly index: number;
  /** How much better than expected: one number for all sampled tokens, or one for each. What a token weighs is not in it. */
  readonly advantage: number | readonly number[];
  /** What each of its tokens weighs in the loss. */
  readonly weight: number;
  /** [K] log-probs of the sampled tokens under the trained model when the row was first learned from, in nats. */
  readonly logProbs: readonly number[];
  /** Number of optimizer updates of this step before then. 0: `logProbs` are of the weights that the step began with. */
  readonly updatesBefore: number;
}

/** A rollout as a step learned from it, or did not. */
export interface TrainedRollout {
  readonly rolloutId: string;
  /** Present where nothing was learned. */
  readonly notLearned?: NotLearned;
  /** Whether it was sampled in an earlier step. Default false. */
  readonly isReplayed?: boolean;
  /** The rows that were learned from; none where nothing was. */
  readonly rows: readonly TrainedRow[];
}

/** What a step did with all its rollouts. */
export interface TrainedStep {
  /** The weights that the step began with. */
  readonly weightsVersion: string;
  readonly rollouts: readonly TrainedRollout[];
}
