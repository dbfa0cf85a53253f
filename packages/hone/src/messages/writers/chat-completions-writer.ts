/** Writes answers of OpenAI's Chat Completions: whole ones, and the chunks of a stream. */
import type { ToolCall } from "../../core/message.ts";
import type { Turn } from "../../core/rollout.ts";

/** What the answers of one request have in common. */
export interface CompletionHead {
  /** Names the answer, such as "chatcmpl-…". */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The model's name as the request gave it. */
  readonly model: string;
}

/** A sampled token with its log-prob, as OpenAI writes it. */
export interface WrittenLogProb {
  readonly token: string;
  readonly logprob: number;
  /** The bytes of its text; null for a part of a character whose bytes are not known. */
  readonly bytes: readonly number[] | null;
  readonly top_logprobs: readonly never[];
}

/** One reply of an answer. */
export interface WrittenReply {
  readonly turn: Turn;
  /** The log-probs of its tokens, where they were asked for. */
  readonly logProbs?: readonly WrittenLogProb[];
  /** Whether token ids were asked for. */
  readonly withTokenIds: boolean;
}

/** How many tokens an answer took. */
export interface WrittenUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** The usage of the replies to one prompt, which counts once. */
function usageOfTurns(turns: readonly Turn[]): WrittenUsage {
  const prompt = turns[0]?.promptTokens.length ?? 0;
  const completion = turns.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

/** The whole answer to a request. */
export function writeChatCompletion(
  head: CompletionHead,
  replies: readonly WrittenReply[],
): object {
  const first = replies[0];
  return {
    ...head,
    object: "chat.completion",
    choices: replies.map(writeChoice),
    usage: usageOfTurns(replies.map(({ turn }) => turn)),
    ...(first?.withTokenIds === true && { prompt_token_ids: first.turn.promptTokens }),
  };
}

function writeChoice(reply: WrittenReply, index: number): object {
  const { turn, logProbs } = reply;
  const { content, reasoning, toolCalls = [] } = turn.reply;
  return {
    index,
    message: {
      role: "assistant",
      content: content === "" && toolCalls.length > 0 ? null : content,
      refusal: null,
      ...(reasoning !== undefined && { reasoning_content: reasoning }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(writeCall) }),
    },
    logprobs: logProbs === undefined ? null : { content: logProbs, refusal: null },
    finish_reason: finishReason(turn),
    ...(reply.withTokenIds && { token_ids: turn.tokens }),
  };
}

const writeCall = ({ id, name, arguments: text }: ToolCall): object => ({
  id,
  type: "function",
  function: { name, arguments: text },
});

/** Why a reply ended, by OpenAI's name. */
function finishReason({ stopReason, reply }: Turn): "stop" | "length" | "tool_calls" {
  if (stopReason === "length") return "length";
  return (reply.toolCalls ?? []).length > 0 ? "tool_calls" : "stop";
}

/** Writes the chunks of a stream. One writer for each request. */
export class ChatChunkWriter {
  readonly #head: CompletionHead;
  readonly #withUsage: boolean;
  /** How many tool calls each reply has so far. */
  readonly #callCounts = new Map<number, number>();

  /** @param withUsage  whether a chunk with the usage comes last, so that every chunk has the field */
  constructor(head: CompletionHead, withUsage: boolean) {
    this.#head = head;
    this.#withUsage = withUsage;
  }

  /** The first chunk of a reply. */
  start(index: number): object {
    return this.#chunk(index, { role: "assistant", content: "" });
  }

  text(index: number, text: string): object {
    return this.#chunk(index, { content: text });
  }

  reasoning(index: number, text: string): object {
    return this.#chunk(index, { reasoning_content: text });
  }

  /** A whole tool call. */
  call(index: number, call: ToolCall): object {
    const number = this.#callCounts.get(index) ?? 0;
    this.#callCounts.set(index, number + 1);
    return this.#chunk(index, { tool_calls: [{ index: number, ...writeCall(call) }] });
  }

  /** The last chunk of a reply: why it ended, and all its log-probs and token ids where they were asked for. */
  end(index: number, { turn, logProbs, withTokenIds }: WrittenReply): object {
    return this.#chunk(
      index,
      {},
      {
        finish_reason: finishReason(turn),
        ...(logProbs !== undefined && { logprobs: { content: logProbs, refusal: null } }),
        ...(withTokenIds && { token_ids: turn.tokens, prompt_token_ids: turn.promptTokens }),
      },
    );
  }

  /** The chunk behind all replies. */
  usage(turns: readonly Turn[]): object {
    return { ...this.#frame(), choices: [], usage: usageOfTurns(turns) };
  }

  #chunk(index: number, delta: object, rest: object = {}): object {
    const choice = { index, delta, logprobs: null, finish_reason: null, ...rest };
    return { ...this.#frame(), choices: [choice], ...(this.#withUsage && { usage: null }) };
  }

  #frame(): object {
    return { ...this.#head, object: "chat.completion.chunk" };
  }
}
