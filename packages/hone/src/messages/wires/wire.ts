/** A wire: the form of requests to a model over HTTP and of their answers. One file per wire beside this one. */
import { isObject, type JsonObject, type JsonValue, objectsOf } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { PromptText, TokenUsage, TraceError } from "../../core/span.ts";
import { type Attributes, commonSettings, settingsOf } from "../request-settings.ts";

/** A request for an answer of a model. */
export interface WireRequest {
  readonly model?: string;
  readonly input: PromptText;
  /** Sampling parameters and tools, by OpenTelemetry's names. */
  readonly attributes: Attributes;
  /** Results of tools in the request, by the id of the call. */
  readonly results: ReadonlyMap<string, ToolResult>;
}

/** A result that an app sends to the model. */
export interface ToolResult {
  readonly value: JsonValue;
  readonly isError: boolean;
}

/** What a model answered; of a stream that broke off, what came. */
export interface WireAnswer {
  readonly output?: readonly Message[];
  readonly model?: string;
  readonly usage?: TokenUsage;
  /** The provider's id of the response. */
  readonly id?: string;
  readonly finishReasons: readonly string[];
  /** What the provider says went wrong. */
  readonly error?: TraceError;
  /** False for a stream without its last event. */
  readonly isWhole: boolean;
}

/** Reads requests and answers of one wire. */
export interface Wire {
  /** Reads a request; undefined for a body of another form, since paths such as `/messages` are used by others too. */
  request(body: JsonObject): WireRequest | undefined;
  /** True for a body that is an answer of this wire, wherever it comes from. */
  isAnswer(body: JsonObject): boolean;
  /** Reads a whole answer. */
  answer(body: JsonObject): WireAnswer;
  /** A whole answer without what would only fill a store. Default: all of it is kept. */
  keptAnswer?(body: JsonObject): JsonObject;
  /**
   * Reads a streamed answer.
   *
   * @param events  data of the events, in order, without `[DONE]`
   * @param isDone  whether `[DONE]` came
   */
  streamed(events: readonly JsonObject[], isDone: boolean): WireAnswer;
}

const settings = { ...commonSettings, tools: "gen_ai.tool.definitions" };

/** The settings and tools of a request, by OpenTelemetry's names. */
export const askedFor = (body: JsonObject): Attributes => settingsOf(body, settings);

/** `{ [name]: value }` for a text; no field for another value. */
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

/** What answers of all wires say in the same fields. */
export function commonFacts(body: JsonObject): Pick<WireAnswer, "id" | "model" | "error"> {
  const error = wireError(body);
  return {
    ...textField("id", body["id"]),
    ...textField("model", body["model"]),
    ...(error === undefined ? {} : { error }),
  };
}

/**
 * Results of tools among messages, items or blocks, by the id of the call.
 *
 * @param resultOf  the id and the content of one that is a result
 */
export function toolResults(
  values: readonly JsonObject[],
  resultOf: (value: JsonObject) => { readonly id: unknown; readonly content: unknown } | undefined,
): Map<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const value of values) {
    const { id, content } = resultOf(value) ?? {};
    if (typeof id !== "string") continue;
    results.set(id, { value: plainContent(content), isError: value["is_error"] === true });
  }
  return results;
}

/** Texts in parts as one text. */
function plainContent(content: unknown): JsonValue {
  const parts = objectsOf(content);
  const isText =
    Array.isArray(content) && parts.length > 0 && parts.every(({ text }) => text !== undefined);
  return isText ? parts.map(({ text }) => String(text)).join("") : ((content ?? null) as JsonValue);
}
