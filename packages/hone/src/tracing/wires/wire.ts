/** How a model provider is spoken to over HTTP, read into our own terms. One file per wire beside this one. */
import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { PromptText, TokenUsage, TraceError } from "../../core/span.ts";

/** A request for an answer of a model. */
export interface WireRequest {
  readonly model?: string;
  readonly input: PromptText;
  /** Sampling parameters and tools, by OpenTelemetry's names. */
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Results of tools that it carries, by the id of the call. */
  readonly results: ReadonlyMap<string, ToolResult>;
}

export interface ToolResult {
  readonly value: JsonValue;
  readonly isError: boolean;
}

/** What a model answered, as far as it got. */
export interface WireAnswer {
  readonly output?: readonly Message[];
  readonly model?: string;
  readonly usage?: TokenUsage;
  /** The provider's id of the response. */
  readonly id?: string;
  readonly finishReasons: readonly string[];
  /** The provider says in its answer that it failed. */
  readonly error?: TraceError;
  /** False for a stream without its last event. */
  readonly isWhole: boolean;
}

export interface Wire {
  /** Undefined for what is no request of this wire: its path is a common word. */
  request(body: JsonObject): WireRequest | undefined;
  answer(body: JsonObject): WireAnswer;
  /** The data of a stream's events, in order; `[DONE]` is left out and told by `isDone`. */
  streamed(events: readonly JsonObject[], isDone: boolean): WireAnswer;
}

/** The wire's name of a setting and OpenTelemetry's. */
const settings: Readonly<Record<string, string>> = {
  temperature: "gen_ai.request.temperature",
  top_p: "gen_ai.request.top_p",
  top_k: "gen_ai.request.top_k",
  max_tokens: "gen_ai.request.max_tokens",
  max_completion_tokens: "gen_ai.request.max_tokens",
  max_output_tokens: "gen_ai.request.max_tokens",
  presence_penalty: "gen_ai.request.presence_penalty",
  frequency_penalty: "gen_ai.request.frequency_penalty",
  stop: "gen_ai.request.stop_sequences",
  stop_sequences: "gen_ai.request.stop_sequences",
  seed: "gen_ai.request.seed",
  n: "gen_ai.request.choice.count",
  stream: "gen_ai.request.stream",
  tools: "gen_ai.tool.definitions",
};

/** The settings that were given. */
export const settingsOf = (body: JsonObject): Readonly<Record<string, JsonValue>> =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([key]) => body[key] !== undefined && body[key] !== null)
      .map(([key, name]) => [name, body[key] as JsonValue]),
  );

export const textField = <K extends string>(
  name: K,
  value: unknown,
): { readonly [key in K]?: string } =>
  (typeof value === "string" ? { [name]: value } : {}) as { readonly [key in K]?: string };

/** The error in an answer: `{ error: { message, type, code } }`. */
export function wireError(body: JsonObject): TraceError | undefined {
  const { error } = body;
  if (typeof error === "string") return { message: error };
  if (!isObject(error)) return undefined;
  const { message, type, code } = error;
  return {
    message: typeof message === "string" ? message : JSON.stringify(error),
    ...textField("type", type),
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
  };
}

export const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Texts in parts as one text. */
export function plainContent(content: unknown): JsonValue {
  const parts = objects(content);
  const isText =
    Array.isArray(content) && parts.length > 0 && parts.every(({ text }) => text !== undefined);
  return isText ? parts.map(({ text }) => String(text)).join("") : ((content ?? null) as JsonValue);
}

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** Tokens, where the provider counted them. */
export function usageOf(
  input: unknown,
  output: unknown,
  parts: { readonly reasoning?: unknown; readonly cached?: unknown } = {},
): { readonly usage?: TokenUsage } {
  const given = count(input);
  const made = count(output);
  if (given === undefined && made === undefined) return {};
  const reasoning = count(parts.reasoning);
  const cached = count(parts.cached);
  return {
    usage: {
      input: given ?? 0,
      output: made ?? 0,
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(cached === undefined ? {} : { cached }),
    },
  };
}
