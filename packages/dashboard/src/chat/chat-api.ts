/** The endpoint of chats, and the addresses of their pages. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { client, type Schemas, ServerAway, written } from "../api/client.ts";

export type ChatRequest = Schemas["ChatRequest"];
export type ChatEvent = Schemas["ChatEvent"];

/** The page that chats with a run as it ended, or with a checkpoint. */
export const chatHref = (run: string, checkpoint?: string): string =>
  `/runs/${encodeURIComponent(run)}/chat${checkpoint === undefined ? "" : `?${new URLSearchParams({ checkpoint })}`}`;

/** The command that does the same in a terminal. */
export const chatCommand = (folder: string, checkpoint?: string): string =>
  `npx hone chat ${folder}${checkpoint === undefined ? "" : ` --checkpoint ${checkpoint}`}`;

/**
 * The events of a reply as they come.
 * @throws ServerProblem where it is refused; ServerAway where the stream ends before the reply does
 */
export async function* replyEvents(
  body: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const stream = await written(() => client.POST("/api/chat", { body, signal, parseAs: "stream" }));
  if (stream === null) throw new ServerAway();
  const reader = stream
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { value, done } = await reader.read().catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new ServerAway();
    });
    if (done) throw new ServerAway();
    const event = JSON.parse(value.data) as ChatEvent;
    yield event;
    if (event.kind === "done" || event.kind === "problem") return;
  }
}
