/** The sampling port over the worker. */
import type { TokenIds } from "../../core/rollout.ts";
import type {
  SampledChunk,
  SampledSequence,
  SamplingClient,
  SamplingParams,
} from "../../ports/sampling-client.ts";
import type { SamplerSummary } from "../calls/engine-methods.ts";
import type { EngineCall } from "./engine-call.ts";

export class WorkerSamplingClient implements SamplingClient {
  readonly weightsVersion: string;
  readonly #call: EngineCall;
  readonly #sampler: string;

  constructor(call: EngineCall, { sampler, weightsVersion }: SamplerSummary) {
    this.#call = call;
    this.#sampler = sampler;
    this.weightsVersion = weightsVersion;
  }

  async sample(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledSequence[]> {
    const copies = { prompt: [...prompt], params: structuredClone(params) };
    const argument = { sampler: this.#sampler, ...copies, n, isStream: false };
    return [...(await this.#call("sampler.sample", argument, { signal, isOwn: true }))];
  }

  async *stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal?: AbortSignal,
  ): AsyncGenerator<SampledChunk> {
    const arrived: SampledChunk[] = [];
    let wake = (): void => undefined;
    let isDone = false;
    const onChunk = (chunk: unknown): void => {
      arrived.push(chunk as SampledChunk);
      wake();
    };
    // A reader that stops early must not leave the sequence running.
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const argument = { sampler: this.#sampler, prompt, n: 1, params, isStream: true };
    const call = this.#call("sampler.sample", argument, { signal: either, onChunk }).finally(() => {
      isDone = true;
      wake();
    });
    call.catch(() => undefined); // reported below, once what arrived has been handed on
    try {
      while (true) {
        const chunk = arrived.shift();
        if (chunk !== undefined) yield chunk;
        else if (isDone) break;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      await call;
    } finally {
      stop.abort();
    }
  }

  logProbs(tokens: TokenIds): Promise<Float32Array> {
    return this.#call("sampler.logProbs", { sampler: this.#sampler, tokens });
  }

  close(): Promise<void> {
    return this.#call("sampler.close", { sampler: this.#sampler });
  }
}
