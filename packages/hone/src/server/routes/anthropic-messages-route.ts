/** POST /v1/messages, as Anthropic has it. */
import type { Context } from "hono";
import { restoredReplies } from "../../core/restored-replies.ts";
import type { Turn } from "../../core/rollout.ts";
import {
  MessageEventWriter,
  type MessageHead,
  writeMessage,
} from "../../messages/writers/anthropic-messages-writer.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import { type ChoicePart, generate, turnsOf } from "../generation.ts";
import { providerError } from "../provider-errors.ts";
import { readAnthropicMessages } from "../requests/messages-request.ts";
import type { ChatRequest } from "../requests/chat-request.ts";
import { newAnswerId } from "./answer-ids.ts";
import { begun } from "./begun-parts.ts";
import {
  countTurns,
  drawnSeed,
  type ModelRequest,
  openRequest,
  type ServerParts,
} from "./route-context.ts";

/** Answers a request. @throws its errors, before anything is sent */
export async function anthropicMessages(parts: ServerParts, c: Context): Promise<Response> {
  const opened = await openRequest(parts, c);
  try {
    const request = readAnthropicMessages(opened.body);
    const messages = restoredReplies(request.messages, opened.earlier);
    const model = opened.model.chat(drawnSeed());
    const pieces = generate(model, { ...request, messages }, opened.running);
    const head = { id: newAnswerId("msg_"), model: request.model };
    if (!request.isStream) {
      const [turn] = await turnsOf(pieces);
      countTurns(opened, [turn!]);
      const stopSequence = await stopSequenceOf(turn!, request, opened);
      opened.end();
      return Response.json(writeMessage(head, turn!, stopSequence));
    }
    const started = await begun(pieces);
    return eventStream(c, events({ head, request, opened, pieces: started }), opened.end);
  } catch (error) {
    opened.end();
    throw opened.running.cause(error);
  }
}

async function* events({
  head,
  request,
  opened,
  pieces,
}: {
  readonly head: MessageHead;
  readonly request: ChatRequest;
  readonly opened: ModelRequest;
  readonly pieces: AsyncIterable<ChoicePart>;
}): AsyncGenerator<ServerEvent> {
  const writer = new MessageEventWriter(head);
  try {
    yield* writer.start();
    for await (const { part } of pieces) {
      opened.running.first();
      if (part.type === "turn") {
        countTurns(opened, [part.turn]);
        yield* writer.end(part.turn, await stopSequenceOf(part.turn, request, opened));
      } else if (part.type === "toolCall") yield* writer.call(part.call);
      else yield* writer.text(part.type === "text" ? "text" : "thinking", part.text);
    }
  } catch (error) {
    const { body } = providerError(opened.running.cause(error), "anthropic");
    yield { name: "error", data: body };
  }
}

/** The stop sequence that ended a reply: the first in what was sampled. Undefined where none did, or it cannot be known. */
async function stopSequenceOf(
  { stopReason, tokens }: Turn,
  { options }: ChatRequest,
  { model }: ModelRequest,
): Promise<string | undefined> {
  const { stopStrings = [] } = options;
  if (stopReason !== "stop" || stopStrings.length === 0) return undefined;
  const text = (await model.decode?.(tokens)) ?? "";
  const places = stopStrings
    .map((stop) => ({ stop, at: text.indexOf(stop) }))
    .filter(({ at }) => at >= 0);
  return places.toSorted((a, b) => a.at - b.at)[0]?.stop;
}
