/** What was seen of a stream's answer, for the case that nobody reads it to its end. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";

/** Characters of one answer that are kept; what is stored of them is far less. */
const mostCharacters = 50_000_000;

/** A call of a tool, as far as it came. */
interface Call {
  id: string;
  name: string;
  args: string;
}

export class PartialAnswer {
  readonly #most: number;
  readonly #calls = new Map<unknown, Call>();
  #text = "";
  #thoughts = "";
  #length = 0;
  #known: JsonObject = {};
  #meta: JsonObject = {};

  constructor(most = mostCharacters) {
    this.#most = most;
  }

  /** @param chunk  an AIMessageChunk */
  add(chunk: unknown): void {
    if (!isObject(chunk)) return;
    const { content, id, usage_metadata: usage, response_metadata: meta } = chunk;
    const extra = chunk["additional_kwargs"];
    for (const part of Array.isArray(content) ? content : [content]) this.#part(part);
    if (isObject(extra)) this.#thoughts += this.#room(extra["reasoning_content"]);
    const calls = chunk["tool_call_chunks"];
    for (const call of Array.isArray(calls) ? calls : []) this.#call(call);
    this.#known = {
      ...this.#known,
      ...(typeof id === "string" ? { id } : {}),
      ...(isObject(usage) ? { usage_metadata: usage } : {}),
    };
    if (isObject(meta)) this.#meta = { ...this.#meta, ...meta };
  }

  /** As a message of LangChain's; undefined where nothing came. */
  message(): JsonObject | undefined {
    const calls = [...this.#calls.values()];
    if (this.#length === 0 && calls.length === 0) return undefined;
    return {
      ...this.#known,
      role: "assistant",
      content: this.#text,
      tool_calls: calls,
      additional_kwargs: this.#thoughts === "" ? {} : { reasoning_content: this.#thoughts },
      response_metadata: this.#meta,
    };
  }

  #part(part: unknown): void {
    if (typeof part === "string") this.#text += this.#room(part);
    if (!isObject(part)) return;
    this.#text += this.#room(part["text"]);
    this.#thoughts += this.#room(part["thinking"] ?? part["reasoning"]);
  }

  #call(piece: unknown): void {
    if (!isObject(piece)) return;
    const key = piece["index"] ?? piece["id"];
    if (!this.#calls.has(key) && this.#length >= this.#most) return;
    const call = this.#calls.get(key) ?? { id: "", name: "", args: "" };
    call.id ||= this.#room(piece["id"]);
    call.name += this.#room(piece["name"]);
    call.args += this.#room(piece["args"]);
    this.#calls.set(key, call);
  }

  /** As much of a text as is still kept. */
  #room(value: unknown): string {
    const text = plainText(value).slice(0, this.#most - this.#length);
    this.#length += text.length;
    return text;
  }
}
