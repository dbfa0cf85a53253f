/**
 * Messages as other programs record them, as ours: OpenTelemetry's parts, Chat Completions, AI SDK, LangChain, OpenInference.
 *
 * What our messages have no place for is not dropped silently: `isWhole` says whether everything found one.
 */
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Message, MessageImage, Role, ToolCall } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import { roles } from "./roles.ts";

export interface ForeignMessages {
  readonly text: PromptText;
  /** False where something of the original has no place in `text`. */
  readonly isWhole: boolean;
  /** Why the model stopped, message by message, where messages say so. */
  readonly finishReasons: readonly string[];
}

/** @param role  of texts that name nobody */
export function foreignMessages(value: JsonValue, role: Role): ForeignMessages {
  if (typeof value === "string") return { text: value, isWhole: true, finishReasons: [] };
  const found = new Reader(role);
  if (!found.list(value)) {
    return { text: JSON.stringify(value), isWhole: true, finishReasons: [] };
  }
  const { messages, isWhole, finishReasons } = found;
  return { text: messages, isWhole, finishReasons };
}

/** Classes of LangChain's messages, as they are serialised. */
const classRole = /^(System|Human|AI|Tool|Function|Chat)Message(?:Chunk)?$/;

/** Keys of a message that are read below; `type` and `lc` only say what it is. */
const known = new Set(
  (
    "role content parts finish_reason tool_calls toolCalls tool_call_id toolCallId images reasoning reasoning_content " +
    "type lc text contents"
  ).split(" "),
);

class Reader {
  readonly messages: Message[] = [];
  readonly finishReasons: string[] = [];
  isWhole = true;
  readonly #role: Role;

  constructor(role: Role) {
    this.#role = role;
  }

  /** False for what are no messages. */
  list(value: unknown): boolean {
    if (Array.isArray(value)) {
      if (value.length === 0) return true;
      const lists = value as readonly unknown[];
      // LangChain batches prompts: a list of lists of messages.
      if (lists.every((one) => Array.isArray(one))) {
        if (lists.length > 1) this.isWhole = false;
        return this.list(lists[0]);
      }
      if (isParts(lists)) {
        this.#add(this.#role, { content: lists });
        return true;
      }
      return lists.every((one) => this.#one(one));
    }
    return this.#wrapped(value) || this.#one(value);
  }

  /** `{ messages }`, `{ choices }`, `{ generations }`: requests and answers around messages. */
  #wrapped(value: unknown): boolean {
    if (!isObject(value)) return false;
    const inner = ["messages", "choices", "generations"].find((key) => Array.isArray(value[key]));
    if (inner === undefined) return false;
    const { system } = value;
    if (typeof system === "string") this.messages.push({ role: "system", content: system });
    this.isWhole &&= Object.keys(value).every((key) => key === inner || key === "system");
    return this.list(value[inner]);
  }

  #one(value: unknown): boolean {
    if (typeof value === "string") {
      this.messages.push({ role: this.#role, content: value });
      return true;
    }
    if (!isObject(value)) return false;
    // OpenInference: { message: … }; a choice of Chat Completions; a generation of LangChain; a stored LangChain message.
    const { message, data, kwargs } = value;
    if (isObject(message)) {
      this.#noteFinish(value);
      this.isWhole &&= Object.keys(value).every((key) =>
        /^(message|finish_reason|index|text)$/.test(key),
      );
      return this.#one(unprefixed(message));
    }
    if (isObject(kwargs) && Array.isArray(value["id"])) {
      const role = roleOfClass(value["id"].at(-1)) ?? roleOf(kwargs);
      return role !== undefined && this.#add(role, kwargs);
    }
    if (isObject(data) && typeof value["type"] === "string") {
      const role = roles[value["type"]];
      return role !== undefined && this.#add(role, data);
    }
    const role = roleOf(value);
    if (role !== undefined) return this.#add(role, value);
    const isText = typeof value["text"] === "string" && Object.keys(value).length === 1;
    return (isText || "content" in value || "parts" in value) && this.#add(this.#role, value);
  }

  #noteFinish(value: JsonObject): void {
    const reason = value["finish_reason"];
    if (typeof reason === "string") this.finishReasons.push(reason);
  }

  #add(role: Role, given: JsonObject): boolean {
    this.#noteFinish(given);
    const message = new MessageParts();
    const { content, parts, contents } = given;
    for (const one of [content, parts, contents, given["text"]]) message.add(one);
    message.reasoning(given["reasoning"] ?? given["reasoning_content"]);
    for (const call of list(given["tool_calls"] ?? given["toolCalls"])) message.call(call);
    for (const image of list(given["images"])) message.image(image);
    this.isWhole &&= message.isWhole && Object.keys(given).every((key) => known.has(key));
    const callId = given["toolCallId"] ?? given["tool_call_id"];
    this.messages.push(...message.finish(role, typeof callId === "string" ? callId : undefined));
    return true;
  }
}

/** Collects the parts of one message; results of tools become messages of their own. */
class MessageParts {
  isWhole = true;
  readonly #texts: string[] = [];
  readonly #thoughts: string[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #images: MessageImage[] = [];
  readonly #results: Message[] = [];

  add(content: unknown): void {
    if (content === undefined || content === null) return;
    if (typeof content === "string") this.#texts.push(content);
    else if (Array.isArray(content)) for (const part of content) this.#part(part);
    else this.#part(content);
  }

