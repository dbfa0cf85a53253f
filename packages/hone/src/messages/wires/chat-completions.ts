/** OpenAI's Chat Completions and its older Completions, which most providers and local servers also speak. */
import { isObject, type JsonObject, type JsonValue, objectsOf } from "../../core/json.ts";
import { foreignMessages } from "../read-messages.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import { tokenUsage } from "../token-usage.ts";
import {
  plainContent,
  askedFor,
  textField,
  type ToolResult,
  type Wire,
  type WireAnswer,
  wireError,
} from "./wire.ts";

export const chatCompletions: Wire = {
  request(body) {
    const { messages, prompt, model } = body;
    if (!Array.isArray(messages) && typeof prompt !== "string") return undefined;
    const input = (messages ?? prompt) as JsonValue;
    return {
      ...textField("model", model),
      input: foreignMessages(input, "user").text,
      attributes: askedFor(body),
      results: resultsOf(objectsOf(messages)),
    };
  },

  answer(body) {
    const choices = objectsOf(body["choices"]);
    return {
      ...factsOf(body),
      ...outputOf(
        choices.flatMap((choice) =>
          isObject(choice["message"])
            ? messageOf(choice["message"])
            : typeof choice["text"] === "string"
              ? { role: "assistant" as const, content: choice["text"] }
              : [],
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
        const known = choices.get(index) ?? new StreamedChoice();
        choices.set(index, known);
        known.add(choice);
      }
    }
    const ordered = [...choices].toSorted(([a], [b]) => a - b).map(([, choice]) => choice);
    const finishReasons = ordered.flatMap((choice) => choice.finishReason ?? []);
    return {
      ...factsOf(facts),
      ...outputOf(ordered.map((choice) => choice.message())),
      finishReasons,
      isWhole: isDone || (ordered.length > 0 && finishReasons.length === ordered.length),
    };
  },
};

const outputOf = (messages: readonly Message[]): Pick<WireAnswer, "output"> =>
  messages.length === 0 ? {} : { output: messages };

function factsOf(body: JsonObject): Omit<WireAnswer, "finishReasons" | "isWhole"> {
  const usage = isObject(body["usage"]) ? body["usage"] : {};
  const given = isObject(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const made = isObject(usage["completion_tokens_details"])
    ? usage["completion_tokens_details"]
    : {};
  const error = wireError(body);
  return {
    ...textField("id", body["id"]),
    ...textField("model", body["model"]),
    ...tokenUsage(usage["prompt_tokens"], usage["completion_tokens"], {
      reasoning: made["reasoning_tokens"],
      cached: given["cached_tokens"],
    }),
    ...(error === undefined ? {} : { error }),
  };
}

/** What a model declines to say is what it said. */
function messageOf(given: JsonObject): Message[] {
  const { refusal, content } = given;
  const said = typeof refusal === "string" && content === null ? refusal : content;
  const { role, reasoning_content, reasoning, tool_calls } = given;
  const known = { role, content: said, reasoning_content, reasoning, tool_calls };
  const { text } = foreignMessages([known as JsonValue], "assistant");
  return typeof text === "string" ? [] : [...text];
}

function resultsOf(messages: readonly JsonObject[]): Map<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const { role, tool_call_id: id, content } of messages) {
    if (role !== "tool" || typeof id !== "string") continue;
    results.set(id, { value: plainContent(content), isError: false });
  }
  return results;
}

/** A choice put together from its pieces. */
class StreamedChoice {
  finishReason: string | undefined;
  readonly #said: string[] = [];
  readonly #thought: string[] = [];
  readonly #calls = new Map<number, { id: string; name: string; pieces: string[] }>();

  add(choice: JsonObject): void {
    if (typeof choice["finish_reason"] === "string") this.finishReason = choice["finish_reason"];
    if (typeof choice["text"] === "string") this.#said.push(choice["text"]);
    const { delta } = choice;
    if (!isObject(delta)) return;
    const said = delta["content"] ?? delta["refusal"];
    if (typeof said === "string") this.#said.push(said);
    const thought = delta["reasoning_content"] ?? delta["reasoning"];
    if (typeof thought === "string") this.#thought.push(thought);
    for (const call of objectsOf(delta["tool_calls"])) this.#piece(call);
  }

  #piece(call: JsonObject): void {
    const index = Number(call["index"] ?? 0);
    const known = this.#calls.get(index) ?? { id: "", name: "", pieces: [] };
    this.#calls.set(index, known);
    const given = isObject(call["function"]) ? call["function"] : {};
    if (typeof call["id"] === "string") known.id = call["id"];
    if (typeof given["name"] === "string") known.name += given["name"];
    if (typeof given["arguments"] === "string") known.pieces.push(given["arguments"]);
  }

  message(): Message {
    const toolCalls: ToolCall[] = [...this.#calls.values()].map(({ id, name, pieces }) => ({
      id,
      name,
      arguments: pieces.join(""),
    }));
    return {
      role: "assistant",
      content: this.#said.join(""),
      ...(this.#thought.length === 0 ? {} : { reasoning: this.#thought.join("") }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    };
  }
}
