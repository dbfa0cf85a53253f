/** What an agent returned, as the answer of its prompt span: the result of the AI SDK's generateText, or whatever it is. */
import { isObject } from "../core/json.ts";
import type { PromptText } from "../core/span.ts";
import type { SpanEnd } from "../ports/tracer.ts";
import { factsOf } from "./stream-chunks.ts";

export function agentResult(value: unknown): SpanEnd<"prompt"> {
  if (value === undefined) return {};
  // A stream's result has `steps` too, as a getter that would read the stream.
  if (!isObject(value) || !Object.hasOwn(value, "steps") || !isObject(value["response"])) {
    return { output: value as PromptText };
  }
  const { response, responseMessages, totalUsage } = value;
  const messages = responseMessages ?? response["messages"];
  if (!Array.isArray(messages)) return { output: value as unknown as PromptText };
  return { ...factsOf(totalUsage, response["modelId"]), output: messages as PromptText };
}
