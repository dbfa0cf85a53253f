/** Messages in, message out: what agent code is handed. */
import type { Message } from "../core/message.ts";

export interface ChatOptions {
  readonly signal?: AbortSignal;
  readonly maxTokens?: number;
  readonly temperature?: number;
}

export interface ChatModel {
  chat(messages: readonly Message[], options?: ChatOptions): Promise<Message>;
}
