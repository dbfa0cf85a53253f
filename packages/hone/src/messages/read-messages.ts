/**
 * The one reader of messages: those of providers' requests and answers, of the AI SDK, of LangChain (as objects and
 * serialised), of OpenTelemetry, OpenInference and our own.
 *
 * Nothing is dropped silently: `isWhole` says whether everything in the original found a place.
 */
import { fieldsOf, isObject, type JsonObject } from "../core/json.ts";
import type { Message, Role } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import { MessageBuilder, type ReadingOptions } from "./message-builder.ts";
import {
  isCallPart,
  readCall,
  readContent,
  readImage,
  reasoningText,
  withoutPrefix,
} from "./part-forms.ts";
import { jsonText } from "./plain-text.ts";
import { roleNamed, roleOfClass } from "./roles.ts";

/** A prompt or an answer, read. */
export interface ReadPrompt {
  readonly text: PromptText;
  /** False where something of the original has no place in `text`. */
  readonly isWhole: boolean;
  /** Why the model stopped, for each message that says so. */
  readonly finishReasons: readonly string[];
}

/**
 * Reads a prompt or an answer of an unknown form: a text, messages alone or inside a request or an answer; anything else
 * becomes its JSON.
 */
export function readPrompt(value: unknown, options: ReadingOptions = {}): ReadPrompt {
  if (typeof value === "string") return { text: value, isWhole: true, finishReasons: [] };
  const reader = new MessageReader(options);
  if (!reader.prompt(value)) {
    const { toText = jsonText } = options;
    return { text: toText(value), isWhole: true, finishReasons: [] };
  }
  const { messages, isWhole, finishReasons } = reader;
  return { text: messages, isWhole, finishReasons };
}

/** Reads a message or a list of messages; a value that is no message is left out. */
export function readMessages(value: unknown, options: ReadingOptions = {}): Message[] {
  const reader = new MessageReader(options);
  for (const one of Array.isArray(value) ? value : [value]) reader.message(one);
  return reader.messages;
}

/** True for an object whose `role` is the name of a role. */
export const hasRole = (value: unknown): value is JsonObject =>
  isObject(value) && roleNamed(value["role"]) !== undefined;

/** Fields of a message that are read whole; `type` and `lc` only say what it is. */
const wholeFields: ReadonlySet<string> = new Set([
  ...["role", "content", "parts", "contents", "text", "images", "reasoning", "reasoning_content"],
  ...["tool_calls", "toolCalls", "tool_call_id", "toolCallId", "finish_reason", "type", "lc"],
]);

/** Fields of an object around a message: a choice of Chat Completions, a generation of LangChain. */
const choiceFields: ReadonlySet<string> = new Set(["message", "finish_reason", "index", "text"]);

