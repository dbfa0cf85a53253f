/** Reads what the AI SDK tells of a model call besides its messages: settings, tools, usage, facts of the answer. */
import { fieldsOf, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import { usageOf } from "../../messages/token-usage.ts";

type Attributes = Readonly<Record<string, JsonValue>>;

/** Settings: the SDK's name and the name of the attribute, OpenTelemetry's where it has one. */
const settings: Readonly<Record<string, string>> = {
  temperature: "gen_ai.request.temperature",
  topP: "gen_ai.request.top_p",
  topK: "gen_ai.request.top_k",
  maxOutputTokens: "gen_ai.request.max_tokens",
  presencePenalty: "gen_ai.request.presence_penalty",
  frequencyPenalty: "gen_ai.request.frequency_penalty",
  stopSequences: "gen_ai.request.stop_sequences",
  seed: "gen_ai.request.seed",
  reasoning: "ai.request.reasoning",
  maxRetries: "ai.request.max_retries",
  toolChoice: "ai.request.tool_choice",
  providerOptions: "ai.request.provider_options",
  schema: "ai.request.schema",
};

/** The settings that were given. */
export function settingsOf(event: JsonObject): Attributes {
  const known = Object.entries(settings).filter(([key]) => isGiven(event[key]));
  return Object.fromEntries(known.map(([key, name]) => [name, event[key] as JsonValue]));
}

/**
 * The tools a model may call. AI SDK 7 gives the definitions that it made for the provider; AI SDK 6 gives the app's tools,
 * whose schemas are recorded where the app wrote them as JSON Schema.
 */
export function toolDefinitions(tools: unknown): Attributes {
  const list = Array.isArray(tools) ? tools : isObject(tools) ? ownTools(tools) : [];
  return list.length === 0 ? {} : { "gen_ai.tool.definitions": list as readonly JsonValue[] };
}

function ownTools(tools: JsonObject): JsonValue[] {
  return Object.entries(tools).map(([name, tool]) => {
    const { description, inputSchema } = fieldsOf(tool);
    const schema = fieldsOf(inputSchema)["jsonSchema"];
    return {
      type: "function",
      name,
      ...(typeof description === "string" ? { description } : {}),
      ...(isObject(schema) ? { inputSchema: schema as JsonValue } : {}),
    };
  });
}

/** The tokens of a call, where the provider counted them. */
export const sdkUsage = usageOf;

/** What is known of the answer as a whole. */
export interface AnswerFacts {
  readonly responseId?: unknown;
  readonly model?: unknown;
  readonly finishReason?: unknown;
  readonly rawFinishReason?: unknown;
  readonly providerMetadata?: unknown;
  readonly sources?: unknown;
}

export function answerAttributes(facts: AnswerFacts): Attributes {
  const { finishReason, providerMetadata, sources, responseId, model, rawFinishReason } = facts;
  const all: Readonly<Record<string, unknown>> = {
    "gen_ai.response.id": responseId,
    "gen_ai.response.model": model,
    "gen_ai.response.finish_reasons": finishReason === undefined ? undefined : [finishReason],
    "ai.response.finish_reason.raw": rawFinishReason,
    "ai.response.provider_metadata": providerMetadata,
    "ai.response.sources": sources,
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => isGiven(value)),
  ) as Attributes;
}

/** The provider's name: "openai" of "openai.chat". */
export const providerOf = (provider: unknown): string => plainText(provider).split(".")[0] ?? "";

/** Not undefined, null, or an object without fields. */
const isGiven = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  (typeof value !== "object" || Object.keys(value).length > 0);
