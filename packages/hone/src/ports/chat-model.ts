/** The chat models that agents use: messages in, one message out. */
import type { ConversationSettings, Message, ToolCall } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { ToolChoice, ToolDefinition } from "../core/tools.ts";
import type { LanguageModelVersion, PolicyLanguageModel } from "./language-model.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** Options of one call of a chat model. */
export interface ChatOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal;
  /** Tokens of the reply at most. Default: the model's own limit. */
  readonly maxTokens?: number;
  /** Temperature of sampling; 0 takes the likeliest token. Default: the model's own. */
  readonly temperature?: number;
  /** Keep the smallest set of tokens whose probability reaches this share, above 0 to 1. Default: the model's own. */
  readonly topP?: number;
  /** Keep the k likeliest tokens; 0 keeps all. Default: the model's own. */
  readonly topK?: number;
  /** Keep tokens at least this share as likely as the likeliest. Default: the model's own. */
  readonly minP?: number;
  /** Texts that end the reply. The first of them that is sampled, and what stands behind it, is not in the reply. Default none. */
  readonly stopStrings?: readonly string[];
  /** Decides every draw of the call. Default: a seed made of the rollout's and the call's number. */
  readonly seed?: number;
  /** The agent that asks, where several share one policy: it is recorded with the turn, and credit can go by it. Default: none. */
  readonly agent?: string;
  /** Tools that the model may call. Not beside `settings.tools`. Default none. */
  readonly tools?: readonly ToolDefinition[];
  /** Whether it may or must call one. Default "auto". */
  readonly toolChoice?: ToolChoice;
  /**
   * The form that the reply is bound to, such as JSON of a schema. It holds from the reply's first token, so that the model does
   * not think first. Not beside tools, unless `toolChoice` is "none". Default: the model writes what it wants.
   */
  readonly responseFormat?: ResponseFormat;
  /** What the conversation says besides its messages, such as its tools as a file wrote them. Default: nothing. */
  readonly settings?: ConversationSettings;
}

/** More of what a model thinks or says. */
export interface ChatTextPart {
  /** "reasoning" is what it thinks, "text" what it says. */
  readonly type: "reasoning" | "text";
  /** What is new since the last part of this type; whole characters. */
  readonly text: string;
}

/** A tool call of a streamed reply, whole. */
export interface ChatToolCallPart {
  /** Tells this part from the others. */
  readonly type: "toolCall";
  /** The call, as it is in the reply's `toolCalls`. */
  readonly call: ToolCall;
}

/** The end of a streamed reply. */
export interface ChatTurnPart {
  /** Tells this part from the others. */
  readonly type: "turn";
  /** The recorded turn: its `reply` is what all parts say together. */
  readonly turn: Turn;
}

/**
 * A piece of a reply that is streamed: more of what the model thinks ("reasoning") or says ("text"), a whole tool call, or,
 * at the end, the recorded turn, whose reply equals all pieces before it together.
 */
export type ChatPart = ChatTextPart | ChatToolCallPart | ChatTurnPart;

/** A model that answers conversations. An agent is given one; it is the policy that is trained. */
export interface ChatModel {
  /** Answers a conversation with the assistant's next message. */
  chat(messages: readonly Message[], options?: ChatOptions): Promise<Message>;
}

/** A chat model that records every call with its tokens; each rollout has its own. */
export interface RecordingChatModel extends ChatModel {
  /** The calls that were answered, in the order they were made. */
  readonly turns: readonly Turn[];
  /**
   * Answers a conversation as `chat` does, and gives the reply piece by piece as it is sampled: never half a character, never
   * a template's marks. The last piece is the recorded turn. Where the iteration is stopped, sampling ends at once, and the
   * call leaves no turn.
   * @throws as `chat`, from the iteration
   * @example
   * for await (const part of model.stream(messages)) if (part.type === "text") process.stdout.write(part.text);
   */
  stream(messages: readonly Message[], options?: ChatOptions): AsyncIterable<ChatPart>;
  /**
   * This model as a language model of the AI SDK; its calls are recorded as those of `chat`.
   *
   * @param version  of the SDK's provider interface. Default "v3", which AI SDK 6 and 7 take
   * @example await generateText({ model: policy.languageModel(), prompt: "solve 3x + 7 = 16" });
   */
  languageModel<Version extends LanguageModelVersion = "v3">(
    version?: Version,
  ): PolicyLanguageModel<Version>;
  /** True when this error was thrown by the model (the policy failed, or a prompt does not fit), not by the agent's code. */
  isPolicyError(error: unknown): boolean;
}

/** What a factory needs to make the chat model of one rollout. */
export interface ChatModelRequest {
  /** The weights to sample from. */
  readonly policy: SamplingClient;
  /** Seed of the rollout. Each call samples with a seed made of it and the call's number. */
  readonly seed: number;
  /** Samples all calls at this temperature (0 is greedy) instead of the configured one. */
  readonly temperature?: number;
  /** Aborts every call. */
  readonly signal?: AbortSignal;
}

/** Makes the chat model of one rollout. How it renders and samples is decided where the factory is made. */
export type ChatModelFactory = (request: ChatModelRequest) => RecordingChatModel;
