/** The chat models that agents use: messages in, one message out. */
import type { ConversationSettings, Message } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** Options of one call of a chat model. */
export interface ChatOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal;
  /** Tokens of the reply at most. Default: the model's own limit. */
  readonly maxTokens?: number;
  /** Temperature of sampling; 0 takes the likeliest token. Default: the model's own. */
  readonly temperature?: number;
  /** What the conversation says besides its messages, such as its tools. Default: nothing. */
  readonly settings?: ConversationSettings;
}

/** A model that answers conversations. An agent is given one; it is the policy that is trained. */
export interface ChatModel {
  /** Answers a conversation with the assistant's next message. */
  chat(messages: readonly Message[], options?: ChatOptions): Promise<Message>;
}

/** A chat model that records every call with its tokens; each rollout has its own. */
export interface RecordingChatModel extends ChatModel {
  /** The calls that were answered, in the order they were made. */
  readonly turns: readonly Turn[];
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
