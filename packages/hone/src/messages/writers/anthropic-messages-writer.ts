/** Writes answers of Anthropic's Messages: whole ones, and the events of a stream. */
import { parsedObject } from "../../core/json.ts";
import type { ToolCall } from "../../core/message.ts";
import type { Turn } from "../../core/rollout.ts";

/** What begins an answer. */
export interface MessageHead {
  /** Names the answer, such as "msg_…". */
  readonly id: string;
  /** The model's name as the request gave it. */
  readonly model: string;
}

/** An event of a stream, by its name. */
export interface WrittenEvent {
  readonly name: string;
  readonly data: object;
}

/**
 * The whole answer to a request.
 * @param stopSequence  the text that ended the reply; undefined where none did
 */
export function writeMessage(head: MessageHead, turn: Turn, stopSequence?: string): object {
  const { content, reasoning, toolCalls = [] } = turn.reply;
  return {
    ...frame(head),
    content: [
      ...(reasoning === undefined
        ? []
        : [{ type: "thinking", thinking: reasoning, signature: "" }]),
      ...(content === "" ? [] : [{ type: "text", text: content }]),
      ...toolCalls.map((call) => ({ ...toolUse(call), input: inputOf(call) })),
    ],
    ...ending(turn, stopSequence),
    usage: usage(turn),
  };
}

const frame = ({ id, model }: MessageHead): object => ({
  id,
  type: "message",
  role: "assistant",
  model,
});

const toolUse = ({ id, name }: ToolCall) => ({ type: "tool_use", id, name });

/** The arguments as an object; those that are none in the wrapping that Anthropic's documentation gives to invalid JSON. */
const inputOf = (call: ToolCall): object =>
  parsedObject(call.arguments) ?? { INVALID_JSON: call.arguments };

const usage = ({ promptTokens, tokens }: Turn): object => ({
  input_tokens: promptTokens.length,
  output_tokens: tokens.length,
});

function ending(turn: Turn, stopSequence: string | undefined): object {
  const isCall = (turn.reply.toolCalls ?? []).length > 0;
  const ended = stopSequence === undefined ? "end_turn" : "stop_sequence";
  const reason = turn.stopReason === "length" ? "max_tokens" : isCall ? "tool_use" : ended;
  const isSequence = reason === "stop_sequence";
  return { stop_reason: reason, stop_sequence: isSequence ? stopSequence : null };
}

/** What kinds of blocks pieces of text are added to. */
type OpenKind = "text" | "thinking";

const emptyBlocks = {
  text: { type: "text", text: "" },
  thinking: { type: "thinking", thinking: "", signature: "" },
} as const satisfies Readonly<Record<OpenKind, object>>;

/** Writes the events of one stream. */
export class MessageEventWriter {
  readonly #head: MessageHead;
  /** The number of the next block. */
  #index = 0;
  #open: OpenKind | undefined;

  constructor(head: MessageHead) {
    this.#head = head;
  }

  /** The first event. How many tokens the prompt has is known at the end only. */
  *start(): Generator<WrittenEvent> {
    const message = {
      ...frame(this.#head),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    };
    yield event("message_start", { message });
  }

  /** More text of what the model says or thinks. */
  *text(kind: OpenKind, text: string): Generator<WrittenEvent> {
    if (this.#open !== kind) {
      yield* this.#close();
      this.#open = kind;
      yield this.#begin(emptyBlocks[kind]);
    }
    const delta =
      kind === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text };
    yield event("content_block_delta", { index: this.#index, delta });
  }

  /** A whole tool call. */
  *call(call: ToolCall): Generator<WrittenEvent> {
    yield* this.#close();
    yield this.#begin({ ...toolUse(call), input: {} });
    const isObject = parsedObject(call.arguments) !== undefined;
    const json = isObject ? call.arguments : JSON.stringify(inputOf(call));
    const delta = { type: "input_json_delta", partial_json: json };
    yield event("content_block_delta", { index: this.#index, delta });
    yield event("content_block_stop", { index: this.#index++ });
  }

  /** The last events. */
  *end(turn: Turn, stopSequence?: string): Generator<WrittenEvent> {
    yield* this.#close();
    yield event("message_delta", { delta: ending(turn, stopSequence), usage: usage(turn) });
    yield event("message_stop", {});
  }

  #begin(block: object): WrittenEvent {
    return event("content_block_start", { index: this.#index, content_block: block });
  }

  *#close(): Generator<WrittenEvent> {
    if (this.#open === undefined) return;
    this.#open = undefined;
    yield event("content_block_stop", { index: this.#index++ });
  }
}

const event = (name: string, fields: object): WrittenEvent => ({
  name,
  data: { type: name, ...fields },
});
