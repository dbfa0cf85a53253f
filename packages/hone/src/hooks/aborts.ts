/** Which ends of a call are the app's own wish, and nobody's failure. */

/** What the platform and libraries call the error of a call that was aborted. */
const names = new Set(["AbortError", "APIUserAbortError", "ModelAbortError"]);

/** What plain errors of LangChain and of the providers' SDKs say then. */
const messages = new Set(["Abort", "Aborted", "AbortError", "Request was aborted."]);

/**
 * Whether a call ended because whoever asked wants no answer any more.
 *
 * @param error   what it ended with: an error or DOMException by its name, a plain error by its words, the AI SDK's end of
 *   its attempts (`reason: "abort"`)
 * @param signal  the call's own: once it aborted, any error is the abort's, whatever the app gave as its reason. A time
 *   limit (`AbortSignal.timeout`) is none: the provider was too slow.
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
