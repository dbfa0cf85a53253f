/** A sampler as the worker serves it: the sampling port on one snapshot of weights. */
import type { TokenIds } from "../../core/rollout.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type {
  SampledChunk,
  SampledSequence,
  SamplingParams,
  ScoredDistribution,
  TopLogProbs,
} from "../../ports/sampling-client.ts";
import { AsyncQueue } from "../calls/async-queue.ts";
import type { SampledReply, SamplerCalls } from "../calls/engine-methods.ts";
import type { Sampler } from "../sampler/sampler.ts";

export interface ServedSamplerParts {
  readonly sampler: Sampler;
  readonly weightsVersion: string;
  readonly renderer: Renderer;
  /** Called once the sampler has ended. */
  readonly onClosed: () => void;
}

export class ServedSampler implements SamplerCalls {
  readonly #parts: ServedSamplerParts;

  constructor(parts: ServedSamplerParts) {
    this.#parts = parts;
  }

  async sample(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledSequence[]> {
    const { sampler, weightsVersion } = this.#parts;
    const sequences = await sampler.request(prompt, n, params, { signal });
    return sequences.map((sequence) => ({ ...sequence, weightsVersion }));
  }

  async sampleReplies(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledReply[]> {
    const sequences = await this.sample(prompt, n, params, signal);
    const { renderer } = this.#parts;
    return Promise.all(
      sequences.map(async (sequence) => ({
        sequence,
        // The client that parses these tokens gets the error when it does.
        reply: await renderer.parse(sequence.tokens, { prompt }).catch(() => undefined),
      })),
    );
  }

  async *stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal?: AbortSignal,
  ): AsyncGenerator<SampledChunk, void> {
    const chunks = new AsyncQueue<SampledChunk>();
    const onChunk = (chunk: SampledChunk): void => chunks.push(chunk);
    this.#parts.sampler.request(prompt, 1, params, { signal, onChunk }).then(
      () => chunks.end(),
      (error: unknown) => chunks.fail(error),
    );
    yield* chunks;
  }

  logProbs(tokens: TokenIds, of?: ScoredDistribution): Promise<Float32Array> {
    return this.#parts.sampler.logProbs(tokens, of);
  }

  topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs> {
    return this.#parts.sampler.topLogProbs(tokens, count);
  }

  async close(): Promise<void> {
    await this.#parts.sampler.close();
    this.#parts.onClosed();
  }
}
