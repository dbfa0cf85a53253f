/**
 * One token per row from its logits, inside the graph.
 *
 * A row draws by the inverse of its cumulative distribution at one uniform number that the caller gives, so what it draws
 * depends on nothing else in the batch. Filters apply in the order temperature, format, top-k, top-p, min-p, each to what the one
 * before left.
 *
 * Legend: B rows, V vocabulary, K candidates kept by the first cut.
 * @source Holtzman et al. 2020 for top-p (arXiv:1904.09751); Nguyen et al. 2024 for min-p (arXiv:2407.01082)
 */
import { reshape, sum } from "../../tensor/ops/broadcasting.ts";
import {
  add,
  and,
  cast,
  exp,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  minimum,
  mul,
  neg,
  not,
  or,
  sub,
  where,
} from "../../tensor/ops/elementwise.ts";
import { gatherElements } from "../../tensor/ops/indexing.ts";
import { matmul } from "../../tensor/ops/products.ts";
import { logSoftmax } from "../../tensor/ops/normalization.ts";
import { argMax, cumSum, topK } from "../../tensor/ops/reduce.ts";
import { pad, slice } from "../../tensor/ops/shaping.ts";
import { constant, fill, input, range } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import { times } from "../../tensor/shape.ts";

/** e to this power is 0 in f32. */
const MASKED = -1e30;

/** Which ways of choosing the rows of a batch need; programs without the others are faster. */
export interface ChoiceKinds {
  readonly greedy: boolean;
  /** From the whole distribution. */
  readonly plain: boolean;
  /** From a distribution cut by top-k, top-p or min-p. */
  readonly filtered: boolean;
  /** Among tokens that a format allows. */
  readonly formatted: boolean;
  /** Some temperature is not 1. */
  readonly tempered: boolean;
  /** K for filtered rows. */
  readonly candidates: number;
  /** The tokens that filters left are wanted. */
  readonly tellsKept: boolean;
}

/** Inputs [B,1] that say how each row chooses. */
export interface ChoiceInputs {
  readonly inverseTemperature: Tensor;
  readonly isGreedy: Tensor;
  readonly isFiltered: Tensor;
  readonly topK: Tensor;
  readonly topP: Tensor;
  readonly minP: Tensor;
  /** Whether a format binds the row. */
  readonly isFormatted: Tensor;
  /** [B,V] which tokens the row's format allows; of no meaning in rows without one. */
  readonly allowed: Tensor;
}

export interface Choice {
  /** [B,1] i64 */
  readonly token: Tensor;
  /** [B,1] nats of the untempered policy. */
  readonly logProb: Tensor;
  /** [B,1] nats of the distribution the token was drawn from. */
  readonly samplingLogProb: Tensor;
  /** [B,1] nats: entropy of the untempered policy, −Σ p·log p over the vocabulary. */
  readonly entropy: Tensor;
  /** [B,1] u8: 0 where K candidates were too few to know the filtered distribution; such a row's token does not count. */
  readonly isExact: Tensor | undefined;
  /** Where `tellsKept`: what a filtered row's token was drawn from, of no meaning in other rows. */
  readonly kept: KeptCandidates | undefined;
}

/** The first `count` candidates of a row are those that its filters left. */
interface KeptCandidates {
  /** [B,K] i32 ids, the likeliest first. */
  readonly candidates: Tensor;
  /** [B,1] i32 */
  readonly count: Tensor;
}

export const choiceInputs = (vocabularySize: number): ChoiceInputs => ({
  inverseTemperature: input("inverse_temperature", "f32", ["B", 1]),
  isGreedy: input("is_greedy", "bool", ["B", 1]),
  isFiltered: input("is_filtered", "bool", ["B", 1]),
  topK: input("top_k", "i64", ["B", 1]),
  topP: input("top_p", "f32", ["B", 1]),
  minP: input("min_p", "f32", ["B", 1]),
  isFormatted: input("is_formatted", "bool", ["B", 1]),
  allowed: input("allowed", "bool", ["B", vocabularySize]),
});

