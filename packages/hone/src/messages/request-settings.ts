/** Settings of a request to a model, by OpenTelemetry's names. */
import { fieldsOf, type JsonValue } from "../core/json.ts";

export type Attributes = Readonly<Record<string, JsonValue>>;

/** Names of common settings in libraries and in providers' requests → OpenTelemetry's name. */
export const commonSettings: Readonly<Record<string, string>> = {
  temperature: "gen_ai.request.temperature",
  top_p: "gen_ai.request.top_p",
  topP: "gen_ai.request.top_p",
  top_k: "gen_ai.request.top_k",
  topK: "gen_ai.request.top_k",
  max_tokens: "gen_ai.request.max_tokens",
  maxTokens: "gen_ai.request.max_tokens",
  max_completion_tokens: "gen_ai.request.max_tokens",
  max_output_tokens: "gen_ai.request.max_tokens",
  maxOutputTokens: "gen_ai.request.max_tokens",
  presence_penalty: "gen_ai.request.presence_penalty",
  presencePenalty: "gen_ai.request.presence_penalty",
  frequency_penalty: "gen_ai.request.frequency_penalty",
  frequencyPenalty: "gen_ai.request.frequency_penalty",
  stop: "gen_ai.request.stop_sequences",
  stop_sequences: "gen_ai.request.stop_sequences",
  stopSequences: "gen_ai.request.stop_sequences",
  seed: "gen_ai.request.seed",
  n: "gen_ai.request.choice.count",
  stream: "gen_ai.request.stream",
};

/** The settings that `given` has, by their names in `names`. */
export const settingsOf = (given: unknown, names: Readonly<Record<string, string>>): Attributes =>
  givenFields(Object.entries(names).map(([key, name]) => [name, fieldsOf(given)[key]] as const));

/** An object of the fields whose values are neither undefined nor null. */
export const givenFields = (fields: readonly (readonly [string, unknown])[]): Attributes =>
  Object.fromEntries(
    fields.filter(([, value]) => value !== undefined && value !== null),
  ) as Attributes;
