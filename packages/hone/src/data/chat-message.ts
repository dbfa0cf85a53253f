/**
 * A message of a chat file, in the form that OpenAI's API, chat templates and most data sets share:
 *
 *     {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
 *      "function": {"name": "buy", "arguments": "{}"}}]}
 *
 * What the message says beside plain text is kept as it was written, so that a chat template gets what Python's would.
 */
import { z } from "zod";
import { elementsOf, membersOf } from "../core/json-text.ts";
import type { Message, Role, ToolCall } from "../core/message.ts";
import { roleNamed } from "../messages/roles.ts";

/** Fields without which files of data sets often write null. */
const text = z.string().nullish();

const called = z.strictObject({
  name: z.string(),
  /** JSON text, or the object itself. */
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
});

const wrappedCall = z.strictObject({
  id: text,
  type: z.literal("function").nullish(),
  index: z.int().nullish(),
  function: called,
});

/** A call as templates read it, too: without `function` around it. */
const bareCall = called.extend({ id: text });

const toolCall = z.union([wrappedCall, bareCall]);

const textPart = z.strictObject({ type: z.literal("text"), text: z.string() });

/** The schema of a message. */
export const chatMessage = z
  .strictObject({
    role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
    content: z.union([z.string(), z.array(textPart), z.null()]).optional(),
    /** A participant's or a function's name. */
    name: text,
    reasoning_content: text,
    reasoning: text,
    thinking: text,
    tool_calls: z.array(toolCall).nullish(),
    tool_call_id: text,
    weight: z.union([z.literal(0), z.literal(1)]).nullish(),
    // Answers of the API that were saved whole have these without anything in them.
    refusal: z.null().optional(),
    audio: z.null().optional(),
    function_call: z.null().optional(),
    annotations: z.array(z.unknown()).max(0).nullish(),
  })
  .superRefine((given, context) => {
    const problem = problemOf(given);
    if (problem === undefined) return;
    const [key, message] = problem;
    context.addIssue({ code: "custom", path: [key], message });
  });

/** A checked message. */
export type ChatMessage = z.infer<typeof chatMessage>;

type CheckedFields = Pick<ChatMessage, "role" | "content" | "tool_calls" | "weight">;

/** What the schema of single fields cannot say. */
function problemOf({ role, content, tool_calls: calls, weight }: CheckedFields) {
  const hasCalls = calls !== undefined && calls !== null && calls.length > 0;
  if (content === undefined && !hasCalls)
    return ["content", "expected string, list of text parts or null"] as const;
  if (hasCalls && role !== "assistant")
    return ["tool_calls", "only an assistant calls tools"] as const;
  if (weight !== undefined && weight !== null && role !== "assistant")
    return ["weight", "only an assistant's messages are learned"] as const;
  return undefined;
}

/** The keys that the object at a path inside a message may have. */
export function messageKeysAt(path: readonly PropertyKey[]): readonly string[] {
  const names = path.filter((part) => typeof part === "string");
  const object = {
    "": chatMessage,
    content: textPart,
    tool_calls: wrappedCall,
    function: called,
  }[names.at(-1) ?? ""];
  return Object.keys((object ?? chatMessage).shape);
}

/** Messages of a list. @param listText the list as the file has it */
export function toMessages(given: readonly ChatMessage[], listText: string): Message[] {
  const texts = elementsOf(listText);
  let callCount = 0;
  const nextId = (): string => `call_${++callCount}`;
  return given.map((message, i) => toMessage(message, texts[i]!.text, nextId));
}

function toMessage(given: ChatMessage, written: string, nextId: () => string): Message {
  const reasoning = given.reasoning_content ?? given.reasoning ?? given.thinking;
  const calls = given.tool_calls ?? [];
  return {
    role: roleOf(given.role),
    content: textOf(given.content),
    ...(reasoning === undefined || reasoning === null ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { toolCalls: toCalls(calls, written, nextId) }),
    ...(typeof given.tool_call_id === "string" && { toolCallId: given.tool_call_id }),
    ...(given.weight === 0 && { weight: 0 }),
    ...(isPlain(given) ? {} : { written: written.trim() }),
  };
}

const roleOf = (name: ChatMessage["role"]): Role => roleNamed(name) ?? "user";

/** Whether role and text say all that the message says. */
const isPlain = (given: ChatMessage): boolean =>
  typeof given.content === "string" &&
  given.role === roleOf(given.role) &&
  Object.keys(given).length === 2;

/** The text of a content: its parts one behind the other. */
const textOf = (content: ChatMessage["content"]): string =>
  typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("");

function toCalls(
  calls: NonNullable<ChatMessage["tool_calls"]>,
  written: string,
  nextId: () => string,
): ToolCall[] {
  const texts = elementsOf(membersOf(written).get("tool_calls")!.text);
  return calls.map((call, i) => {
    const own =
      "function" in call ? membersOf(texts[i]!.text).get("function")!.text : texts[i]!.text;
    const { name, arguments: given } = "function" in call ? call.function : call;
    const text = typeof given === "string" ? given : membersOf(own).get("arguments")?.text;
    return { id: call.id ?? nextId(), name, arguments: text ?? "{}" };
  });
}
