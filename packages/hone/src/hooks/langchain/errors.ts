/** What LangChain's runs end with that is no result. */
import { messageOf } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { TraceError } from "../../core/span.ts";
import { plainText } from "../../messages/plain-text.ts";

/** Thrown by LangGraph to stop or to leave a graph: nothing went wrong. */
const signals = new Set(["GraphInterrupt", "NodeInterrupt", "GraphBubbleUp", "ParentCommand"]);

export const isSignal = (error: unknown): boolean =>
  isObject(error) && signals.has(plainText(error["name"]));

export function errorOf(error: unknown): TraceError {
  const { name, code } = (isObject(error) ? error : {}) as { name?: unknown; code?: unknown };
  return {
    message: messageOf(error),
    ...(typeof name === "string" ? { type: name } : {}),
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
  };
}
