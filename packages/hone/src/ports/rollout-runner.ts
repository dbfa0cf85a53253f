/** The contract of rollout runners, which rollout sources and evaluations use. */
import type { Prompts } from "../core/prompts.ts";
import type { Rollout, Task } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** One rollout to run. */
export interface RolloutJob<T extends Task = Task> {
  /** Names the rollout in every file. */
  readonly id: string;
  /** The task that is tried. */
  readonly task: T;
  /** The number of its group in the request, for rewards that compare a group. Default: rollouts of one task are one. */
  readonly group?: number;
  /** Decides every draw of its model calls. */
  readonly seed: number;
  /** The prompts that the agent is given. Default: none. */
  readonly prompts?: Prompts;
}

/** Rollouts to run with one policy. */
export interface RunRolloutsRequest<T extends Task = Task> {
  /** The weights that the rollouts sample from. */
  readonly policy: SamplingClient;
  readonly jobs: readonly RolloutJob<T>[];
  /** Temperature of all model calls instead of the configured one; 0 is greedy. */
  readonly temperature?: number;
  /** Is told every rollout when it has ended, failed ones too, before the others have. */
  readonly onEnd?: (rollout: Rollout) => void;
  /** Aborts the rollouts. */
  readonly signal?: AbortSignal;
}

/** Is told of how many tasks of a request the score is there that is made of the policy's log-probs, each time that one is. */
export type OnScored = (done: number, total: number) => void;

/** Runs given rollouts of given tasks. */
export interface RolloutRunner<T extends Task = Task, Answer = unknown> {
  /**
   * Runs the jobs, side by side as far as it is configured to.
   * @returns the rollouts in the order of their jobs; failed ones are among them
   * @throws  only what must stop a run
   */
  run(request: RunRolloutsRequest<T>): Promise<readonly Rollout<T, Answer>[]>;
}
