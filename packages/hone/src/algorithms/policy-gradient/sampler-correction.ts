/**
 * Importance sampling between the sampler and the trainer: two programs that compute log-probs of the same weights differ a little
 * (other kernels, other precision, another machine), and rollouts of older weights differ more.
 *
 *     w = exp( log π_trainer − log π_sampler )    per token, or of the sum over an answer's tokens
 *
 *     truncate   w between min and max            TIS: Yao et al. 2025 (fengyao.notion.site/off-policy-rl)
 *     mask       w, and 0 outside of min and max  MIS: Liu et al. 2025 (yingru.notion.site), as in TRL
 *
 * π_trainer are the trainer's log-probs before the step's first update: ratios of the loss are to them, and w multiplies the
 * advantage, which is exact as the losses are linear in a factor of the advantage that is not negative. A KL term in the loss is not
 * weighed. Defaults as TRL's `vllm_importance_sampling_*`: a whole answer, masked, max 3, no min.
 */
import { optionChecks } from "../../core/option-checks.ts";
import type { Trajectory } from "../../core/rollout.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { type KnownCuts, policyDatum } from "../blocks/datums.ts";
import { countMasked } from "../blocks/masks.ts";
import { sumOf } from "../blocks/sums.ts";
import { type PolicyChoice, policyChoices } from "./policy-choices.ts";
import { isTrained, type ScoredAnswer } from "./scored-answers.ts";

/** How the sampler's log-probs are corrected for. */
export interface CorrectionOptions {
  /** One weight for all tokens of an answer, or one for each token. Default "sequence". */
  readonly level?: PolicyChoice<"correctionLevel">;
  /** "mask": a weight out of range is 0. "truncate": it is the bound that it passed. Default "mask". */
  readonly rule?: PolicyChoice<"correctionRule">;
  /** The highest weight, at least 1. Default 3. */
  readonly max?: number;
  /** The lowest weight, 0 to 1. Default 0. */
  readonly min?: number;
}

/** The options with their defaults. */
export type SamplerCorrection = Required<CorrectionOptions>;

/** The options with their defaults. @throws OPTION_INVALID naming the option and its range */
export function correctionSettings(method: string, options: CorrectionOptions): SamplerCorrection {
  const { level = "sequence", rule = "mask", max = 3, min = 0 } = options;
  const check = optionChecks(method);
  check.oneOf("correction.level", level, policyChoices.correctionLevel);
  check.oneOf("correction.rule", rule, policyChoices.correctionRule);
  check.number("correction.max", max, { min: 1 });
  check.share("correction.min", min);
  return { level, rule, max, min };
}

/** Answers whose ratios are to the trainer, and what was measured of the two. */
export interface CorrectedAnswers {
  readonly answers: readonly ScoredAnswer[];
  /**
   * "mismatch_mean" and "mismatch_max": |log π_trainer − log π_sampler| over the tokens that the newest weights sampled, nats; absent
   * where these sampled none. Over all tokens, "correction_mean": the mean weight; "tokens_masked": tokens whose weight became 0.
   */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What `correctedAnswers` computes with. */
export interface CorrectionContext {
  readonly training: TrainingClient;
  /** The newest weights. */
  readonly weightsVersion: string;
  /** Whether answers without an advantage are trained, for a KL term in the loss. */
  readonly hasKl: boolean;
}

/** The answers as they are without a correction, or corrected: one forward pass over the rows that are trained. */
export async function correctedAnswers(
  answers: readonly ScoredAnswer[],
  { correction, tells }: { readonly correction?: SamplerCorrection; readonly tells: KnownCuts },
  { training, weightsVersion, hasKl }: CorrectionContext,
): Promise<CorrectedAnswers> {
  const trained = answers.filter((answer) => isTrained(answer, hasKl) && answer.length > 0);
  if (correction === undefined || trained.length === 0) return { answers, metrics: {} };
  const rows = trained.flatMap((one) => one.rows.filter(({ mask }) => countMasked(mask) > 0));
  const data = rows.map((row) => {
    const datum = policyDatum(row.rolloutId, row, 0, { tells });
    return { ...datum, weights: datum.mask! };
  });
  const { logProbs } = await training.forward(data, "cross_entropy");
  // Position t of a datum is token t + 1 of its row.
  const corrected = new Map(rows.map((row, i) => [row, withLogProbs(row, logProbs[i]!)]));
  const found = { tokens: 0, measured: 0, mismatch: 0, max: 0, weights: 0, masked: 0 };
  const changed = new Map(
    trained.map((answer) => [
      answer,
      correctedAnswer(answer, { corrected, correction, weightsVersion, found }),
    ]),
  );
  return {
    answers: answers.map((answer) => changed.get(answer) ?? answer),
    metrics: {
      ...(found.measured > 0 && {
        mismatch_mean: found.mismatch / found.measured,
        mismatch_max: found.max,
      }),
      correction_mean: found.weights / found.tokens,
      tokens_masked: found.masked,
    },
  };
}

const withLogProbs = (row: Trajectory, logProbs: Float32Array): Trajectory => ({
  ...row,
  samplingLogProbs: row.samplingLogProbs.map((own, t) =>
    t === 0 || row.mask[t] === 0 ? own : logProbs[t - 1]!,
  ),
});

interface Correcting {
  readonly corrected: ReadonlyMap<Trajectory, Trajectory>;
  readonly correction: SamplerCorrection;
  readonly weightsVersion: string;
  readonly found: {
    tokens: number;
    measured: number;
    mismatch: number;
    max: number;
    weights: number;
    masked: number;
  };
}

function correctedAnswer(
  answer: ScoredAnswer,
  { corrected, correction, weightsVersion, found }: Correcting,
): ScoredAnswer {
  const { level, rule, max, min } = correction;
  const rows = answer.rows.map((row) => corrected.get(row) ?? row);
  const drifts = rows.map((row, i) =>
    row.samplingLogProbs.map((logProb, t) => logProb - answer.rows[i]!.samplingLogProbs[t]!),
  );
  const total = sumOf(drifts.map(sumOf));
  const weightOf = (drift: number): number => {
    const weight = Math.exp(level === "sequence" ? total : drift);
    if (rule === "truncate") return Math.min(Math.max(weight, min), max);
    return weight < min || weight > max ? 0 : weight;
  };
  const advantage = rows.map((row, i) =>
    row.mask.map((m, t) => {
      if (m === 0) return 0;
      const drift = drifts[i]![t]!;
      const weight = weightOf(drift);
      found.tokens++;
      if (row.weightsVersion === weightsVersion) {
        found.measured++;
        found.mismatch += Math.abs(drift);
        found.max = Math.max(found.max, Math.abs(drift));
      }
      found.weights += weight;
      if (rule === "mask" && weight === 0) found.masked++;
      const { advantage: own } = answer;
      return weight * (typeof own === "number" ? own : own[i]![t]!);
    }),
  );
  return { ...answer, rows, advantage };
}
