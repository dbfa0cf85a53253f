/** Which stored rollouts may still be learned from: those whose weights are not too many steps old. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";

/** How old rollouts may be. */
export interface StalenessLimit {
  /** The step that learns, from 1. */
  readonly step: number;
  /** How many steps ago a group may have been sampled when it is learned; 0 keeps only groups of this very step. */
  readonly maxStaleness: number;
}

/** Groups of which some are too old. */
export interface FreshGroups<Group> {
  /** Those that may be learned, in their order. */
  readonly fresh: readonly Group[];
  /** How many are too old, which a caller reports. */
  readonly staleCount: number;
}

/**
 * Leaves out groups of rollouts that were sampled more than `maxStaleness` steps ago: the policy has changed much since, so its
 * ratio to the policy of that time is far from 1, and what the clip leaves of them is noise. A group of a later step than this one, or without a
 * step, is of another run: its age is not known, so it counts as too old.
 *
 * @param groups  as `rolloutsOf` of hone-rl gives them
 * @throws OPTION_INVALID naming the option
 * @source staleness η of Fu et al. 2025, AReaL (arXiv:2505.24298)
 * @example
 * const { groups } = await rolloutsOf("sqlite:runs/math-7f3a/rollouts.db", { split: "train" });
 * const { fresh, staleCount } = freshGroups(groups, { step: 20, maxStaleness: 4 });
 */
export function freshGroups<
  Group extends { readonly origin?: { readonly step?: number | undefined } },
>(groups: readonly Group[], limit: StalenessLimit): FreshGroups<Group> {
  checkOptions("freshGroups", limit, { step: true, maxStaleness: true });
  const check = optionChecks("freshGroups");
  const step = check.whole("step", limit.step, { min: 1 });
  const maxStaleness = check.whole("maxStaleness", limit.maxStaleness, { min: 0 });
  const fresh = groups.filter(({ origin }) => {
    const age = step - (origin?.step ?? Number.NaN);
    return age >= 0 && age <= maxStaleness;
  });
  return { fresh, staleCount: groups.length - fresh.length };
}
