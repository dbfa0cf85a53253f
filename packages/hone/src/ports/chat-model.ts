/** Messages in, message out: what agent code is handed. */
import type { Message } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

export interface ChatOptions {
  readonly signal?: AbortSignal;
  readonly maxTokens?: number;
  readonly temperature?: number;
}

export interface ChatModel {
  chat(messages: readonly Message[], options?: ChatOptions): Promise<Message>;
}

/** A chat model that keeps every call with its tokens; one per rollout. */
export interface RecordingChatModel extends ChatModel {
  /** The calls that were answered, in the order they were made. */
  readonly turns: readonly Turn[];
  /** True when the model's side threw this error: the policy, or a prompt that does not fit. */
  isPolicyError(error: unknown): boolean;
}

export interface ChatModelRequest {
  readonly policy: SamplingClient;
  /** Decides every draw, together with the call's number. */
  readonly seed: number;
  /** Samples all calls at this temperature (0 is greedy) instead of the configured one. */
  readonly temperature?: number;
  /** Aborts every call. */
  readonly signal?: AbortSignal;
}

/** Makes the chat model of a rollout; how it renders and samples was decided when the factory was made. */
export type ChatModelFactory = (request: ChatModelRequest) => RecordingChatModel;
