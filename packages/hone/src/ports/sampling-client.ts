/** The contract of sampling clients: an immutable snapshot of a policy that can be sampled. */
import type { KeptSet } from "../core/kept-tokens.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { BoundPart, StopReason, TokenIds } from "../core/rollout.ts";

/** How a continuation is sampled. A format and filters apply in the order temperature, format, top-k, top-p, min-p. */
export interface SamplingParams {
  /** Tokens of the continuation at most, at least 1. */
  readonly maxTokens: number;
  /** Logits are divided by this; 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keep the smallest set of tokens whose probability reaches p (Holtzman et al. 2020, arXiv:1904.09751). Default 1. */
  readonly topP?: number;
  /** Keep tokens at least this share as likely as the likeliest (Nguyen et al. 2024, arXiv:2407.01082). Default 0. */
  readonly minP?: number;
  /** Sampling ends with one of these tokens, which is part of the continuation. Default none. */
  readonly stopTokens?: readonly number[];
  /** Sampling ends when the text so far contains one of these. Default none. */
  readonly stopStrings?: readonly string[];
  /**
   * The form that the text of a continuation is bound to: tokens that would break it are never sampled. It is applied after the
   * temperature and before the filters; `samplingLogProbs` are those of what it leaves. A continuation whose text is complete
   * ends with a stop token, or, where none is given, with its last token. Default: any text.
   */
  readonly format?: ResponseFormat;
  /** Whether sequences say which tokens the filters left (`SampledSequence.kept`), for training. Default false. */
  readonly tellsKept?: boolean;
  /** Sequence i of a request draws from (seed, i), whatever else is sampled at the same time. Default 0. */
  readonly seed?: number;
}

/**
 * One sampled continuation of a prompt. Log-probs are over the whole vocabulary of the model, as training computes them, also
 * where it has ids without a token, which are never sampled.
 */
export interface SampledSequence {
  /** [N] what was sampled, a stop token included. */
  readonly tokens: TokenIds;
  /** [N] log-probs of the tokens under the policy as it is, at temperature 1 and unfiltered; nats. */
  readonly logProbs: readonly number[];
  /** [N] log-probs of the tokens under the distribution they were sampled from, temperature and filters applied; nats. */
  readonly samplingLogProbs: readonly number[];
  /**
   * [N] entropies of the policy at each place, −Σ p·log p over the whole vocabulary at temperature 1; nats. For people only: no
   * algorithm reads them. Absent where the client does not compute them.
   */
  readonly entropies?: readonly number[];
  /**
   * [N] which tokens top-k, top-p and min-p left at each place. Absent where the request did not ask (`tellsKept`), nothing was cut,
   * or the client does not know; what learns from such a sequence then says that its ratios are biased.
   */
  readonly kept?: readonly KeptSet[];
  /** Why sampling of the sequence ended. */
  readonly stopReason: StopReason;
  /** The weights it was sampled from. */
  readonly weightsVersion: string;
}

/** A piece of a continuation that is streamed. */
export interface SampledChunk {
  /** The tokens since the last chunk. */
  readonly tokens: TokenIds;
  /** Their log-probs, as in `SampledSequence.logProbs`. */
  readonly logProbs: readonly number[];
  /** Their log-probs under the distribution they were sampled from, as in `SampledSequence.samplingLogProbs`. */
  readonly samplingLogProbs: readonly number[];
  /** The policy's entropies at their places, as in `SampledSequence.entropies`. */
  readonly entropies?: readonly number[];
  /** The tokens that were left at their places, as in `SampledSequence.kept`. */
  readonly kept?: readonly KeptSet[];
  /** Why the continuation ended; on the last chunk only. */
  readonly stopReason?: StopReason;
}

/** Which distribution the log-probs of given tokens are of. Default: the policy's, at temperature 1 over the whole vocabulary. */
export interface ScoredDistribution {
  /** Logits are divided by this, above 0. Default 1. */
  readonly temperature?: number;
  /** The parts that are bound to a response format: log-probs there are those among the tokens that it allows. Default none. */
  readonly bound?: readonly BoundPart[];
  /** [T] log-probs of a token are those among the tokens of its set; "" where all could be drawn. Default: everywhere. */
  readonly kept?: readonly KeptSet[];
}

/** The K likeliest next tokens after each of T tokens, the likeliest first; row-major [T·K]. */
export interface TopLogProbs {
  /** [T·K] */
  readonly tokens: Int32Array;
  /** [T·K] their log-probs at temperature 1, in nats, among all tokens of the vocabulary. */
  readonly logProbs: Float32Array;
}

/** Samples from one snapshot of a policy's weights, which later training does not change. */
export interface SamplingClient {
  /** Names the weights of the snapshot. */
  readonly weightsVersion: string;
  /**
   * Samples n continuations of a prompt.
   * @throws OPTION_INVALID, DATA_EMPTY, TOKEN_OUT_OF_RANGE, CONTEXT_EXCEEDED; LOGITS_NOT_FINITE where the model's output is no
   *         number; ENGINE_CLOSED after `close`. When the signal
   *         aborts, sequences end with the stop reason "cancelled", or CANCELLED is thrown.
   */
  sample(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledSequence[]>;
  /** Samples one continuation and gives its tokens as they come. @throws as `sample` */
  stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal?: AbortSignal,
  ): AsyncIterable<SampledChunk>;
  /** Whether `logProbs` takes a distribution; a client that does not must not be given one. Default false. */
  readonly scoresCuts?: boolean;
  /**
   * [T] log-probs of the tokens given those before them, as in `SampledSequence.logProbs`; the first is 0.
   * @param of  as a row was sampled, for a reference to compare with; only where `scoresCuts`
   * @throws as `sample`; SHAPE_MISMATCH, KEPT_TOKENS_INVALID, FORMAT_NOT_FOLLOWED where the tokens are none of the distribution
   */
  logProbs(tokens: TokenIds, of?: ScoredDistribution): Promise<Float32Array>;
  /**
   * The `count` likeliest next tokens after each token. Absent where a client cannot give them.
   * @throws as `logProbs`; OPTION_INVALID for a count below 1 or above the vocabulary's size
   */
  topLogProbs?(tokens: TokenIds, count: number): Promise<TopLogProbs>;
  /**
   * The snapshot of one adapter, where the policy has several: its own methods then throw ADAPTER_UNKNOWN. What an adapter samples has
   * this snapshot's `weightsVersion`, and closing it does nothing. Absent where the policy is one.
   * @throws ADAPTER_UNKNOWN
   */
  adapter?(name: string): SamplingClient;
  /** Frees the snapshot. */
  close(): Promise<void>;
}
