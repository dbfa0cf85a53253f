/** One request to the sampler, from its arrival to its answer. */
import type { KeptSet } from "../../core/kept-tokens.ts";
import type { StopReason, TokenIds } from "../../core/rollout.ts";
import type { SampledChunk } from "../../ports/sampling-client.ts";
import type { RowEntry } from "./row-caches.ts";
import type { Sequence } from "./sequence.ts";

/** A sampled sequence without the version of its weights, which the owner of the snapshot knows. */
export interface SequenceResult {
  readonly tokens: TokenIds;
  readonly logProbs: readonly number[];
  readonly samplingLogProbs: readonly number[];
  readonly entropies: readonly number[];
  readonly kept?: readonly KeptSet[];
  readonly stopReason: StopReason;
}

export interface RequestOptions {
  /** When it aborts, what was sampled so far is returned with the stop reason "cancelled". */
  readonly signal?: AbortSignal | undefined;
  /** Called with new tokens of sequence `index` as they come, at most once a chunk. */
  readonly onChunk?: ((chunk: SampledChunk, index: number) => void) | undefined;
}

/** Where the answer of a request goes. */
export interface JobAnswer {
  readonly resolve: (results: SequenceResult[]) => void;
  readonly reject: (error: unknown) => void;
}

export class SamplingJob {
  readonly sequences: readonly Sequence[];
  /** Keys and values of the prompt but its last token, read once for all sequences; undefined for one-token prompts. */
  prompt: { readonly entry: RowEntry | undefined } | undefined;
  /** Sequences that have a row or had one. */
  started = 0;
  readonly #options: RequestOptions;
  readonly #answer: JobAnswer;

  constructor(sequences: readonly Sequence[], options: RequestOptions, answer: JobAnswer) {
    this.sequences = sequences;
    this.#options = options;
    this.#answer = answer;
  }

  get isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  get hasEnded(): boolean {
    return this.sequences.every((sequence) => sequence.stopReason !== undefined);
  }

  /** Whether no sequence waits for a row any more. */
  get areAllStarted(): boolean {
    return this.started === this.sequences.length;
  }

  /** Hands on the last `accepted` tokens of a sequence, and why it ended if it did. */
  report(sequence: Sequence, accepted: number): void {
    const { stopReason } = sequence;
    if (accepted === 0 && stopReason === undefined) return;
    const at = sequence.tokens.length - accepted;
    const chunk = {
      tokens: sequence.tokens.slice(at),
      logProbs: sequence.logProbs.slice(at),
      samplingLogProbs: sequence.samplingLogProbs.slice(at),
      entropies: sequence.entropies.slice(at),
      ...(sequence.kept === undefined ? {} : { kept: sequence.kept.slice(at) }),
    };
    this.#options.onChunk?.(
      stopReason === undefined ? chunk : { ...chunk, stopReason },
      sequence.index,
    );
  }

  /** Ends the sequences that have not ended yet, and reports them. */
  cancel(): void {
    for (const sequence of this.sequences) {
      if (sequence.stopReason !== undefined) continue;
      sequence.stopReason = "cancelled";
      this.report(sequence, 0);
    }
  }

  /** Answers the request with what was sampled. */
  finish(): void {
    this.#answer.resolve(
      this.sequences.map(({ tokens, logProbs, samplingLogProbs, entropies, kept, stopReason }) => ({
        tokens,
        logProbs,
        samplingLogProbs,
        entropies,
        ...(kept === undefined ? {} : { kept }),
        stopReason: stopReason!,
      })),
    );
  }

  /** Answers the request with an error; nothing more is reported of its sequences. */
  fail(error: unknown): void {
    for (const sequence of this.sequences) sequence.stopReason ??= "cancelled";
    this.#answer.reject(error);
  }
}