  reasoning(text: unknown): void {
    if (typeof text === "string") this.#thoughts.push(text);
  }

  #part(given: unknown): void {
    if (typeof given === "string") return void this.#texts.push(given);
    if (!isObject(given)) return this.#strange(given);
    const part = unprefixed(given);
    const type = typeof part["type"] === "string" ? part["type"].replaceAll("-", "_") : "text";
    const text = part["content"] ?? part["text"];
    if (/^(text|input_text|output_text)$/.test(type) && typeof text === "string") {
      this.#texts.push(text);
    } else if (/^(reasoning|thinking)$/.test(type)) {
      this.reasoning(text ?? part["thinking"]);
    } else if (/^(tool_call|tool_use|function_call)$/.test(type)) this.call(part);
    else if (/^(tool_call_response|tool_result)$/.test(type)) this.#result(part);
    else if (/^(image|image_url|input_image|uri|blob|file)$/.test(type)) this.image(part);
    else this.#strange(given);
  }

  call(given: unknown): void {
    if (!isObject(given)) return this.#strange(given);
    const outer = unprefixed(isObject(given["tool_call"]) ? given["tool_call"] : given);
    const inner = isObject(outer["function"]) ? outer["function"] : outer;
    const name = inner["name"] ?? inner["toolName"];
    if (typeof name !== "string") return this.#strange(given);
    const values = ["arguments", "input", "args"].map((key) => inner[key]);
    const value = values.find((one) => one !== undefined) ?? "";
    this.#calls.push({
      id: ["id", "toolCallId", "call_id"].map((key) => outer[key]).find(isText) ?? "",
      name,
      arguments: typeof value === "string" ? value : JSON.stringify(value),
    });
  }

  #result(part: JsonObject): void {
    const keys = ["response", "result", "output", "content"];
    const value = keys.map((key) => part[key]).find((one) => one !== undefined);
    const id = part["id"] ?? part["toolCallId"] ?? part["tool_use_id"];
    this.#results.push({
      role: "tool",
      content: resultText(value),
      ...(typeof id === "string" ? { toolCallId: id } : {}),
    });
  }

  image(given: unknown): void {
    if (!isObject(given)) return this.#strange(given);
    const named = given["image_url"] ?? given["image"] ?? given["uri"] ?? given["url"];
    const outer = isObject(named) && isObject(named["image"]) ? named["image"] : named;
    const bytes = given["data"] ?? given["content"];
    const url = isObject(outer) ? outer["url"] : (outer ?? bytes);
    const media = given["mediaType"] ?? given["mime_type"] ?? given["mimeType"];
    if (typeof url !== "string") return this.#strange(given);
    const mediaType = typeof media === "string" ? { mediaType: media } : {};
    const isPlain = url !== bytes || /^[a-z][a-z0-9+.-]*:/i.test(url);
    const asData = `data:${mediaType.mediaType ?? "application/octet-stream"};base64,${url}`;
    this.#images.push({ url: isPlain ? url : asData, ...mediaType });
  }

  #strange(part: unknown): void {
    this.isWhole = false;
    this.#texts.push(JSON.stringify(part) ?? "");
  }

  finish(role: Role, toolCallId: string | undefined): Message[] {
    const isOwn =
      this.#texts.length + this.#calls.length + this.#images.length + this.#thoughts.length > 0;
    const own: Message = {
      role,
      content: this.#texts.join(""),
      ...(this.#images.length === 0 ? {} : { images: this.#images }),
      ...(this.#thoughts.length === 0 ? {} : { reasoning: this.#thoughts.join("") }),
      ...(this.#calls.length === 0 ? {} : { toolCalls: this.#calls }),
      ...(toolCallId === undefined ? {} : { toolCallId }),
    };
    return isOwn || this.#results.length === 0 ? [own, ...this.#results] : this.#results;
  }
}

/** AI SDK's results: { type: "text" | "json", value }. */
function resultText(value: unknown): string {
  if (typeof value === "string") return value;
  if (isObject(value) && "value" in value && typeof value["type"] === "string") {
    return resultText(value["value"]);
  }
  return value === undefined ? "" : JSON.stringify(value);
}

const isText = (value: unknown): value is string => typeof value === "string";

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isParts = (value: readonly unknown[]): boolean =>
  value.every((one) => isObject(one) && typeof one["type"] === "string" && !("role" in one)) &&
  !value.some(
    (one) => isObject(one) && (roles[String(one["type"])] !== undefined || "kwargs" in one),
  );

function roleOf(value: JsonObject): Role | undefined {
  const name = value["role"] ?? ("content" in value ? value["type"] : undefined);
  return typeof name === "string" && Object.hasOwn(roles, name) ? roles[name] : undefined;
}

function roleOfClass(name: unknown): Role | undefined {
  const [, word = ""] = classRole.exec(String(name)) ?? [];
  return roles[word.toLowerCase()];
}

/** OpenInference names fields `message_content.text`, `tool_call.id`; as trees they stand one level deeper. */
function unprefixed(value: JsonObject): JsonObject {
  const inner = value["message_content"] ?? value["tool_call"];
  return isObject(inner) && Object.keys(value).length === 1 ? inner : value;
}
