/** What the policy did in a step, as numbers. */
import type { Trajectory } from "../../core/rollout.ts";
import type { KnownCuts } from "../blocks/datums.ts";
import type { Advantage, ScoredAnswer, ScoredBatch } from "./scored-answers.ts";
import { equalRewardsShare, meanAndDeviation, truncatedShare } from "../blocks/rollout-figures.ts";
import { meanOf } from "../blocks/sums.ts";

/** By name; `reward` is always there. */
export type RolloutMetrics = { readonly reward: number } & Readonly<Record<string, number>>;

/**
 * Metrics of a rollout batch. Means are over scored answers; 0 where there are none.
 *
 *     reward, reward_std       mean and population deviation
 *     success                  share of answers that did their task
 *     entropy                  −mean log-prob of the sampled tokens, nats: an unbiased estimate of the policy's entropy per
 *                              token at temperature 1, above it (a cross-entropy) at other temperatures
 *     response_length          sampled tokens per answer
 *     tokens_sampled           their sum
 *     truncated_share          share of answers in which a reply ended at the token limit
 *     groups_without_signal    groups that taught nothing
 *     zero_variance_share      share of groups whose rewards are all equal, among those with at least two; absent without any
 *     rollouts_failed          left out of everything above
 *     rows_split               turns that broke their row's prefix
 *     rows_truncated           rows sampled with top-k, top-p or min-p, or under a response format, where training does not
 *                              take the log-probs among the tokens that could be drawn: their ratios compare unlike distributions
 *
 * @param knows  what training knows of the tokens that could be drawn (`knownCuts`). Default: nothing
 */
export function rolloutMetrics(
  batch: ScoredBatch,
  knows: KnownCuts = { bounds: false, kept: false },
): RolloutMetrics {
  const { answers } = batch;
  const rewards = answers.map((answer) => answer.reward);
  const { mean: reward, deviation } = meanAndDeviation(rewards);
  const equal = equalRewardsShare(
    [...Map.groupBy(answers, ({ group }) => group).values()].map((some) =>
      some.map((answer) => answer.reward),
    ),
  );
  const rows = answers.flatMap((answer) => answer.rows);
  const logProbs = rows.flatMap((row) => row.logProbs.filter((_, t) => row.mask[t] === 1));
  return {
    reward,
    reward_std: deviation,
    success: meanOf(answers.map((answer) => (answer.rollout.isSuccess ? 1 : 0))),
    entropy: 0 - meanOf(logProbs),
    response_length: meanOf(answers.map((answer) => answer.length)),
    truncated_share: truncatedShare(answers.map(({ rollout }) => rollout)),
    tokens_sampled: logProbs.length,
    groups: batch.groups,
    groups_without_signal: batch.groupsWithoutSignal,
    ...(equal !== undefined && { zero_variance_share: equal }),
    rollouts_failed: batch.failed.length,
    rows_split: batch.splits,
    rows_truncated: rows.filter((row) => isBiased(row, knows)).length,
  };
}

/**
 * advantage_mean and advantage_std: mean and population deviation over the sampled tokens of all answers, before a token's weight
 * is folded in; 0 without tokens.
 */
export function advantageMetrics({
  answers,
}: {
  readonly answers: readonly {
    readonly rows: readonly Pick<Trajectory, "mask">[];
    readonly advantage: Advantage;
  }[];
}): Readonly<Record<"advantage_mean" | "advantage_std", number>> {
  const ofTokens = answers.flatMap(({ rows, advantage }) =>
    rows.flatMap(({ mask }, i) =>
      mask.flatMap((isSampled, t) =>
        isSampled === 1 ? [typeof advantage === "number" ? advantage : advantage[i]![t]!] : [],
      ),
    ),
  );
  const { mean, deviation } = meanAndDeviation(ofTokens);
  return { advantage_mean: mean, advantage_std: deviation };
}

/** Whether the ratios of a row compare unlike distributions. */
const isBiased = ({ isTruncated, kept, bound }: Trajectory, knows: KnownCuts): boolean =>
  (isTruncated && (kept === undefined || !knows.kept)) || (bound !== undefined && !knows.bounds);

/** How many snapshots old the rows are: versions are ordered by when they were first seen. */
export class VersionLag {
  readonly #order = new Map<string, number>();

  /** Notes a snapshot as the newest. */
  note(version: string): void {
    if (!this.#order.has(version)) this.#order.set(version, this.#order.size);
  }

  /** The largest lag among the rows, in snapshots; a version never noted counts as older than all. */
  of(answers: readonly ScoredAnswer[]): number {
    const newest = this.#order.size - 1;
    const lags = answers.flatMap((answer) =>
      answer.rows.map((row) => newest - (this.#order.get(row.weightsVersion) ?? -1)),
    );
    return lags.reduce((a, b) => Math.max(a, b), 0);
  }
}

/** Counts that deserve a warning, by code; none when all are 0. */
export function rolloutWarnings(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const codes = {
    GROUPS_WITHOUT_SIGNAL: metrics["groups_without_signal"],
    ROLLOUTS_FAILED: metrics["rollouts_failed"],
    ROWS_SPLIT: metrics["rows_split"],
    ROWS_TRUNCATED: metrics["rows_truncated"],
    GROUPS_MISSING: metrics["groups_missing"],
    CREDIT_MISSING: metrics["credit_missing"],
    WEIGHTS_LAG: unexpectedLag(metrics),
  };
  return Object.fromEntries(
    Object.entries(codes).flatMap(([code, count]) => (count ? [[code, count]] : [])),
  );
}

/** The lag of the weights; 0 for one step where rollouts are sampled a step ahead, as that was asked for. */
function unexpectedLag(metrics: Readonly<Record<string, number>>): number {
  const lag = metrics["weights_lag"] ?? 0;
  return lag === 1 && metrics["groups_ahead"] !== undefined ? 0 : lag;
}
