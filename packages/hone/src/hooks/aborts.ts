/** Tells calls that the app itself aborted from calls that failed. */

/** Names of the errors that the platform and libraries throw for an aborted call. */
const names = new Set(["AbortError", "APIUserAbortError", "ModelAbortError"]);

/** Messages of plain errors that LangChain and providers' SDKs throw for an aborted call. */
const messages = new Set(["Abort", "Aborted", "AbortError", "Request was aborted."]);

/**
 * Whether a call ended because the app aborted it.
 *
 * A time limit (`AbortSignal.timeout`) is no abort: the provider was too slow.
 *
 * @param error  what the call ended with: an abort is known by the name of an error or DOMException, by the message of a
 *   plain error, and by `reason: "abort"` in the error after the AI SDK's last attempt
 * @param signal  the call's abort signal: once it aborted, every error counts as the abort's
 */
export function isAbort(error: unknown, signal?: AbortSignal | null): boolean {
  if (isTimeout(error)) return false;
  if (signal?.aborted === true) return !isTimeout(signal.reason);
  if (typeof error !== "object" || error === null) return false;
  const { name, message, reason } = error as Record<"name" | "message" | "reason", unknown>;
  if (typeof name === "string" && names.has(name)) return true;
  if (name === "Error" && typeof message === "string" && messages.has(message)) return true;
  return reason === "abort";
}

const isTimeout = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "name" in error && error.name === "TimeoutError";
