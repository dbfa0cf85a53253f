/** OpenAI's Chat Completions and its older Completions, which most providers and local servers also speak. */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { MessageParts } from "../message-builder.ts";
import { readContent, reasoningText } from "../part-forms.ts";
import { readMessages, readPrompt } from "../read-messages.ts";
import { type CallPiece, StreamedAnswer } from "../streamed-answer.ts";
import { usageOf } from "../token-usage.ts";
import {
  askedFor,
  commonFacts,
  textField,
  toolResults,
  type Wire,
  type WireAnswer,
} from "./wire.ts";

export const chatCompletions: Wire = {
  request(body) {
    const { messages, prompt, model } = body;
    if (!Array.isArray(messages) && typeof prompt !== "string") return undefined;
    return {
      ...textField("model", model),
      input: readPrompt(messages ?? prompt).text,
      attributes: askedFor(body),
      results: toolResults(objectsOf(messages), ({ role, tool_call_id: id, content }) =>
        role === "tool" ? { id, content } : undefined,
      ),
    };
  },

  isAnswer({ choices }) {
    const [first] = objectsOf(choices);
    return first !== undefined && isObject(first["message"]);
  },

  answer(body) {
    const choices = objectsOf(body["choices"]);
    return {
      ...factsOf(body),
      // The answer of the older Completions is a text.
      ...outputOf(
        choices.flatMap(({ message, text }) =>
          readMessages(message ?? text, { role: "assistant" }),
        ),
      ),
      finishReasons: choices.flatMap((choice) => choice["finish_reason"] ?? []).map(String),
      isWhole: true,
    };
  },

  streamed(events, isDone) {
    const choices = new Map<number, StreamedChoice>();
    let facts: JsonObject = {};
    for (const event of events) {
      // The usage comes in an event of its own; a field that is null says nothing.
      const said = Object.entries(event).filter(([, value]) => value !== null);
      facts = { ...facts, ...Object.fromEntries(said) };
      for (const choice of objectsOf(event["choices"])) {
        const index = Number(choice["index"] ?? 0);
        const known = choices.get(index) ?? {
          answer: new StreamedAnswer(),
          finishReason: undefined,
        };
        choices.set(index, known);
        addPiece(known, choice);
      }
    }
    const ordered = [...choices].toSorted(([a], [b]) => a - b).map(([, choice]) => choice);
    const finishReasons = ordered.flatMap((choice) => choice.finishReason ?? []);
    return {
      ...factsOf(facts),
      ...outputOf(ordered.flatMap(({ answer }) => answer.messages())),
      finishReasons,
      isWhole: isDone || (ordered.length > 0 && finishReasons.length === ordered.length),
    };
  },
};

const outputOf = (messages: readonly Message[]): Pick<WireAnswer, "output"> =>
  messages.length === 0 ? {} : { output: messages };

const factsOf = (body: JsonObject): Omit<WireAnswer, "finishReasons" | "isWhole"> => ({
  ...commonFacts(body),
  ...usageOf(body["usage"]),
});

/** A choice that comes in pieces. */
interface StreamedChoice {
  readonly answer: StreamedAnswer;
  finishReason: string | undefined;
}

function addPiece(choice: StreamedChoice, piece: JsonObject): void {
  const { finish_reason: reason, text, delta } = piece;
  if (typeof reason === "string") choice.finishReason = reason;
  if (typeof text === "string") choice.answer.text(text);
  if (!isObject(delta)) return;
  readDelta(delta, choice.answer);
  for (const call of objectsOf(delta["tool_calls"])) choice.answer.callPiece(callPieceOf(call));
}

/** Reads what a piece of an answer says and thinks. What a model declines to say is what it said. */
export function readDelta(delta: JsonObject, into: MessageParts): void {
  into.reasoning(reasoningText(delta["reasoning_content"] ?? delta["reasoning"]));
  readContent(delta["content"] ?? delta["refusal"], into);
}

/** A piece of a call of a tool. */
export function callPieceOf({ index, id, function: inner }: JsonObject): CallPiece {
  const { name, arguments: given } = fieldsOf(inner);
  return { index, id, name, ...(typeof given === "string" ? { piece: given } : { value: given }) };
}
