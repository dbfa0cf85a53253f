/**
 * What an agent returned, as the answer of its prompt span: the result of the AI SDK's generateText, a whole answer of
 * Chat Completions, Responses or Anthropic's Messages, a message with its usage, or whatever it is.
 */
import { isObject, type JsonObject } from "../core/json.ts";
import type { PromptText } from "../core/span.ts";
import type { SpanEnd } from "../ports/tracer.ts";
import { roles } from "../messages/roles.ts";
import { factsOf } from "../messages/stream-chunks.ts";
import { anthropicMessages } from "../messages/wires/anthropic-messages.ts";
import { chatCompletions } from "../messages/wires/chat-completions.ts";
import { responses } from "../messages/wires/responses.ts";
import type { Wire } from "../messages/wires/wire.ts";

export function agentResult(value: unknown): SpanEnd<"prompt"> {
  if (value === undefined) return {};
  if (!isObject(value)) return { output: value as PromptText };
  return textResult(value) ?? wireResult(value) ?? messageResult(value);
}

/** A stream's result of the AI SDK has `steps` too, as a getter that would read the stream. */
function textResult(value: JsonObject): SpanEnd<"prompt"> | undefined {
  if (!Object.hasOwn(value, "steps") || !isObject(value["response"])) return undefined;
  const { response, responseMessages, totalUsage } = value;
  const messages = responseMessages ?? response["messages"];
  if (!Array.isArray(messages)) return undefined;
  return { ...factsOf(totalUsage, response["modelId"]), output: messages as PromptText };
}

/** The body of a provider's answer, as its SDK gives it. */
function wireResult(value: JsonObject): SpanEnd<"prompt"> | undefined {
  const { output, model, usage, id, finishReasons } = wireOf(value)?.answer(value) ?? {};
  if (output === undefined) return undefined;
  return {
    output,
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
    attributes: {
      ...(id === undefined ? {} : { "gen_ai.response.id": id }),
      ...(finishReasons === undefined || finishReasons.length === 0
        ? {}
        : { "gen_ai.response.finish_reasons": finishReasons }),
    },
  };
}

function wireOf({ choices, object, output, type, role, content }: JsonObject): Wire | undefined {
  if (Array.isArray(choices) && isObject(choices[0])) {
    return isObject(choices[0]["message"]) ? chatCompletions : undefined;
  }
  if (object === "response" && Array.isArray(output)) return responses;
  const isAnthropic = type === "message" && role === "assistant" && Array.isArray(content);
  return isAnthropic ? anthropicMessages : undefined;
}

/** A message, or `{ message }`, beside which the tokens may stand. */
function messageResult(value: JsonObject): SpanEnd<"prompt"> {
  const { message, usage, model } = value;
  const facts = factsOf(usage, model);
  if (isMessage(value)) return { ...facts, output: value as unknown as PromptText };
  const isBeside = isObject(message) && isMessage(message);
  const said = isBeside && Object.keys(value).every((key) => besides.has(key)) ? message : value;
  return { ...(said === value ? {} : facts), output: said as unknown as PromptText };
}

const besides: ReadonlySet<string> = new Set(["message", "usage", "model"]);

const isMessage = ({ role }: JsonObject): boolean => typeof role === "string" && role in roles;
