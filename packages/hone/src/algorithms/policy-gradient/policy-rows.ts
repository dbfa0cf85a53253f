/** Scored answers → rows of a policy loss, in minibatches. */
import { HoneError } from "../../core/errors.ts";
import type { RandomKey } from "../../core/random.ts";
import type { Trajectory } from "../../core/rollout.ts";
import type { SamplingClient, ScoredDistribution } from "../../ports/sampling-client.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { type KnownCuts, policyDatum } from "../blocks/datums.ts";
import { countMasked } from "../blocks/masks.ts";
import { minibatches, minibatchesOfTokens } from "../blocks/minibatches.ts";
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
  /** Cuts by tokens in place of that: the most sampled tokens of a part. Default: by answers. */
  readonly maxTokensPerUpdate?: number;
  /** What the client is told of the tokens that could be drawn (`knownCuts`). Default: nothing. */
  readonly tells?: KnownCuts;
}

/**
 * Whether training takes the log-probs of tokens among those that a response format allowed, or that filters left, as they were
 * sampled. Not with a KL term in the loss whose reference gives log-probs of all tokens only. An algorithm of one's own hands it on to
 * `policyDatum` as `tells`: without it, ratios of rollouts that were cut compare two different distributions.
 * @example const datum = policyDatum(rollout.id, row, advantage, { tells: knownCuts(training) });
 */
export function knownCuts(
  { capabilities }: Pick<TrainingClient, "capabilities">,
  reference?: Pick<SamplingClient, "scoresCuts">,
): KnownCuts {
  const { bounds = false, kept = false } = capabilities;
  const isComparable = reference === undefined || reference.scoresCuts === true;
  return { bounds: bounds && isComparable, kept: kept && isComparable };
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
  const { normalization: rule, tokensPerAnswer, maxTokensPerUpdate } = settings;
  const order = [settings.algorithm, keys.seed, keys.step, keys.pass];
  const parts = batchParts(answers, ({ length }) => length, settings, order);
  const batchTokens = answers.reduce((sum, answer) => sum + answer.length, 0);
  return parts.map((part) => {
    const weights = tokenWeights(
      part.map((answer) => answer.length),
      {
        rule,
        batchTokens,
        minibatches: parts.length,
        ...(maxTokensPerUpdate === undefined ? {} : { batchAnswers: answers.length }),
        ...(tokensPerAnswer === undefined ? {} : { tokensPerAnswer }),
      },
    );
    return part.flatMap((answer, i) =>
      isTrained(answer, reference !== undefined)
        ? answerRows(answer, weights[i]!, { reference, tells: settings.tells })
        : [],
    );
  });
}

/** The parts of a batch: so many of as many items, or of at most so many tokens. */
export function batchParts<T>(
  items: readonly T[],
  tokensOf: (item: T) => number,
  settings: Pick<PolicyBatchSettings, "minibatchesPerBatch" | "maxTokensPerUpdate">,
  keys: readonly RandomKey[],
): T[][] {
  const { minibatchesPerBatch, maxTokensPerUpdate: maxTokens } = settings;
  return maxTokens === undefined
    ? minibatches(items, minibatchesPerBatch, keys)
    : minibatchesOfTokens(items, { tokensOf, maxTokens }, keys);
}

function answerRows(
  answer: ScoredAnswer,
  weight: number,
  {
    reference,
    tells,
  }: { readonly reference: LogProbsOfRows | undefined; readonly tells: KnownCuts | undefined },
): PolicyRow[] {
  return answer.rows.flatMap((row, index) => {
    if (countMasked(row.mask) === 0) return [];
    const id = answer.rows.length === 1 ? row.rolloutId : `${row.rolloutId}#${index}`;
    const datum = policyDatum(id, row, weighted(answer.advantage, index, weight), {
      reference: reference?.get(row),
      ...(tells === undefined ? {} : { tells }),
    });
    const { rolloutId, weightsVersion } = row;
    const { advantage: given } = answer;
    const advantage = typeof given === "number" ? given : given[index]!;
    return [{ datum, weight, answer: rolloutId, index, advantage, weightsVersion }];
  });
}

/** The advantage of a row, times its weight: one number, or a number for each of its tokens. */
function weighted(advantage: Advantage, row: number, weight: number): number | Float64Array {
  if (typeof advantage === "number") return advantage * weight;
  return Float64Array.from(advantage[row]!, (value) => value * weight);
}

/** What log-probs under a reference are for. */
export interface ReferenceUse {
  /** Named in errors, with the next. */
  readonly algorithm: string;
  /** The price of KL. */
  readonly coefficient: number;
  /** The cuts that the log-probs which they are compared with take part in. */
  readonly knows: KnownCuts;
}

/** Log-probs of every row that will be trained, under the reference. @throws as `logProbsUnder` */
export function referenceLogProbs(
  answers: readonly ScoredAnswer[],
  reference: SamplingClient,
  use: ReferenceUse,
): Promise<LogProbsOfRows> {
  const rows = answers.flatMap((answer) => (isTrained(answer, true) ? answer.rows : []));
  return logProbsUnder(reference, rows, use);
}

/**
 * Log-probs of rows under the reference: of the distributions that they were sampled from, temperature and cuts applied.
 * @throws OPTION_INVALID for rows sampled at another temperature than 1 where the reference gives untempered log-probs only: a KL
 *         between a tempered and an untempered distribution is not what was asked for
 */
export async function logProbsUnder(
  reference: SamplingClient,
  rows: readonly Trajectory[],
  { algorithm, coefficient, knows }: ReferenceUse,
): Promise<LogProbsOfRows> {
  const { scoresCuts = false } = reference;
  const tempered = rows.find(
    (row) => row.temperature !== 1 && (!scoresCuts || row.temperature === 0),
  );
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
      rows.map(async (row) => {
        const of = scoresCuts ? distributionOf(row, knows) : undefined;
        const own = row.adapter === undefined ? undefined : reference.adapter?.(row.adapter);
        return [row, await (own ?? reference).logProbs(row.tokens, of)] as const;
      }),
    ),
  );
}

/** What a row was sampled from; undefined where that is the policy as it is. */
function distributionOf(
  { temperature, bound, kept }: Trajectory,
  knows: KnownCuts,
): ScoredDistribution | undefined {
  const cuts = {
    ...(bound === undefined || !knows.bounds ? {} : { bound }),
    ...(kept === undefined || !knows.kept ? {} : { kept }),
  };
  return temperature === 1 && Object.keys(cuts).length === 0 ? undefined : { temperature, ...cuts };
}
