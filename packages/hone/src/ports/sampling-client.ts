/** An immutable snapshot of a policy that can be sampled. */
import type { StopReason, TokenIds } from "../core/rollout.ts";

export interface SamplingParams {
  readonly maxTokens: number;
  /** 0 is greedy. Default 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keep the smallest set of tokens whose probability reaches p (Holtzman et al. 2020, arXiv:1904.09751). Default 1. */
  readonly topP?: number;
  /** Keep tokens at least this share as likely as the likeliest (Nguyen et al. 2024, arXiv:2407.01082). Default 0. */
  readonly minP?: number;
  /** Sampling ends with (and includes) one of these tokens. */
  readonly stopTokens?: readonly number[];
  /** Sampling ends when the text so far contains one of these. */
  readonly stopStrings?: readonly string[];
  /** Sequence i of a request draws from (seed, i), whatever else is in the batch. Default 0. */
  readonly seed?: number;
}

export interface SampledSequence {
  readonly tokens: TokenIds;
  /** Per token, nats, of the untempered policy. */
  readonly logProbs: readonly number[];
  /** Per token, nats, of the distribution really sampled from. */
  readonly samplingLogProbs: readonly number[];
  readonly stopReason: StopReason;
  readonly weightsVersion: string;
}

export interface SampledChunk {
  readonly tokens: TokenIds;
  readonly logProbs: readonly number[];
  /** Present on the last chunk. */
  readonly stopReason?: StopReason;
}

export interface SamplingClient {
  readonly weightsVersion: string;
  sample(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledSequence[]>;
  stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal?: AbortSignal,
  ): AsyncIterable<SampledChunk>;
  /** [T] log-prob of each token given those before it; the first is 0. */
  logProbs(tokens: TokenIds): Promise<Float32Array>;
  /** Frees the snapshot. */
  close(): Promise<void>;
}
