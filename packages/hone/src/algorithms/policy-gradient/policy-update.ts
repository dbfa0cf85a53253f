/**
 * The gradient of a policy loss with an optional KL term, on any training client.
 *
 *     C = Σ rows Σ_t  loss(ρ_t, w·A)  +  w · β · k(π ‖ π_ref)_t        w = the row's token weight (normalization.ts)
 *
 * Advantages come with w folded in. The KL term has no advantage to fold w into; it goes one of three ways, all exact:
 *   1. the client computes loss and KL term: rows of equal w are sent together with coefficient w·β, as gradients add up;
 *   2. it computes the loss only: the term's derivative in closed form becomes weights of `cross_entropy`;
 *   3. it does not compute the loss (ratio-losses.ts): that of both in closed form does.
 */
import type {
  ForwardBackwardOutput,
  LossConfig,
  LossName,
  TrainingClient,
} from "../../ports/training-client.ts";
import { addWeighted } from "../blocks/log-prob-loss.ts";
import { clientLoss, type PolicyGradient, type PolicyLoss, type PolicyRow } from "./policy-loss.ts";
import { addRatioLoss } from "./ratio-update.ts";
import type { RatioBounds } from "./ratio-losses.ts";
import { klEstimate, klMetrics, klWeights } from "../blocks/kl.ts";

/**
 * Adds the gradient of the loss above, from its rows, to what the client has accumulated.
 * @throws WEIGHTS_CHANGED when the weights moved between the passes of way 2
 */
export async function addPolicyGradient(
  training: TrainingClient,
  rows: readonly PolicyRow[],
  policyLoss: PolicyLoss,
): Promise<PolicyGradient> {
  const { clipLow, clipHigh, kl } = policyLoss;
  const loss = clientLoss(policyLoss);
  if (loss === undefined) return addRatioLoss(training, rows, policyLoss);
  const config: LossConfig = { clipLow, clipHigh };
  const data = rows.map((row) => row.datum);
  if (kl === undefined || kl.coefficient === 0) {
    const output = await training.forwardBackward(data, loss, config);
    return { ...combine([output]), logProbs: output.logProbs };
  }
  if (training.capabilities.kl) {
    const buckets = [...Map.groupBy(rows, (row) => row.weight)];
    // Submitted together: the client keeps their order, and need not wait for this thread between them.
    const outputs = await Promise.all(
      buckets.map(([weight, bucket]) =>
        training.forwardBackward(
          bucket.map((row) => row.datum),
          loss,
          { ...config, kl: { ...kl, coefficient: kl.coefficient * weight } },
        ),
      ),
    );
    const inOrder = buckets.flatMap(([, bucket], i) =>
      bucket.map((row, k) => [row, outputs[i]!.logProbs[k]!] as const),
    );
    const byRow = new Map(inOrder);
    return { ...combine(outputs), logProbs: rows.map((row) => byRow.get(row)!) };
  }
  return addInTwoPasses(training, rows, { ...policyLoss, loss }, kl);
}

async function addInTwoPasses(
  training: TrainingClient,
  rows: readonly PolicyRow[],
  { loss, clipLow, clipHigh }: RatioBounds & { readonly loss: LossName },
  kl: NonNullable<PolicyLoss["kl"]>,
): Promise<PolicyGradient> {
  const data = rows.map((row) => row.datum);
  const main = await training.forwardBackward(data, loss, { clipLow, clipHigh });
  const terms = rows.map(({ datum, weight }, i) => {
    const [logProbs, reference, mask] = [main.logProbs[i]!, datum.referenceLogProbs!, datum.mask!];
    const scale = kl.coefficient * weight;
    const weights = klWeights(kl.estimator, logProbs, reference, mask, scale);
    return { datum, weights, scale, logProbs, reference, mask };
  });
  const { weightsVersion } = main;
  const where = "computing the loss and its KL term";
  await addWeighted(training, terms, { where, weightsVersion });
  const measured = klMetrics("kl");
  let penalty = 0;
  for (const { logProbs, reference, mask, scale } of terms) {
    for (let t = 0; t < mask.length; t++) {
      if (mask[t] === 0) continue;
      penalty += scale * mask[t]! * klEstimate(kl.estimator, logProbs[t]!, reference[t]!);
      measured.add(logProbs[t]!, reference[t]!);
    }
  }
  const { metrics } = combine([main]);
  return {
    loss: main.loss + penalty,
    metrics: { ...metrics, ...measured.means() },
    logProbs: main.logProbs,
  };
}

/** Several outputs as one: losses and tokens add up, `ratio_max` is the largest, the other metrics are means over tokens. */
export function combine(
  outputs: readonly Pick<ForwardBackwardOutput, "loss" | "metrics">[],
): Pick<PolicyGradient, "loss" | "metrics"> {
  const total = outputs.reduce((sum, { metrics }) => sum + (metrics["tokens"] ?? 0), 0);
  const metrics: Record<string, number> = { tokens: total };
  for (const output of outputs) {
    const share = total === 0 ? 1 / outputs.length : (output.metrics["tokens"] ?? 0) / total;
    for (const [name, value] of Object.entries(output.metrics)) {
      if (name === "tokens") continue;
      metrics[name] =
        name === "ratio_max"
          ? Math.max(metrics[name] ?? value, value)
          : (metrics[name] ?? 0) + share * value;
    }
  }
  return { loss: outputs.reduce((sum, { loss }) => sum + loss, 0), metrics };
}
