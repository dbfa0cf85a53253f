/**
 * A message that a file wrote, as a chat template reads it: exactly what the file says, as Python's would get it. Only what
 * the fields beside the text say otherwise is changed in it, such as a content with marks.
 */
import { isObject, type JsonObject } from "../core/json.ts";
import type { Message, ToolCall } from "../core/message.ts";

/** The values that a template gets for the arguments of a call, by their JSON text; the text where it is none. */
export type ValuesOf = (text: string) => unknown;

/** The fields in which files write what a model thought, by how common they are. */
const reasoningFields = ["reasoning_content", "reasoning", "thinking"] as const;

/** The object of `message.written`, with the message's own fields where they differ. */
export function writtenMessage(message: Message, valuesOf: ValuesOf): JsonObject {
  const given = JSON.parse(message.written!) as JsonObject;
  const calls = withCalls(given["tool_calls"], message.toolCalls ?? [], valuesOf);
  return {
    ...given,
    ...withContent(given["content"], message.content),
    ...withReasoning(given, message.reasoning),
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
}

function withContent(given: unknown, content: string): JsonObject {
  if (textOf(given) === content) return {};
  return { content: Array.isArray(given) ? [{ type: "text", text: content }] : content };
}

/** The text of a content: its parts one behind the other; empty for null and for none. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => (isObject(part) ? String(part["text"]) : "")).join("");
}

function withReasoning(given: JsonObject, reasoning: string | undefined): JsonObject {
  const field = reasoningFields.find((name) => typeof given[name] === "string");
  if (field === undefined || given[field] === reasoning) return {};
  return { [field]: reasoning ?? null };
}

/** The calls as the file wrote them, with the names and arguments of `toolCalls` where these say something else. */
function withCalls(
  given: unknown,
  calls: readonly ToolCall[],
  valuesOf: ValuesOf,
): readonly unknown[] | undefined {
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return given.map((call: unknown, i) => {
    const own = calls[i];
    if (!isObject(call) || own === undefined) return call;
    const inner = call["function"];
    if (!isObject(inner)) return withArguments(call, own, valuesOf);
    return { ...call, function: withArguments(inner, own, valuesOf) };
  });
}

function withArguments(
  given: JsonObject,
  { name, arguments: text }: ToolCall,
  valuesOf: ValuesOf,
): JsonObject {
  const { arguments: values } = given;
  const isAbsent = values === undefined && text === "{}";
  if (isAbsent) return { ...given, name };
  return { ...given, name, arguments: typeof values === "string" ? text : valuesOf(text) };
}
