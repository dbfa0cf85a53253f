/** A model by its name, opened for a conversation: what `hone chat` runs. */
import {
  type ChatReply,
  Conversation,
  type ConversationOptions,
} from "../../agents/conversation.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../models/find-model.ts";
import { openOptions, openFound } from "../models/open-found.ts";

/** The model and how it answers. */
export interface ChatOptions extends FindModelOptions, ConversationOptions {
  /** A folder, a run, or a Hugging Face id. */
  readonly model: string;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/** An open model and one conversation with it. */
export interface ChatSession {
  readonly found: FoundModel;
  readonly parameterCount: number;
  /** Maximum number of tokens of a prompt and its reply together. */
  readonly contextLength: number;
  /** As `Conversation.say`. */
  say(text: string, onText: (piece: string) => void, signal?: AbortSignal): Promise<ChatReply>;
  /** Forgets the conversation. */
  reset(): void;
  close(): Promise<void>;
}

/** Opens a model for a conversation. Errors as `findModel` and `openFound`. */
export async function openChat(options: ChatOptions): Promise<ChatSession> {
  const found = await findModel(options.model, options);
  const { engine, policy } = await openFound(found, openOptions(options));
  const { contextLength } = engine.architecture;
  const conversation = new Conversation(
    { policy, renderer: engine.renderer, contextLength },
    options,
  );
  return {
    found,
    parameterCount: engine.parameterCount,
    contextLength,
    say: (text, onText, stop) => conversation.say(text, onText, stop),
    reset: () => conversation.reset(),
    close: () => engine.close(),
  };
}
