/** What the dashboard asks of the models that people chat with. */
import type { z } from "@hono/zod-openapi";
import type { chatEvent, chatRequest } from "./chat-schemas.ts";

/** A conversation, the model that is to answer it, and how it samples. */
export type UiChatRequest = z.infer<typeof chatRequest>;
/** A piece of a reply, or how far the loading of its model is. */
export type UiChatEvent = z.infer<typeof chatEvent>;

/** Chats with the checkpoints of runs, where the server was started to allow them. One model is loaded at a time. */
export interface UiChats {
  /**
   * Answers a conversation. What goes wrong once the model is chosen is the last event.
   * @param signal  aborts when nobody reads the reply any more
   * @throws RUN_NOT_FOUND; UI_CHAT_BUSY while another model answers
   */
  answer(request: UiChatRequest, signal: AbortSignal): Promise<AsyncIterable<UiChatEvent>>;
}
