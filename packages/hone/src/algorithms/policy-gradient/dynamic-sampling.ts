/**
 * Groups without signal are replaced: further groups are sampled in their place, up to a limit.
 * @source Yu et al. 2025, DAPO §3.2 (arXiv:2503.14476), where a group has signal if some of its answers are right and not all
 */
import type { RolloutGroup } from "../../core/rollout.ts";
import type { GroupsRequest, RolloutSource } from "../../ports/rollout-source.ts";
import { hasSignal } from "../blocks/advantages.ts";
import { isScored } from "./scored-answers.ts";

/** The groups of a step. */
export interface SampledGroups {
  /** Those that are learned from. */
  readonly kept: readonly RolloutGroup[];
  /** Those whose rewards were equal, which were sampled beside them. */
  readonly dropped: readonly RolloutGroup[];
}

/**
 * Groups with signal, as many as are asked for where the limit allows. Later draws ask for as many groups as are missing. A run that
 * is stopped between two draws is stopped by the source: a step of fewer groups would not be that of an uninterrupted run.
 * @param maxDraws  how often the source is asked, at least 1
 */
export async function sampleWithSignal(
  source: RolloutSource,
  request: GroupsRequest,
  maxDraws: number,
): Promise<SampledGroups> {
  const [kept, dropped]: [RolloutGroup[], RolloutGroup[]] = [[], []];
  for (let draw = 0; draw < maxDraws && kept.length < request.groupCount; draw++) {
    const firstGroup = kept.length + dropped.length;
    const groupCount = request.groupCount - kept.length;
    const more = draw === 0 ? {} : { firstGroup };
    for (const group of await source.groups({ ...request, groupCount, ...more })) {
      const rewards = group.rollouts.filter(isScored).map(({ reward }) => reward!.total);
      (hasSignal(rewards) ? kept : dropped).push(group);
    }
  }
  return { kept, dropped };
}
