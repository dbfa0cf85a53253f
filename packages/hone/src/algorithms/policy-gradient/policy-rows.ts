/** Scored answers → rows of a policy loss, in minibatches. */
import { HoneError } from "../../core/errors.ts";
import type { Trajectory } from "../../core/rollout.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { policyDatum } from "../blocks/datums.ts";
import { countMasked } from "../blocks/masks.ts";
import { minibatches } from "../blocks/minibatches.ts";
import { type Normalization, tokenWeights } from "./normalization.ts";
import type { PolicyRow } from "./policy-loss.ts";
import { type Advantage, isTrained, type ScoredAnswer } from "./scored-answers.ts";

/** Log-probs of rows under the reference policy: computed once per row, for all passes. */
export type LogProbsOfRows = ReadonlyMap<Trajectory, Float32Array>;

/** How a rollout batch is cut and weighed. */
export interface PolicyBatchSettings {
  /** The algorithm's name: a key of the random order, and named in errors. */
  readonly algorithm: string;
  /** What a token weighs. */
  readonly normalization: Normalization;
  /** The constant length of "dr_grpo", in tokens. */
  readonly tokensPerAnswer: number | undefined;
  /** Parts of a rollout batch with an update each. */
  readonly minibatchesPerBatch: number;
  /** Whether the client is told which parts of rows a response format bound (`trainsBounds`). Default false. */
  readonly tellsBounds?: boolean;
}

/**
 * Whether training takes the log-probs of tokens that a response format bound among those that it allowed, as they were sampled.
 * Not with a KL term: the reference's log-probs are those of all tokens.
 */
export function trainsBounds(
  { capabilities }: Pick<TrainingClient, "capabilities">,
  hasReference: boolean,
): boolean {
  return capabilities.bounds === true && !hasReference;
}

/**
 * The rows of each minibatch of one pass over a rollout batch.
 *
 * All scored answers are dealt into minibatches and weighed; those without a gradient are then left out, so that leaving
 * them out changes no weight. A minibatch may end up empty.
 */
export function policyMinibatches(
  answers: readonly ScoredAnswer[],
  settings: PolicyBatchSettings,
  keys: { readonly seed: number; readonly step: number; readonly pass: number },
  reference?: LogProbsOfRows,
): PolicyRow[][] {
  const { normalization: rule, tokensPerAnswer, minibatchesPerBatch } = settings;
  const order = [settings.algorithm, keys.seed, keys.step, keys.pass];
  const parts = minibatches(answers, minibatchesPerBatch, order);
  const batchTokens = answers.reduce((sum, answer) => sum + answer.length, 0);
  return parts.map((part) => {
    const weights = tokenWeights(
      part.map((answer) => answer.length),
      {
        rule,
        batchTokens,
        minibatches: parts.length,
        ...(tokensPerAnswer === undefined ? {} : { tokensPerAnswer }),
      },
    );
    return part.flatMap((answer, i) =>
      isTrained(answer, reference !== undefined)
        ? answerRows(answer, weights[i]!, { reference, tellsBounds: settings.tellsBounds ?? false })
        : [],
    );
  });
}

function answerRows(
  answer: ScoredAnswer,
  weight: number,
  {
    reference,
    tellsBounds,
  }: { readonly reference: LogProbsOfRows | undefined; readonly tellsBounds: boolean },
): PolicyRow[] {
  return answer.rows.flatMap((row, index) => {
    if (countMasked(row.mask) === 0) return [];
    const id = answer.rows.length === 1 ? row.rolloutId : `${row.rolloutId}#${index}`;
    const datum = policyDatum(id, row, weighted(answer.advantage, index, weight), {
      reference: reference?.get(row),
      tellsBounds,
    });
    return [{ datum, weight, answer: row.rolloutId }];
  });
}

/** The advantage of a row, times its weight: one number, or a number for each of its tokens. */
function weighted(advantage: Advantage, row: number, weight: number): number | Float64Array {
  if (typeof advantage === "number") return advantage * weight;
  return Float64Array.from(advantage[row]!, (value) => value * weight);
}

/** Log-probs of every row that will be trained, under the reference. @throws as `logProbsUnder` */
export function referenceLogProbs(
  answers: readonly ScoredAnswer[],
  reference: SamplingClient,
  named: { readonly algorithm: string; readonly coefficient: number },
): Promise<LogProbsOfRows> {
  const rows = answers.flatMap((answer) => (isTrained(answer, true) ? answer.rows : []));
  return logProbsUnder(reference, rows, named);
}

/**
 * Log-probs of rows under the reference.
 * @throws OPTION_INVALID for rows sampled at another temperature than 1: the reference's log-probs are untempered, and
 *         a KL between a tempered and an untempered distribution is not what was asked for
 */
export async function logProbsUnder(
  reference: SamplingClient,
  rows: readonly Trajectory[],
  { algorithm, coefficient }: { readonly algorithm: string; readonly coefficient: number },
): Promise<LogProbsOfRows> {
  const tempered = rows.find((row) => row.temperature !== 1);
  if (tempered !== undefined) {
    throw new HoneError("OPTION_INVALID", {
      where: algorithm,
      option: "kl.coefficient",
      got: `${coefficient} with rollouts sampled at temperature ${tempered.temperature}`,
      expected: "0, or rollouts sampled at temperature 1",
    });
  }
  return new Map(
    await Promise.all(
      rows.map(async (row) => [row, await reference.logProbs(row.tokens)] as const),
    ),
  );
}
