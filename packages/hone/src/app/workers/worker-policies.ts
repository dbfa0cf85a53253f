/** What answers the model's calls of a worker's rollouts. */
import type { Renderer } from "../../ports/renderer.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { QueuedJob } from "./rollout-job.ts";

/** A policy with the weights that a job names. */
export interface WorkerPolicy {
  readonly policy: SamplingClient;
  readonly renderer: Renderer;
  /** Tokens of a prompt and its reply at most. */
  readonly contextLength: number;
  /** Aborts, with the error, when the policy cannot answer any more. Default: it always can. */
  readonly gone?: AbortSignal;
}

/** Where a worker's policies come from: weights that it loads, or a server. */
export interface WorkerPolicies {
  /**
   * The policy with a job's weights, which is kept until others are asked for.
   * @throws WORKER_WEIGHTS_MISSING, WORKER_SERVER_WEIGHTS or WORKER_SERVER_AWAY where it is not to be had now; WORKER_TOKENIZER_DIFFERS, WORKER_MODEL_MISSING,
   *         WORKER_SERVER_REFUSED where it never will
   */
  policyOf(job: QueuedJob, signal: AbortSignal): Promise<WorkerPolicy>;
  /** Whether rollouts may be taken now; false while a server is away. Default: always. */
  isReady?(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}
