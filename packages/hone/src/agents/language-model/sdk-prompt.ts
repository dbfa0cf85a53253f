/**
 * Reads the conversation that the AI SDK gives to a language model.
 *
 * It is the counterpart of ai-sdk-chat-model.ts, and stricter than the reader of recorded conversations (`messages/`): a part
 * that a policy cannot be shown is an error here, since a policy that is trained without it would learn something else.
 */
import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, parsedJson } from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { restoredReplies } from "../../core/restored-replies.ts";
import type { Turn } from "../../core/rollout.ts";
import type { LanguageModelMessage } from "../../ports/language-model.ts";

/**
 * The messages of a prompt, with recorded replies in the place of what the SDK gives back of them, so that their tokens are
 * continued.
 *
 * @param turns  what was recorded before
 * @throws OPTION_INVALID for a part that a policy cannot be shown, such as a file
 */
export function readPrompt(
  prompt: readonly LanguageModelMessage[],
  turns: readonly Turn[],
): readonly Message[] {
  const recorded = new Map(
    turns.flatMap(({ reply }) => (reply.toolCalls ?? []).map((call) => [call.id, call] as const)),
  );
  const messages = prompt.flatMap((message, i) =>
    readMessage(message, { at: `prompt[${i}]`, recorded }),
  );
  return restoredReplies(messages, turns);
}

/** Where a message stands, for errors, and the calls that were recorded, by their ids. */
interface Place {
  readonly at: string;
  readonly recorded: ReadonlyMap<string, ToolCall>;
}

function readMessage({ role, content }: LanguageModelMessage, place: Place): readonly Message[] {
  if (role === "system") return [{ role, content: textOf(content, `${place.at}.content`) }];
  const parts = partsOf(content, place);
  if (role === "user") return [{ role, content: parts.map(userText).join("") }];
  if (role === "assistant") return [assistantMessage(parts, place)];
  if (role === "tool") return parts.map(toolResult);
  throw check.invalid(`${place.at}.role`, role, '"system", "user", "assistant" or "tool"');
}

/** A part of a message, and where it stands. */
interface Part {
  readonly part: JsonObject;
  readonly at: string;
}

const check = optionChecks("languageModel");

function partsOf(content: unknown, { at }: Place): readonly Part[] {
  if (!Array.isArray(content)) throw check.invalid(`${at}.content`, content, "a list of parts");
  return content.map((part: unknown, i) => {
    const place = `${at}.content[${i}]`;
    if (!isObject(part)) throw check.invalid(place, part, "a part with a type");
    return { part, at: place };
  });
}

function userText({ part, at }: Part): string {
  if (part["type"] !== "text") throw unreadable({ part, at }, "a text: a policy reads text alone");
  return textOf(part["text"], `${at}.text`);
}

function assistantMessage(parts: readonly Part[], { recorded }: Place): Message {
  const texts = { text: "", reasoning: "" };
  const toolCalls: ToolCall[] = [];
  for (const { part, at } of parts) {
    const { type, providerExecuted } = part;
    if (type === "text" || type === "reasoning") texts[type] += textOf(part["text"], `${at}.text`);
    else if (type === "tool-call" && providerExecuted !== true)
      toolCalls.push(readCall(part, recorded));
    else throw unreadable({ part, at }, "a text, reasoning, or a call of a tool of yours");
  }
  return {
    role: "assistant",
    content: texts.text,
    ...(texts.reasoning !== "" && { reasoning: texts.reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

/**
 * A call with the arguments as the model wrote them, where what the SDK has made of them is the same. It gives them back as a
 * value; what is no JSON object as it is (AI SDK 6) or as {} (AI SDK 7).
 */
function readCall(
  { toolCallId, toolName, input }: JsonObject,
  recorded: ReadonlyMap<string, ToolCall>,
): ToolCall {
  const id = String(toolCallId);
  const written = recorded.get(id)?.arguments;
  const value = parsedJson(written ?? "");
  const isWritten =
    written !== undefined && (!isObject(value) || isDeepStrictEqual(value, input ?? {}));
  const given = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { id, name: String(toolName), arguments: isWritten ? written : given };
}

function toolResult({ part, at }: Part): Message {
  if (part["type"] !== "tool-result") throw unreadable({ part, at }, "the result of a tool");
  const toolCallId = String(part["toolCallId"]);
  return { role: "tool", toolCallId, content: resultText(part["output"], `${at}.output`) };
}

/** A tool's result as the model reads it: texts as they are, data as JSON. */
function resultText(output: unknown, at: string): string {
  const { type, value, reason }: JsonObject = isObject(output) ? output : {};
  switch (type) {
    case "text":
    case "error-text":
      return textOf(value, `${at}.value`);
    case "json":
    case "error-json":
      return JSON.stringify(value ?? null);
    case "execution-denied":
      return typeof reason === "string" ? `execution denied: ${reason}` : "execution denied";
    case "content":
      return partsOf(value, { at, recorded: new Map() })
        .map(({ part, at: place }) => {
          if (part["type"] === "text") return textOf(part["text"], `${place}.text`);
          throw unreadable({ part, at: place }, "a text: a policy reads text alone");
        })
        .join("\n");
    default:
      throw check.invalid(at, output, "a text, JSON, an error, a denial or a content of texts");
  }
}

function textOf(given: unknown, at: string): string {
  if (typeof given === "string") return given;
  throw check.invalid(at, given, "a text");
}

const unreadable = ({ part, at }: Part, expected: string): Error =>
  check.invalid(`${at}.type`, part["type"], expected);
