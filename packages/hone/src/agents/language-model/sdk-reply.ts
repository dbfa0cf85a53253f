/** Writes a recorded turn as the AI SDK reads replies, whole and in pieces. */
import type { ToolCall } from "../../core/message.ts";
import type { Turn } from "../../core/rollout.ts";
import type { ChatPart } from "../../ports/chat-model.ts";
import type {
  LanguageModelContent,
  LanguageModelFinish,
  LanguageModelMetadata,
  LanguageModelStreamPart,
  LanguageModelToolCall,
  LanguageModelUsage,
} from "../../ports/language-model.ts";

/** What stands at the end of a reply, whole or streamed. */
export interface ReplyEnd {
  readonly finishReason: LanguageModelFinish;
  readonly usage: LanguageModelUsage;
  readonly providerMetadata: LanguageModelMetadata;
}

/** The parts of a reply. */
export function contentOf({ reply }: Turn): LanguageModelContent[] {
  const { reasoning = "", content, toolCalls = [] } = reply;
  return [
    ...(reasoning === "" ? [] : [{ type: "reasoning" as const, text: reasoning }]),
    ...(content === "" ? [] : [{ type: "text" as const, text: content }]),
    ...toolCalls.map(writtenCall),
  ];
}

const writtenCall = ({ id, name, arguments: input }: ToolCall): LanguageModelToolCall => ({
  type: "tool-call",
  toolCallId: id,
  toolName: name,
  input,
});

/** How a reply ended, with its tokens. */
export function endOf(turn: Turn): ReplyEnd {
  const { promptTokens, tokens, logProbs, samplingLogProbs, temperature, weightsVersion } = turn;
  const hone = {
    promptTokens: [...promptTokens],
    tokens: [...tokens],
    logProbs: [...logProbs],
    samplingLogProbs: [...samplingLogProbs],
    temperature,
    weightsVersion,
  };
  return {
    finishReason: { unified: finishOf(turn), raw: turn.stopReason },
    usage: {
      inputTokens: {
        ...{ total: promptTokens.length, noCache: undefined },
        ...{ cacheRead: undefined, cacheWrite: undefined },
      },
      outputTokens: { total: tokens.length, text: undefined, reasoning: undefined },
    },
    providerMetadata: { hone },
  };
}

/** A reply that reached its limit says so even where it holds calls: the last one may be cut. */
function finishOf({ reply, stopReason }: Turn): LanguageModelFinish["unified"] {
  if (stopReason === "length") return "length";
  return (reply.toolCalls ?? []).length > 0 ? "tool-calls" : "stop";
}

/** Writes the pieces of one reply, whose texts and thoughts the SDK wants opened and closed. */
export class StreamWriter {
  /** The open text or thought. */
  #open: { readonly type: "text" | "reasoning"; readonly id: string } | undefined;
  #count = 0;

  /** The SDK's pieces of one of ours. */
  write(part: ChatPart): LanguageModelStreamPart[] {
    if (part.type === "turn") return [...this.#close(), { type: "finish", ...endOf(part.turn) }];
    if (part.type === "toolCall") return [...this.#close(), ...callParts(part.call)];
    const { type, text } = part;
    const begun = this.#open?.type === type ? [] : [...this.#close(), this.#begin(type)];
    return [...begun, { type: `${type}-delta`, id: this.#open!.id, delta: text }];
  }

  #begin(type: "text" | "reasoning"): LanguageModelStreamPart {
    const id = String(this.#count++);
    this.#open = { type, id };
    return { type: `${type}-start`, id };
  }

  #close(): LanguageModelStreamPart[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : [{ type: `${open.type}-end`, id: open.id }];
  }
}

const callParts = (call: ToolCall): LanguageModelStreamPart[] => [
  { type: "tool-input-start", id: call.id, toolName: call.name },
  { type: "tool-input-delta", id: call.id, delta: call.arguments },
  { type: "tool-input-end", id: call.id },
  writtenCall(call),
];
