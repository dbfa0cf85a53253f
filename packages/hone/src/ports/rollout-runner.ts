/** Runs given rollouts of given tasks: what a rollout source and an evaluation both stand on. */
import type { Rollout, Task } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** One rollout to run. */
export interface RolloutJob<T extends Task = Task> {
  /** Names the rollout in every file. */
  readonly id: string;
  readonly task: T;
  readonly seed: number;
}

export interface RunRolloutsRequest<T extends Task = Task> {
  readonly policy: SamplingClient;
  readonly jobs: readonly RolloutJob<T>[];
  /** Instead of the configured temperature; 0 is greedy. */
  readonly temperature?: number;
  readonly signal?: AbortSignal;
}

export interface RolloutRunner<T extends Task = Task, Answer = unknown> {
  /** The rollouts in the order of their jobs; failed ones among them. Throws only for what must stop a run. */
  run(request: RunRolloutsRequest<T>): Promise<readonly Rollout<T, Answer>[]>;
}
