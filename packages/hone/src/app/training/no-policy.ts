/** What stands in the place of a policy where a model with a value head is measured. */
import { HoneError } from "../../core/errors.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";

/**
 * A sampling client that names the weights which are measured, and refuses to answer.
 * @param weightsVersion  names the weights
 */
export function noPolicy(weightsVersion: string): SamplingClient {
  const refused = (got: string): HoneError =>
    new HoneError("OPTION_INVALID", {
      where: "the evaluation of a reward model",
      option: "call",
      got,
      expected: "made on a policy: a reward model says values, and has no words",
    });
  return {
    weightsVersion,
    sample: () => Promise.reject(refused("sample")),
    stream: () => {
      throw refused("stream");
    },
    logProbs: () => Promise.reject(refused("logProbs")),
    close: async () => {},
  };
}
