/**
 * A policy that another process samples from: the completions endpoint of a trainer, or of `hone serve`, asked for one
 * continuation of given tokens with what training needs of each token.
 *
 * A request names the weights by their hash, and the server refuses it where it has others, so that no rollout mixes two policies. A
 * server that stays away, or that refuses, ends the policy: `gone` aborts, and calls under way end as cancelled.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError } from "../core/errors.ts";
import type { TokenIds } from "../core/rollout.ts";
import { readTrainingAnswer } from "../formats/policy-wire.ts";
import type { SampledSequence, SamplingClient, SamplingParams } from "../ports/sampling-client.ts";
import { askServer, awayError, type PolicyServer, refusal } from "./policy-server.ts";
import { ServerAway } from "./server-away.ts";

/** Which policy of a server. */
export interface RemotePolicyOptions {
  readonly server: PolicyServer;
  /** The model's name there. */
  readonly model: string;
  /** The hash of its weights. */
  readonly weights: string;
  /** The name of the weights in turns. */
  readonly weightsVersion: string;
  /** Pauses before the further attempts at a request that got no answer, in ms. Default: five, 5 s together. */
  readonly pausesMs?: readonly number[];
}

/** A policy, and what says that it cannot answer any more. */
export interface RemotePolicy {
  readonly client: SamplingClient;
  /** Aborts with WORKER_SERVER_AWAY or WORKER_SERVER_REFUSED. */
  readonly gone: AbortSignal;
}

/** Opens a policy; nothing is asked before it is sampled from. */
export function remotePolicy(options: RemotePolicyOptions): RemotePolicy {
  const gone = new AbortController();
  const sample: SamplingClient["sample"] = async (prompt, n, params, signal) => {
    if (n !== 1) throw new Error("internal: a remote policy gives one continuation at a time");
    try {
      return [await sampled(options, bodyOf(options, prompt, params), signal)];
    } catch (error) {
      if (signal?.aborted !== true) gone.abort(error);
      throw new HoneError("CANCELLED", { what: "A call to the policy" }, { cause: error });
    }
  };
  const client: SamplingClient = {
    weightsVersion: options.weightsVersion,
    sample,
    async *stream(prompt, params, signal) {
      const [sequence] = await sample(prompt, 1, params, signal);
      yield sequence!;
    },
    logProbs: () => Promise.reject(new Error("internal: a remote policy scores no tokens")),
    close: async () => undefined,
  };
  return { client, gone: gone.signal };
}

/** The body of a request. */
function bodyOf(
  { model, weights }: RemotePolicyOptions,
  prompt: TokenIds,
  { maxTokens, temperature, topK, topP, minP, stopStrings = [], format, seed }: SamplingParams,
): object {
  return {
    ...{ model, prompt, max_tokens: maxTokens, training: { weights, format } },
    ...{ temperature, top_k: topK, top_p: topP, min_p: minP, seed },
    ...(stopStrings.length > 0 && { stop: stopStrings }),
  };
}

/** Asks until there is an answer. @throws WORKER_SERVER_AWAY, WORKER_SERVER_REFUSED; the signal's reason */
async function sampled(
  options: RemotePolicyOptions,
  body: object,
  signal: AbortSignal | undefined,
): Promise<SampledSequence> {
  const { server, pausesMs = [100, 400, 1000, 1500, 2000] } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return readSequence(await askServer(server, "/v1/completions", { body, signal }), options);
    } catch (error) {
      if (!(error instanceof ServerAway)) throw error;
      if (attempt === pausesMs.length) throw awayError(server, error);
    }
    await sleep(pausesMs[attempt], undefined, signal ? { signal } : {});
  }
}

/** The continuation in an answer. @throws WORKER_SERVER_REFUSED for one of a server that knows nothing of training, or of other weights */
function readSequence(
  answer: unknown,
  { server, weights, weightsVersion }: RemotePolicyOptions,
): SampledSequence {
  const training = readTrainingAnswer(answer);
  if (training === undefined)
    throw refusal(server, "it does not tell what training needs of a token");
  if (training.weights !== weights)
    throw refusal(server, `it answered with the weights ${training.weights}`);
  return {
    tokens: training.token_ids,
    logProbs: training.log_probs,
    samplingLogProbs: training.sampling_log_probs,
    ...(training.kept !== undefined && { kept: training.kept }),
    stopReason: training.stop_reason,
    weightsVersion,
  };
}
