/**
 * Errors of a policy that an agent got as an answer of HTTP. The agent fails with an error of its own, or of its SDK, which does not
 * hold the policy's; by the model of the rollout it is known here.
 */
const failures = new WeakMap<object, unknown>();

/** Remembers how the last call of a rollout's model by its address ended: with this error of the policy, or with an answer. */
export function noteRemoteEnd(model: object, error: unknown): void {
  if (error === undefined) failures.delete(model);
  else failures.set(model, error);
}

/** Why requests that are made again have failed so far, by the signal that ends them. */
const retried = new WeakMap<AbortSignal, unknown>();

/** Remembers that a request under this signal failed and is made again, or, without an error, that it was answered. */
export function noteRetry(signal: AbortSignal | undefined, error?: unknown): void {
  if (signal === undefined) return;
  if (error === undefined) retried.delete(signal);
  else retried.set(signal, error);
}

/** The error of the last request under this signal, where it was to be made again; undefined where it was answered. */
export const retriedError = (signal: AbortSignal): unknown => retried.get(signal);

/** The error of the policy with which the last call by the model's address ended; undefined where it was answered. */
export const remoteFailure = (model: object): unknown => failures.get(model);
