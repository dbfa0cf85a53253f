/**
 * What an agent returned, as the answer of its prompt span: the result of the AI SDK's generateText, a provider's whole
 * answer, a message with its usage, or whatever it is.
 */
import { isObject, type JsonObject } from "../core/json.ts";
import type { PromptText } from "../core/span.ts";
import { hasRole } from "../messages/read-messages.ts";
import { factsOf } from "../messages/stream-chunks.ts";
import { wireOfAnswer } from "../messages/wires/wires.ts";
import type { SpanEnd } from "../ports/tracer.ts";

export function agentResult(value: unknown): SpanEnd<"prompt"> {
  if (value === undefined) return {};
  if (!isObject(value)) return { output: foreign(value) };
  return textResult(value) ?? wireResult(value) ?? messageResult(value);
}

/** The tracer reads messages of every library, and writes anything else as JSON. */
const foreign = (value: unknown): PromptText => value as PromptText;

/** A stream's result of the AI SDK has `steps` too, as a getter that would read the stream. */
function textResult(value: JsonObject): SpanEnd<"prompt"> | undefined {
  if (!Object.hasOwn(value, "steps") || !isObject(value["response"])) return undefined;
  const { response, responseMessages, totalUsage } = value;
  const messages = responseMessages ?? response["messages"];
  if (!Array.isArray(messages)) return undefined;
  return { ...factsOf(totalUsage, response["modelId"]), output: foreign(messages) };
}

/** The body of a provider's answer, as its SDK gives it. */
function wireResult(value: JsonObject): SpanEnd<"prompt"> | undefined {
  const { output, model, usage, id, finishReasons = [] } = wireOfAnswer(value)?.answer(value) ?? {};
  if (output === undefined) return undefined;
  return {
    output,
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
    attributes: {
      ...(id === undefined ? {} : { "gen_ai.response.id": id }),
      ...(finishReasons.length === 0 ? {} : { "gen_ai.response.finish_reasons": finishReasons }),
    },
  };
}

/** Reads an answer that is a message or has one in its field `message`; token counts and model may be beside it. */
function messageResult(value: JsonObject): SpanEnd<"prompt"> {
  const { message, usage, model } = value;
  const facts = factsOf(usage, model);
  if (hasRole(value)) return { ...facts, output: foreign(value) };
  const isMessageAlone =
    hasRole(message) && Object.keys(value).every((key) => fieldsBeside.has(key));
  return isMessageAlone ? { ...facts, output: foreign(message) } : { output: foreign(value) };
}

const fieldsBeside: ReadonlySet<string> = new Set(["message", "usage", "model"]);
