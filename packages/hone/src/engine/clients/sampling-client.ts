/** The sampling port over the worker. */
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { SamplerSummary } from "../calls/engine-methods.ts";
import type { RemoteObjects } from "../calls/remote-object.ts";
import type { KnownReplies } from "./known-replies.ts";

export function samplingClient(
  remote: RemoteObjects,
  { sampler, weightsVersion }: SamplerSummary,
  replies: KnownReplies,
): SamplingClient {
  const calls = remote("sampler", sampler);
  return {
    ...calls,
    weightsVersion,
    scoresCuts: true,
    sample: async (prompt, n, params, signal) => {
      if (!replies.isPrompt(prompt)) return calls.sample(prompt, n, params, signal);
      const sampled = await calls.sampleReplies(prompt, n, params, signal);
      return sampled.map(({ sequence, reply }) => {
        if (reply !== undefined) replies.add(sequence.tokens, reply);
        return sequence;
      });
    },
  };
}
