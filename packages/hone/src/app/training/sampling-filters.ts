/**
 * Filters of sampling (topK, topP, minP) in rollouts that are learned from. They cut the distribution that is drawn from, and
 * the policy's gradient knows nothing of the cut: at topP 0.5 the ratio of unchanged weights was 0.50 in place of 1. So they
 * are left out of such rollouts unless asked for, and either is said.
 */
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { Phase } from "./pipeline-options.ts";

type Sampling = Partial<Omit<SamplingParams, "seed" | "stopTokens" | "format">>;

/** The sampling of rollouts that are learned from. */
export function learnedSampling<S extends Sampling>(sampling: S, keepsFilters: boolean): S {
  if (keepsFilters) return sampling;
  const { topK: _topK, topP: _topP, minP: _minP, ...rest } = sampling;
  return rest as S;
}

/** What is said of filters before the first step; undefined where there are none, or nothing is learned from rollouts. */
export function filterWarning(
  { topK = 0, topP = 1, minP = 0 }: Sampling,
  phases: readonly Phase[],
  keepsFilters: boolean,
): { readonly code: string; readonly text: string } | undefined {
  const filters = [
    ...(topK > 0 ? [`topK ${topK}`] : []),
    ...(topP < 1 ? [`topP ${topP}`] : []),
    ...(minP > 0 ? [`minP ${minP}`] : []),
  ].join(", ");
  const learns = phases.some(({ source }) => source.kind === "rollouts");
  if (filters === "" || !learns) return undefined;
  const text = keepsFilters
    ? `rollouts that are learned from are sampled with ${filters} (filtersInTraining): ratios compare unlike distributions, so updates are clipped and biased.`
    : `${filters} is left out of rollouts that are learned from, where it would bias every update; evaluations in mode "sampled" keep it. filtersInTraining: true uses it there all the same.`;
  return { code: "SAMPLING_FILTERED", text };
}