/**
 * @param logits [B,V]
 * @param uniform [B,1] in [0, 1 − 2⁻²³)
 * @param kinds.excluded ids that are never chosen. Log-probs stay those of the whole vocabulary, in which training computes
 *        them; those of a filtered row are of what its filters left,
 *        and those of a row with a format of what that allows.
 */
export function chooseToken(
  logits: Tensor,
  uniform: Tensor,
  inputs: ChoiceInputs,
  kinds: ChoiceKinds & { readonly excluded?: readonly number[] },
): Choice {
  const policy = logSoftmax(logits);
  const tempered = kinds.tempered ? logSoftmax(mul(logits, inputs.inverseTemperature)) : policy;
  const allowed = (logProbs: Tensor): Tensor =>
    kinds.formatted ? onlyAllowed(logProbs, inputs) : logProbs;
  const choosable = allowed(without(tempered, kinds.excluded ?? []));
  const filtered = kinds.filtered
    ? chooseFiltered(choosable, uniform, inputs, kinds.candidates)
    : undefined;

  let token: Tensor | undefined = filtered?.token;
  let samplingLogProb: Tensor | undefined = filtered?.samplingLogProb;
  if (kinds.plain) {
    const drawn = drawFrom(exp(choosable), uniform);
    const drawnLogProb = gatherElements(allowed(tempered), drawn);
    token = token === undefined ? drawn : where(inputs.isFiltered, token, drawn);
    samplingLogProb =
      samplingLogProb === undefined
        ? drawnLogProb
        : where(inputs.isFiltered, samplingLogProb, drawnLogProb);
  }
  if (kinds.greedy) {
    const best = argMax(allowed(without(policy, kinds.excluded ?? [])), -1, { keep: true });
    token = token === undefined ? best : where(inputs.isGreedy, best, token);
    const certain = fill(["B", 1], 0);
    samplingLogProb =
      samplingLogProb === undefined ? certain : where(inputs.isGreedy, certain, samplingLogProb);
  }
  const isExact =
    filtered === undefined ? undefined : cast(or(filtered.isExact, not(inputs.isFiltered)), "u8");
  return {
    token: token!,
    logProb: gatherElements(policy, token!),
    samplingLogProb: samplingLogProb!,
    entropy: neg(sum(mul(exp(policy), policy), [1], { keep: true })),
    isExact,
    kept: kinds.tellsKept ? filtered?.kept : undefined,
  };
}

/** The log-probs of the other ids when some are never chosen, [B,V] → [B,V]. */
function without(logProbs: Tensor, excluded: readonly number[]): Tensor {
  if (excluded.length === 0) return logProbs;
  const size = logProbs.shape[1] as number;
  const penalties = new Float32Array(size);
  for (const id of excluded) penalties[id] = MASKED;
  return logSoftmax(add(logProbs, constant(penalties, "f32", [1, size])));
}

/** In rows with a format, the log-probs among the tokens that it allows, [B,V] → [B,V]; other rows keep every bit. */
function onlyAllowed(logProbs: Tensor, { isFormatted, allowed }: ChoiceInputs): Tensor {
  return where(isFormatted, logSoftmax(where(allowed, logProbs, MASKED)), logProbs);
}

/**
 * The first index whose running sum exceeds uniform · total, [B,n] → [B,1]: as many as there are sums that do not. The
 * uniform stays below 1 by more than a rounding, so there always is one, and it has weight above 0. Where weights are no
 * numbers the index is one of theirs all the same, so that the log-prob found there says so.
 */
function drawFrom(weights: Tensor, uniform: Tensor): Tensor {
  const running = runningSum(weights);
  const isPassed = lessOrEqual(running, mul(uniform, lastColumn(running)));
  const passed = sum(cast(isPassed, "f32"), [1], { keep: true });
  return cast(minimum(passed, (weights.shape[1] as number) - 1), "i64");
}

