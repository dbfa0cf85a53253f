/** The contract of rollout sources, which give an algorithm its rollouts. */
import type { RolloutGroup } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** Which rollouts a step wants. */
export interface GroupsRequest {
  /** The weights that the rollouts sample from. */
  readonly policy: SamplingClient;
  /** The step they are for, from 1. With the run's seed it decides the tasks and the seed of every rollout. */
  readonly step: number;
  /** How many tasks to take. */
  readonly groupCount: number;
  /** Rollouts of each task. */
  readonly groupSize: number;
  /**
   * How many groups of the step an algorithm has already, when it asks for more: groups are numbered from there, and their rollouts
   * are others than those before. Default 0.
   */
  readonly firstGroup?: number;
  /**
   * Chooses the tasks, in place of the source's own order: given the ids of all tasks it returns the indices of those to take, one for each
   * group. Default: the source's order, in which every task comes once before any comes again.
   */
  readonly choose?: (
    taskIds: readonly string[],
    place: Pick<GroupsRequest, "groupCount" | "firstGroup">,
  ) => readonly number[];
  /** Aborts the rollouts. */
  readonly signal?: AbortSignal;
}

/** Runs rollouts for an algorithm, in groups of one task each. */
export interface RolloutSource {
  /** The groups of a step, in the order of their tasks; failed rollouts are among them, each with its failure. */
  groups(request: GroupsRequest): Promise<RolloutGroup[]>;
}
