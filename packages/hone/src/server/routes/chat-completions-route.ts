/** POST /v1/chat/completions, as OpenAI has it. */
import type { Context } from "hono";
import type { Turn } from "../../core/rollout.ts";
import {
  ChatChunkWriter,
  type CompletionHead,
  writeChatCompletion,
  type WrittenReply,
} from "../../messages/writers/chat-completions-writer.ts";
import { restoredReplies } from "../../core/restored-replies.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import { type ChoicePart, generate, turnsOf } from "../generation.ts";
import { writtenLogProbs } from "../log-probs.ts";
import { fieldError, providerError } from "../provider-errors.ts";
import {
  type ChatCompletionsRequest,
  readChatCompletions,
} from "../requests/chat-completions-request.ts";
import { newAnswerId, secondsNow } from "./answer-ids.ts";
import {
  countTurns,
  drawnSeed,
  type ModelRequest,
  openRequest,
  type ServerParts,
} from "./route-context.ts";
import { begun } from "./begun-parts.ts";

/** Answers a request. @throws its errors, before anything is sent */
export async function chatCompletions(parts: ServerParts, c: Context): Promise<Response> {
  const opened = await openRequest(parts, c);
  try {
    const request = readChatCompletions(opened.body);
    if (request.withLogProbs && opened.model.decode === undefined) {
      throw fieldError("logprobs", "unsupported", "is not supported in a rollout");
    }
    const messages = restoredReplies(request.messages, opened.earlier);
    const model = opened.model.chat(request.options.seed ?? drawnSeed());
    const pieces = generate(model, { ...request, messages }, opened.running);
    const head = { id: newAnswerId("chatcmpl-"), created: secondsNow(), model: request.model };
    if (!request.isStream) {
      const turns = await turnsOf(pieces);
      countTurns(opened, turns);
      opened.end();
      return Response.json(writeChatCompletion(head, await written(turns, request, opened)));
    }
    const started = await begun(pieces);
    return eventStream(c, events({ head, request, opened, pieces: started }), opened.end);
  } catch (error) {
    opened.end();
    throw opened.running.cause(error);
  }
}

/** The turns with what the request wants to know of their tokens. */
const written = (
  turns: readonly Turn[],
  request: ChatCompletionsRequest,
  { model }: ModelRequest,
): Promise<WrittenReply[]> =>
  Promise.all(
    turns.map(async (turn) => ({
      turn,
      withTokenIds: request.withTokenIds,
      ...(request.withLogProbs &&
        model.decode !== undefined && {
          logProbs: await writtenLogProbs(turn, model.decode, model.tokenBytes),
        }),
    })),
  );

async function* events({
  head,
  request,
  opened,
  pieces,
}: {
  readonly head: CompletionHead;
  readonly request: ChatCompletionsRequest;
  readonly opened: ModelRequest;
  readonly pieces: AsyncIterable<ChoicePart>;
}): AsyncGenerator<ServerEvent> {
  const writer = new ChatChunkWriter(head, request.withUsage);
  const turns: Turn[] = [];
  try {
    for (let choice = 0; choice < request.choices; choice++) yield { data: writer.start(choice) };
    for await (const { choice, part } of pieces) {
      opened.running.first();
      if (part.type === "turn") {
        turns[choice] = part.turn;
        const [reply] = await written([part.turn], request, opened);
        yield { data: writer.end(choice, reply!) };
      } else if (part.type === "toolCall") yield { data: writer.call(choice, part.call) };
      else if (part.type === "text") yield { data: writer.text(choice, part.text) };
      else yield { data: writer.reasoning(choice, part.text) };
    }
    countTurns(opened, turns);
    if (request.withUsage) yield { data: writer.usage(turns) };
    yield { data: "[DONE]" };
  } catch (error) {
    yield { data: providerError(opened.running.cause(error), "openai").body };
  }
}
