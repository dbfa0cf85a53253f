/** Whether a message that a program gives back is the recorded one, in the form of another wire or SDK. */
import { isDeepStrictEqual } from "node:util";
import { parsedJson } from "./json.ts";
import type { Message, ToolCall } from "./message.ts";

/**
 * True where both say the same. The given one may lack the reasoning, which most SDKs drop, and the arguments of its calls may be
 * the same JSON with other white space or another order of keys.
 */
export function isSameMessage(given: Message, recorded: Message): boolean {
  if (given === recorded) return true;
  const [calls, recordedCalls] = [given.toolCalls ?? [], recorded.toolCalls ?? []];
  return (
    given.role === recorded.role &&
    (given.content ?? "") === (recorded.content ?? "") &&
    (given.reasoning === undefined || given.reasoning === recorded.reasoning) &&
    given.toolCallId === recorded.toolCallId &&
    calls.length === recordedCalls.length &&
    calls.every((call, i) => isSameCall(call, recordedCalls[i]!))
  );
}

const isSameCall = (a: ToolCall, b: ToolCall): boolean =>
  a.id === b.id &&
  a.name === b.name &&
  (a.arguments === b.arguments ||
    isDeepStrictEqual(parsedJson(a.arguments), parsedJson(b.arguments)));
