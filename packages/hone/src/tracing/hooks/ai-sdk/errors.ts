/** Errors of the AI SDK that end a call without being failures of it. */
import { isObject } from "../../../core/json.ts";

/** The app stopped the call: an abort, or the end of the SDK's attempts because of one. */
export function isAbort(error: unknown): boolean {
  if (!isObject(error)) return false;
  return error["name"] === "AbortError" || error["reason"] === "abort";
}
