/** KL to the reference that is paid in the reward: what each sampled token costs. */
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { klEstimate } from "../blocks/kl.ts";
import { sumOf } from "../blocks/sums.ts";
import type { PolicySettings } from "./policy-improvement.ts";
import { logProbsUnder } from "./policy-rows.ts";
import type { RolloutBatch } from "./scored-answers.ts";

/**
 * Log-probs of one policy that two programs computed differ by less, in nats. Such a difference counts as none: an advantage that is
 * divided by a deviation would make a whole signal of it, where rewards are equal and the policy is still the reference.
 */
const ROUNDING = 1e-5;

/** A batch whose answers have penalties, and what was measured. */
export interface PenalisedBatch {
  readonly batch: RolloutBatch;
  /** "kl": the mean over all sampled tokens, in nats. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The batch with `penalties`: coefficient · k(log π − log π_ref) at each sampled token, where π is the policy that sampled. Unlike a
 * KL term of the loss it is a number without a gradient, so "k1" is the unbiased choice here.
 * @throws OPTION_INVALID for rollouts sampled at another temperature than 1
 */
export async function withPenalties(
  batch: RolloutBatch,
  reference: SamplingClient,
  { algorithm, kl }: Pick<PolicySettings, "algorithm" | "kl">,
): Promise<PenalisedBatch> {
  const { coefficient, estimator } = kl;
  const rows = batch.answers.flatMap((answer) => answer.rows);
  const references = await logProbsUnder(reference, rows, { algorithm, coefficient });
  const estimates = new Map(
    rows.map((row) => {
      const under = references.get(row)!;
      const ofToken = (mask: number, t: number): number => {
        const [own, other] = [row.logProbs[t]!, under[t]!];
        return mask === 0 || Math.abs(own - other) < ROUNDING
          ? 0
          : klEstimate(estimator, own, other);
      };
      return [row, Float64Array.from(row.mask, ofToken)] as const;
    }),
  );
  const answers = batch.answers.map((answer) => {
    const penalties = answer.rows.map((row) => estimates.get(row)!.map((k) => coefficient * k));
    return { ...answer, penalties };
  });
  const tokens = sumOf(batch.answers.map(({ length }) => length));
  const total = sumOf([...estimates.values()].map(sumOf));
  return { batch: { ...batch, answers }, metrics: { kl: tokens === 0 ? 0 : total / tokens } };
}
