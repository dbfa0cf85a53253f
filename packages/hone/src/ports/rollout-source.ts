/** Who hands rollouts to an algorithm. */
import type { RolloutGroup } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

export interface GroupsRequest {
  readonly policy: SamplingClient;
  /** Decides which tasks come and every seed, together with the run's seed. */
  readonly step: number;
  readonly groupCount: number;
  readonly groupSize: number;
  readonly signal?: AbortSignal;
}

export interface RolloutSource {
  groups(request: GroupsRequest): Promise<RolloutGroup[]>;
}
