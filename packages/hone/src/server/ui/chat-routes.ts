/** The endpoint of chats with the checkpoints of runs. */
import { createRoute } from "@hono/zod-openapi";
import { HoneError, messageOf } from "../../core/errors.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import type { UiChatEvent, UiChats } from "./chat-library.ts";
import { chatEvent, chatRequest } from "./chat-schemas.ts";
import { pageHeaders } from "./page-headers.ts";
import type { UiHono } from "./run-routes.ts";
import { problems } from "./ui-answers.ts";

const chatRoute = createRoute({
  method: "post",
  path: "/api/chat",
  summary:
    "Answers a conversation with a checkpoint of a run, as it is sampled; closing the request stops it",
  request: { body: { required: true, content: { "application/json": { schema: chatRequest } } } },
  responses: {
    200: {
      description: "server-sent events, each a ChatEvent; the last is `done` or `problem`",
      content: { "text/event-stream": { schema: chatEvent } },
    },
    ...problems,
  },
});

/** Puts the endpoint of chats into the app. Without `chats` it refuses. */
export function addChatRoutes(app: UiHono, chats: UiChats | undefined): void {
  app.openapi(chatRoute, async (c) => {
    if (chats === undefined) throw new HoneError("UI_CHAT_OFF", {});
    const over = new AbortController();
    const events = await chats.answer(c.req.valid("json"), over.signal);
    return eventStream(c, sent(events), () => over.abort(), pageHeaders);
  });
}

async function* sent(events: AsyncIterable<UiChatEvent>): AsyncGenerator<ServerEvent> {
  try {
    for await (const data of events) yield { data };
  } catch (error) {
    yield { data: { kind: "problem", code: "UI_FAILED", message: messageOf(error) } };
  }
}
