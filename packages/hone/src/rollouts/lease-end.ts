/** How a worker ends a lease without a result. */
import { isHoneError, messageOf } from "../core/errors.ts";
import type { TraceError } from "../core/span.ts";

/** How a lease without a result ends: the options of `RolloutQueue.fail`, and the reason. */
export interface LeaseEnd {
  readonly error: TraceError;
  readonly isAttempt: boolean;
  readonly isFinal?: boolean;
  readonly retryAfterMs?: number;
}

/** The end of a lease by an error. A stopped worker, or one that lacks something, has not tried to play the rollout. */
export const endOf = (error: unknown): LeaseEnd =>
  error === undefined
    ? { error: { message: "its worker was stopped and handed it back" }, isAttempt: false }
    : {
        error: { message: messageOf(error), ...(isHoneError(error) && { code: error.code }) },
        isAttempt: !isHoneError(error) || !isUnplayed(error.code),
      };

/** True for errors of what a worker lacks. A server that fails may do so for this rollout whenever it is played. */
const isUnplayed = (code: string): boolean =>
  code.startsWith("WORKER_") && code !== "WORKER_SERVER_FAILED";
