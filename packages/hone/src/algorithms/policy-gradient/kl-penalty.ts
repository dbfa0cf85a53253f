/** KL to the reference that is paid in the reward: what each sampled token costs. */
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { klEstimate, klMetrics } from "../blocks/kl.ts";
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
  /** "kl" and "kl_k1": means over all sampled tokens, in nats, whichever estimate is paid. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The batch with `penalties`: coefficient · k(log π − log π_ref) at each sampled token, where π is the policy that sampled, as it was
 * sampled: both at the row's temperature and among the tokens that could be drawn, where the reference can say that. Unlike a
 * KL term of the loss it is a number without a gradient, so "k1" is the unbiased choice here.
 * @throws OPTION_INVALID as `logProbsUnder`
 */
export async function withPenalties(
  batch: RolloutBatch,
  reference: SamplingClient,
  { algorithm, kl }: Pick<PolicySettings, "algorithm" | "kl">,
): Promise<PenalisedBatch> {
  const { coefficient, estimator } = kl;
  const rows = batch.answers.flatMap((answer) => answer.rows);
  const knows = { bounds: true, kept: true };
  const references = await logProbsUnder(reference, rows, { algorithm, coefficient, knows });
  const measured = klMetrics("kl");
  const estimates = new Map(
    rows.map((row) => {
      const under = references.get(row)!;
      const sampled = reference.scoresCuts === true ? row.samplingLogProbs : row.logProbs;
      const ofToken = (mask: number, t: number): number => {
        if (mask === 0) return 0;
        const isSame = Math.abs(sampled[t]! - under[t]!) < ROUNDING;
        const [own, other] = [sampled[t]!, isSame ? sampled[t]! : under[t]!];
        measured.add(own, other);
        return klEstimate(estimator, own, other);
      };
      return [row, Float64Array.from(row.mask, ofToken)] as const;
    }),
  );
  const answers = batch.answers.map((answer) => {
    const penalties = answer.rows.map((row) => estimates.get(row)!.map((k) => coefficient * k));
    return { ...answer, penalties };
  });
  return { batch: { ...batch, answers }, metrics: measured.means() };
}
