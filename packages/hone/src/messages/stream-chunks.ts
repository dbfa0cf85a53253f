/**
 * What a chunk of an agent's stream says, in the forms in use: texts, `{ type, … }` as the AI SDK and many agents yield,
 * chunks of Chat Completions, events of Responses. A chunk of another form says nothing and is counted.
 */
import { isObject, type JsonObject, objectsOf } from "../core/json.ts";
import type { TokenUsage } from "../core/span.ts";
import { plainText } from "./plain-text.ts";
import { tokenUsage } from "./token-usage.ts";

export type ChunkPart =
  | { readonly kind: "content" | "reasoning"; readonly text: string }
  /** A call of a tool, or a piece of one: pieces of the same key belong together, their texts one after the other. */
  | {
      readonly kind: "call";
      readonly key: string;
      readonly id?: string;
      readonly name?: string;
      readonly arguments?: unknown;
      readonly piece?: string;
    }
  | {
      readonly kind: "result";
      readonly key: string;
      readonly name?: string;
      readonly result: unknown;
    }
  | { readonly kind: "toolError"; readonly key: string; readonly error: unknown }
  | { readonly kind: "event"; readonly event: string; readonly details: unknown }
  /** The stream says that the agent failed, or was stopped; it may end after that as if nothing were. */
  | { readonly kind: "problem"; readonly error: unknown }
  | { readonly kind: "facts"; readonly model?: string; readonly usage?: TokenUsage };

/** What the chunk says; undefined when its form is not known. */
export function readChunk(chunk: unknown): readonly ChunkPart[] | undefined {
  if (typeof chunk === "string") return [{ kind: "content", text: chunk }];
  if (!isObject(chunk)) return undefined;
  if (Array.isArray(chunk["choices"])) return completionParts(chunk, chunk["choices"]);
  const type = chunk["type"];
  if (typeof type !== "string") {
    return typeof chunk["content"] === "string"
      ? [{ kind: "content", text: chunk["content"] }]
      : undefined;
  }
  return readers[type]?.(chunk) ?? undefined;
}

type Reader = (chunk: JsonObject) => readonly ChunkPart[] | undefined;

const spoken: Reader = (chunk) => textOf(chunk, "content");
const thought: Reader = (chunk) => textOf(chunk, "reasoning");
const called: Reader = (chunk) => [callOf(chunk)];
/** A tool that tells of its progress gives results before its last. */
const returned: Reader = (chunk) => (chunk["preliminary"] === true ? [] : [resultOf(chunk)]);
const silent: Reader = () => [];

/** What agents of a team yield about each other; the rest of the chunk is the event's details. */
const happened: Reader = (chunk) => {
  const { type, event, details, ...rest } = chunk;
  return [
    {
      kind: "event",
      event: String(type === "coordination" ? (event ?? type) : type),
      details: details ?? rest,
    },
  ];
};

const readers: Readonly<Record<string, Reader>> = {
  content: spoken,
  text: spoken,
  "text-delta": spoken,
  text_delta: spoken,
  "response.output_text.delta": spoken,
  reasoning: thought,
  thinking: thought,
  "reasoning-delta": thought,
  reasoning_delta: thought,
  thinking_delta: thought,
  "response.reasoning_text.delta": thought,
  "response.reasoning_summary_text.delta": thought,
  "tool-call": called,
  tool_call: called,
  tool_calls: (chunk) => objectsOf(chunk["tool_calls"] ?? chunk["toolCalls"]).map(callOf),
  "tool-result": returned,
  tool_result: returned,
  "tool-error": (chunk) => [{ kind: "toolError", key: keyOf(chunk), error: chunk["error"] }],
  "tool-output-denied": (chunk) => [
    { kind: "toolError", key: keyOf(chunk), error: new Error("The call was not allowed.") },
  ],
  "tool-approval-request": happened,
  coordination: happened,
  vote: happened,
  new_answer: happened,
  restart: happened,
  consensus: happened,
  // The call follows whole.
  "tool-input-start": silent,
  "tool-input-delta": silent,
  "tool-input-end": silent,
  start: silent,
  "start-step": silent,
  "text-start": silent,
  "text-end": silent,
  "reasoning-start": silent,
  "reasoning-end": silent,
  source: silent,
  raw: silent,
  ping: silent,
  // Its usage is that of one step; the end of all of them has the sum.
  "finish-step": (chunk) => partsOf(undefined, modelOf(chunk["response"])),
  finish: (chunk) => partsOf(chunk["totalUsage"] ?? chunk["usage"], chunk["model"]),
  error: (chunk) => ("error" in chunk ? [{ kind: "problem", error: chunk["error"] }] : undefined),
  abort: (chunk) => [{ kind: "problem", error: aborted(chunk["reason"]) }],
  done: silent,
};