class MessageReader {
  readonly messages: Message[] = [];
  readonly finishReasons: string[] = [];
  isWhole = true;
  readonly #options: ReadingOptions;
  readonly #role: Role;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#role = options.role ?? "user";
  }

  /** @returns false for a value that is no prompt */
  prompt(value: unknown): boolean {
    if (!Array.isArray(value)) return this.#wrapped(value) || this.message(value);
    const list = value as readonly unknown[];
    if (list.length === 0) return true;
    // LangChain batches prompts: a list of lists of messages.
    if (list.every((one) => Array.isArray(one) && !isPair(one))) {
      if (list.length > 1) this.isWhole = false;
      return this.prompt(list[0]);
    }
    if (isContent(list)) return this.#add(this.#role, { content: list });
    return list.every((one) => this.message(one));
  }

  /** `{ messages }`, `{ choices }`, `{ generations }`: requests and answers around messages. */
  #wrapped(value: unknown): boolean {
    if (!isObject(value)) return false;
    const inner = ["messages", "choices", "generations"].find((key) => Array.isArray(value[key]));
    if (inner === undefined) return false;
    const { system } = value;
    if (typeof system === "string") this.messages.push({ role: "system", content: system });
    this.isWhole &&= Object.keys(value).every((key) => key === inner || key === "system");
    return this.prompt(value[inner]);
  }

  /** @returns false for a value that is no message */
  message(value: unknown): boolean {
    if (typeof value === "string") return this.#add(this.#role, { content: value });
    if (Array.isArray(value)) return isPair(value) && this.#pair(value);
    if (!isObject(value)) return false;
    const { message, data, kwargs, id, type } = value;
    if (isObject(message)) {
      this.#noteFinish(value);
      this.isWhole &&= Object.keys(value).every((key) => choiceFields.has(key));
      return this.message(withoutPrefix(message));
    }
    // LangChain serialises messages as `{ id, kwargs }` and stores them as `{ type, data }`.
    if (isObject(kwargs) && Array.isArray(id)) {
      return this.#addKnown(roleOfClass(id.at(-1)) ?? roleOf(kwargs), kwargs);
    }
    if (isObject(data) && typeof type === "string") return this.#addKnown(roleNamed(type), data);
    const role = roleOf(value);
    if (role !== undefined) return this.#add(role, value);
    const isText = typeof value["text"] === "string" && Object.keys(value).length === 1;
    return (isText || "content" in value || "parts" in value) && this.#add(this.#role, value);
  }

  /** LangChain's `["user", "…"]`. */
  #pair([role, content]: readonly unknown[]): boolean {
    return this.#add(roleNamed(role) ?? this.#role, { content });
  }

  #addKnown(role: Role | undefined, given: JsonObject): boolean {
    return role !== undefined && this.#add(role, given);
  }

  #noteFinish({ finish_reason: reason }: JsonObject): void {
    if (typeof reason === "string") this.finishReasons.push(reason);
  }

  #add(role: Role, given: JsonObject): boolean {
    this.#noteFinish(given);
    const builder = new MessageBuilder(this.#options);
    const calls = callsOf(given);
    readContents(given, calls.length > 0, builder);
    builder.reasoning(reasoningOf(given));
    for (const call of calls) readCall(call, builder);
    for (const image of listed(given["images"])) readImage(image, builder);
    this.isWhole &&= builder.isWhole && Object.keys(given).every((key) => wholeFields.has(key));
    const callId = given["toolCallId"] ?? given["tool_call_id"];
    this.messages.push(...builder.messages(role, typeof callId === "string" ? callId : undefined));
    return true;
  }
}

/** @param hasCalls  whether the message lists its calls beside the content; parts that repeat them are skipped */
function readContents(given: JsonObject, hasCalls: boolean, builder: MessageBuilder): void {
  const { parts, contents, text, refusal } = given;
  const all = [given["content"], parts, contents].filter(
    (one) => one !== undefined && one !== null,
  );
  // What a model declines to say is what it said.
  const said = all.length > 0 ? all : [text ?? refusal];
  for (const content of said) {
    const mayRepeat = hasCalls && Array.isArray(content);
    readContent(mayRepeat ? content.filter((part) => !isCallPart(part)) : content, builder);
  }
}

function callsOf({ tool_calls, toolCalls, invalid_tool_calls }: JsonObject): readonly unknown[] {
  const calls = listed(tool_calls ?? toolCalls);
  // LangChain keeps calls apart whose arguments it could not parse.
  return invalid_tool_calls === undefined ? calls : [...calls, ...listed(invalid_tool_calls)];
}

/** What the model thought. LangChain keeps it in `additional_kwargs`, with what only some providers have. */
function reasoningOf(given: JsonObject): string {
  const own = reasoningText(given["reasoning"] ?? given["reasoning_content"]);
  if (own !== "") return own;
  const { reasoning_content: text, reasoning } = fieldsOf(given["additional_kwargs"]);
  return reasoningText(text) || reasoningText(reasoning);
}

/** The role that a message names, in a field or by a method of LangChain's classes. */
function roleOf(message: JsonObject): Role | undefined {
  const { role, type } = message;
  if (role !== undefined) return roleNamed(role);
  if (!("content" in message)) return undefined;
  if (typeof type === "string") return roleNamed(type);
  const getType = message["getType"] ?? message["_getType"];
  return typeof getType === "function" ? roleNamed(getType.call(message)) : undefined;
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isPair = (value: readonly unknown[]): boolean =>
  value.length === 2 && typeof value[0] === "string";

/** True for the parts of one message, false for a list of messages. */
const isContent = (values: readonly unknown[]): boolean =>
  values.every(
    (one) =>
      isObject(one) &&
      typeof one["type"] === "string" &&
      roleNamed(one["type"]) === undefined &&
      !("role" in one || "kwargs" in one),
  );
