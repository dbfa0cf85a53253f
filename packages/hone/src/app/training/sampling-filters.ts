/**
 * Filters of sampling (topK, topP, minP) in rollouts that are learned from. They cut the distribution that is drawn from, and
 * training renormalises over the tokens that they left, which every rollout records. A run may leave them out of such rollouts,
 * which is said.
 */
import { cutsSampling } from "../../core/kept-tokens.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { Phase } from "./pipeline-options.ts";

type Sampling = Partial<Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">>;

/** The sampling of rollouts that are learned from. */
export function learnedSampling<S extends Sampling>(sampling: S, keepsFilters: boolean): S {
  if (keepsFilters) return sampling;
  const { topK: _topK, topP: _topP, minP: _minP, ...rest } = sampling;
  return rest as S;
}

/** What is said of filters before the first step; undefined where they are used, there are none, or nothing is learned from rollouts. */
export function filterWarning(
  sampling: Sampling,
  phases: readonly Phase[],
  keepsFilters: boolean,
): { readonly code: string; readonly text: string } | undefined {
  const { topK = 0, topP = 1, minP = 0 } = sampling;
  const filters = [
    ...(topK > 0 ? [`topK ${topK}`] : []),
    ...(topP < 1 ? [`topP ${topP}`] : []),
    ...(minP > 0 ? [`minP ${minP}`] : []),
  ].join(", ");
  const learns = phases.some(({ source }) => source.kind === "rollouts");
  if (!cutsSampling(sampling) || !learns || keepsFilters) return undefined;
  const text = `${filters} is left out of rollouts that are learned from (filtersInTraining: false); evaluations in mode "sampled" keep it.`;
  return { code: "SAMPLING_FILTERED", text };
}
