/**
 * A message that a file wrote, as a chat template reads it: exactly what the file says, as Python's would get it. Only what
 * the fields beside the text say otherwise is changed in it, such as a content with marks.
 */
import { isObject, type JsonObject } from "../core/json.ts";
import { elementsOf, membersOf } from "../core/json-text.ts";
import type { Message, ToolCall } from "../core/message.ts";

/** Parses JSON text into the values that templates get. */
export type ParseValue = (text: string) => unknown;

/** The fields in which files write what a model thought, by how common they are. */
const reasoningFields = ["reasoning_content", "reasoning", "thinking"] as const;

/** The object of `message.written`, with the message's own fields where they differ. */
export function writtenMessage(message: Message, parse: ParseValue): JsonObject {
  const text = message.written!;
  const given = parse(text) as JsonObject;
  const calls = withCalls(given["tool_calls"], text, message.toolCalls ?? [], parse);
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

/** The calls with the names and arguments of `toolCalls`; undefined where these say nothing else. */
function withCalls(
  given: unknown,
  written: string,
  calls: readonly ToolCall[],
  parse: ParseValue,
): readonly unknown[] | undefined {
  if (!Array.isArray(given) || given.length === 0) return undefined;
  const texts = elementsOf(membersOf(written).get("tool_calls")!.text);
  const changed = given.map((call: unknown, i) => {
    const own = calls[i];
    if (!isObject(call) || own === undefined) return call;
    const isWrapped = isObject(call["function"]);
    const inner = isWrapped ? (call["function"] as JsonObject) : call;
    const innerText = isWrapped ? membersOf(texts[i]!.text).get("function")!.text : texts[i]!.text;
    const fields = callFields(inner, innerText, own, parse);
    if (fields === undefined) return call;
    return isWrapped ? { ...call, function: { ...inner, ...fields } } : { ...inner, ...fields };
  });
  return changed.some((call, i) => call !== given[i]) ? changed : undefined;
}

function callFields(
  given: JsonObject,
  written: string,
  { name, arguments: text }: ToolCall,
  parse: ParseValue,
): JsonObject | undefined {
  const { arguments: values } = given;
  const isText = typeof values === "string";
  const before = isText ? values : (membersOf(written).get("arguments")?.text ?? "{}");
  const isSame = before === text;
  if (given["name"] === name && isSame) return undefined;
  return {
    name,
    ...(!isSame && { arguments: isText ? text : parsedOr(text, parse) }),
  };
}

function parsedOr(text: string, parse: ParseValue): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}
