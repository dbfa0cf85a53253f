/**
 * How much memory training will take, before it starts, and how large microbatches may be.
 *
 * Per token and layer the backward pass reads (in numbers): both norms' outputs and the residual sums (6·D), queries,
 * keys and values before and after rotation (2·(H + 2·KV)·d), the attention output (2·H·d), gate, activation, up and their
 * product with their derivatives (7·F), and per head a row of scores three times (3·H·T). A row that continues a
 * prefix keeps the prefix's keys and values and their derivatives once more (4·KV·d per token of the prefix). The head keeps three rows of V
 * per position that counts, of one chunk of positions at a time, and where chunks add up the derivative of a trained
 * embedding, that twice. Where filters or a response format cut what could be drawn, a position has a mask of a bit a token. Every lane (lanes.ts) has a microbatch of its own in progress, and adds up gradients of its own.
 */
import { lanesOf } from "./lanes.ts";
import { type Architecture, parameterCount } from "../models/architecture.ts";
import { packedLength } from "../../tensor/ops/bits.ts";
import { type Budget, MIN_SIZE } from "./microbatches.ts";

/**
 * Bytes that V-wide rows may take at a time: 3 rows of f32 per position. A row of more positions is cut into chunks, whose
 * logits are computed twice.
 */
const HEAD_BYTES = 512e6;

/** Positions of a chunk whose masks are unpacked beside their logits, at three bytes a token and a byte to keep: in the same memory. */
export const maskedEntries = (entries: number): number =>
  Math.max(MIN_SIZE, Math.floor((entries * 12) / (12 + 4)));

/** Numbers that the activations of the microbatches in progress may take. */
const ACTIVATIONS = 96e6;

/** Numbers the backward pass keeps per token of a row of T tokens. */
function perToken(a: Architecture, length: number, recompute: boolean): number {
  const attention =
    2 * (2 * a.headCount + 2 * a.keyValueHeadCount) * a.headSize + 3 * a.headCount * length;
  const layer = 6 * a.width + attention + 7 * a.feedForwardWidth;
  return recompute ? layer + a.layerCount * a.width : a.layerCount * layer;
}

export interface TrainingBudget extends Budget {
  /** Microbatches in progress at a time where the longest row has this length. */
  readonly lanes: (longest: number) => number;
}

/** The budget of a microbatch, of which every lane has one: by activations, and by the rows of logits. */
export function trainingBudget(
  a: Architecture,
  tokens: number | undefined,
  entries?: number,
): TrainingBudget {
  const lanes = lanesOf(a);
  return {
    tokens: (length) =>
      tokens ?? Math.min(4096, Math.floor(ACTIVATIONS / lanes / perToken(a, length, false))),
    entries: entries ?? Math.max(16, Math.floor(HEAD_BYTES / lanes / (12 * a.vocabularySize))),
    continuedToken: (length) =>
      (4 * a.keyValueHeadCount * a.headSize * a.layerCount) / perToken(a, length, false),
    // A row that is too large for a lane's share has all of it.
    lanes: (longest) => (longest * perToken(a, longest, false) > ACTIVATIONS / lanes ? 1 : lanes),
  };
}

/** Bytes that passes weighed after their forward half hold at most beside what the estimate counts. */
const MAX_HELD_BYTES = 2e9;

/**
 * What such passes (weighed-pass.ts) may hold of the memory that is free beside the estimate: half of it, so that a sampler still
 * fits. What is not held is computed again with the same numbers, so results do not depend on it.
 */
export const spareBytes = (free: number): number => Math.min(MAX_HELD_BYTES, Math.max(0, free / 2));

export interface Estimate {
  readonly total: number;
  readonly text: string;
}

export function estimateTraining(
  a: Architecture,
  options: {
    readonly trained: number;
    readonly recompute: boolean;
    readonly tokensPerMicrobatch: number | undefined;
  },
): Estimate {
  const budget = trainingBudget(a, options.tokensPerMicrobatch);
  const length = Math.min(256, a.contextLength);
  const weights = 4 * parameterCount(a);
  const lanes = lanesOf(a);
  const optimizer = (16 + 4 * (lanes - 1)) * options.trained;
  const tokens = Math.max(budget.tokens(length), length);
  const activations = 4 * lanes * tokens * perToken(a, length, options.recompute);
  const embedding = a.vocabularySize * a.width;
  const carried = options.trained >= embedding && a.contextLength > budget.entries ? embedding : 0;
  const rows = Math.min(tokens, budget.entries);
  const head = lanes * (12 * rows * a.vocabularySize + 8 * carried);
  const masks = lanes * tokens * packedLength(a.vocabularySize);
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const text = `weights ${megabytes(weights)}, values, gradients and moments ${megabytes(optimizer)}, activations ${megabytes(activations)}, logits ${megabytes(head)}, masks ${megabytes(masks)}`;
  return { total: weights + optimizer + activations + head + masks, text };
}