const lastColumn = (x: Tensor): Tensor =>
  slice(x, 1, (x.shape[1] as number) - 1, x.shape[1] as number);

/** Width of the blocks below. */
const BLOCK = 64;
/** Row i is added to sums i … 63. */
const triangle = Float32Array.from({ length: BLOCK * BLOCK }, (_, i) =>
  Math.floor(i / BLOCK) <= i % BLOCK ? 1 : 0,
);

/**
 * The running sum of [B,n], with zeros after it to a whole number of blocks. Inside blocks it is a product with a
 * triangle of ones, many times faster than CumSum, and rounded alike however many candidates follow.
 */
function runningSum(weights: Tensor): Tensor {
  const size = weights.shape[1] as number;
  if (size <= BLOCK) return cumSum(weights, 1);
  const blocks = Math.ceil(size / BLOCK);
  const whole = size % BLOCK === 0 ? weights : pad(weights, 1, 0, blocks * BLOCK - size);
  const rows = reshape(whole, [times("B", blocks), BLOCK]);
  const inner = reshape(matmul(rows, constant(triangle, "f32", [BLOCK, BLOCK])), [
    "B",
    blocks,
    BLOCK,
  ]);
  const totals = reshape(slice(inner, 2, BLOCK - 1, BLOCK), ["B", blocks]);
  const before = reshape(sub(cumSum(totals, 1), totals), ["B", blocks, 1]);
  return reshape(add(inner, before), ["B", blocks * BLOCK]);
}

/**
 * [B,1] i32: every filter keeps the likeliest candidates up to some place. Ids that could not be drawn at all are among them where a
 * filter keeps more ids than there are others.
 */
function keptCount(isKept: Tensor, logProbs: Tensor): Tensor {
  const isDrawable = greater(logProbs, MASKED / 2);
  return cast(sum(cast(and(isKept, isDrawable), "f32"), [1], { keep: true }), "i32");
}

function chooseFiltered(
  logProbs: Tensor,
  uniform: Tensor,
  inputs: ChoiceInputs,
  candidates: number,
) {
  const { values, indices } = topK(logProbs, candidates);
  const weights = exp(values);
  const place = reshape(range(candidates), [1, candidates]);
  const hasTopK = greater(inputs.topK, 0);
  const inTopK = or(less(place, inputs.topK), not(hasTopK));
  const leftByTopK = where(inTopK, weights, 0);
  // Without top-k the mass is that of the whole vocabulary, candidates or not.
  const running = cumSum(leftByTopK, 1);
  const before = sub(running, leftByTopK);
  const mass = where(hasTopK, lastColumn(running), fill(["B", 1], 1));
  const inTopP = less(before, mul(inputs.topP, mass));
  const inMinP = greaterOrEqual(weights, mul(inputs.minP, slice(weights, 1, 0, 1)));
  const isKept = and(and(inTopK, inTopP), inMinP);
  const index = drawFrom(where(isKept, weights, 0), uniform);
  // Not log Σ: Log and sums of a few numbers round differently in batches of other sizes; this works row by row.
  const keptLogProbs = logSoftmax(where(isKept, values, MASKED));
  const isComplete = candidates >= (logProbs.shape[1] as number);
  // What top-p and min-p keep lies among the candidates when the last of them reaches p or is already cut.
  const isCovered = or(
    not(lastColumn(inMinP)),
    greaterOrEqual(lastColumn(running), mul(inputs.topP, mass)),
  );
  const topKFits = and(hasTopK, lessOrEqual(inputs.topK, candidates));
  const always = fill(["B", 1], 1, "bool");
  return {
    token: gatherElements(indices, index),
    samplingLogProb: gatherElements(keptLogProbs, index),
    isExact: isComplete ? always : or(isCovered, topKFits),
    kept: { candidates: cast(indices, "i32"), count: keptCount(isKept, values) },
  };
}