const modelOf = (response: unknown): unknown =>
  isObject(response) ? response["modelId"] : undefined;

const aborted = (reason: unknown): Error =>
  new DOMException(plainText(reason) || "The call was aborted.", "AbortError");

function completionParts(chunk: JsonObject, choices: readonly unknown[]): ChunkPart[] {
  const [choice] = choices;
  const delta = isObject(choice) ? (choice["delta"] ?? choice["message"]) : undefined;
  const parts: ChunkPart[] = [];
  if (isObject(delta)) {
    const thinking = delta["reasoning_content"] ?? delta["reasoning"];
    if (typeof thinking === "string") parts.push({ kind: "reasoning", text: thinking });
    if (typeof delta["content"] === "string") {
      parts.push({ kind: "content", text: delta["content"] });
    }
    for (const call of objectsOf(delta["tool_calls"])) parts.push(pieceOf(call));
  }
  return [...parts, ...partsOf(chunk["usage"], chunk["model"])];
}

function textOf(chunk: JsonObject, kind: "content" | "reasoning"): ChunkPart[] | undefined {
  const text =
    chunk["text"] ?? chunk["content"] ?? chunk["delta"] ?? chunk["textDelta"] ?? chunk["thinking"];
  return typeof text === "string" ? [{ kind, text }] : undefined;
}

const keyOf = (call: JsonObject): string =>
  plainText(call["toolCallId"] ?? call["call_id"] ?? call["tool_call_id"] ?? call["id"]);

function callOf(call: JsonObject): ChunkPart {
  const inner = isObject(call["function"]) ? call["function"] : call;
  const name = inner["toolName"] ?? inner["name"] ?? inner["tool_name"];
  const given = inner["input"] ?? inner["args"] ?? inner["arguments"];
  const key = keyOf(call);
  return {
    kind: "call",
    key,
    ...(key === "" ? {} : { id: key }),
    ...(typeof name === "string" ? { name } : {}),
    ...(given === undefined ? {} : { arguments: given }),
  };
}

/** A piece of a call in a stream of Chat Completions: only the first one has the id and the name. */
function pieceOf(call: JsonObject): ChunkPart {
  const { id } = call;
  const inner = isObject(call["function"]) ? call["function"] : {};
  const { name, arguments: piece } = inner;
  return {
    kind: "call",
    key: `#${plainText(call["index"] ?? 0)}`,
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof piece === "string" ? { piece } : {}),
  };
}

function resultOf(chunk: JsonObject): ChunkPart {
  const name = chunk["toolName"] ?? chunk["name"] ?? chunk["tool_name"];
  return {
    kind: "result",
    key: keyOf(chunk),
    result: chunk["output"] ?? chunk["result"] ?? chunk["content"] ?? null,
    ...(typeof name === "string" ? { name } : {}),
  };
}

function partsOf(usage: unknown, model: unknown): ChunkPart[] {
  const facts = factsOf(usage, model);
  return Object.keys(facts).length === 0 ? [] : [{ kind: "facts", ...facts }];
}

/** The model's name and the tokens it counted, where they are known. */
export function factsOf(
  usage: unknown,
  model: unknown,
): { readonly model?: string; readonly usage?: TokenUsage } {
  return { ...(typeof model === "string" ? { model } : {}), ...usageOf(usage) };
}

/** Tokens as Chat Completions, Responses and the AI SDK count them. */
function usageOf(usage: unknown): { readonly usage?: TokenUsage } {
  if (!isObject(usage)) return {};
  const input = usage["input_tokens"] ?? usage["prompt_tokens"] ?? usage["inputTokens"];
  const output = usage["output_tokens"] ?? usage["completion_tokens"] ?? usage["outputTokens"];
  const given = firstObject(
    usage,
    "inputTokenDetails",
    "input_tokens_details",
    "prompt_tokens_details",
  );
  const made = firstObject(
    usage,
    "outputTokenDetails",
    "output_tokens_details",
    "completion_tokens_details",
  );
  const cached = given["cacheReadTokens"] ?? given["cached_tokens"];
  const reasoning = made["reasoningTokens"] ?? made["reasoning_tokens"];
  return tokenUsage(input, output, { reasoning, cached });
}

const firstObject = (value: JsonObject, ...keys: readonly string[]): JsonObject =>
  keys.map((key) => value[key]).find(isObject) ?? {};
