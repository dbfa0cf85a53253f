/** Counts of tokens, by the names that providers and SDKs give them. */
import { fieldsOf, isObject } from "../core/json.ts";
import type { TokenUsage } from "../core/span.ts";
import { firstField } from "./plain-text.ts";

const inputFields = ["input_tokens", "prompt_tokens", "inputTokens", "promptTokens"];
const outputFields = ["output_tokens", "completion_tokens", "outputTokens", "completionTokens"];

/** Objects that say which part of the input came from the cache, and which part of the output was thought. */
const inputDetails = [
  ...["input_tokens_details", "prompt_tokens_details", "inputTokenDetails", "input_token_details"],
];
const outputDetails = [
  ...["output_tokens_details", "completion_tokens_details"],
  ...["outputTokenDetails", "output_token_details"],
];
const cachedFields = ["cached_tokens", "cacheReadTokens", "cache_read"];
const reasoningFields = ["reasoning_tokens", "reasoningTokens", "reasoning"];

/** Reads the token counts of a provider's or SDK's usage object, as the field `usage`; `{}` where it has no counts. */
export function usageOf(value: unknown): { readonly usage?: TokenUsage } {
  if (!isObject(value)) return {};
  const given = fieldsOf(firstField(value, inputDetails));
  const made = fieldsOf(firstField(value, outputDetails));
  return tokenUsage(firstField(value, inputFields), firstField(value, outputFields), {
    // Versions of the AI SDK before 6 have no details.
    reasoning: firstField(made, reasoningFields) ?? value["reasoningTokens"],
    cached: firstField(given, cachedFields) ?? value["cachedInputTokens"],
  });
}

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** Makes the field `usage` of counts that may be anything; `{}` where neither input nor output is a number. */
export function tokenUsage(
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
