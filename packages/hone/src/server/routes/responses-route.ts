/** POST /v1/responses, as OpenAI has it. */
import type { Context } from "hono";
import { fieldsOf } from "../../core/json.ts";
import { restoredReplies } from "../../core/restored-replies.ts";
import type { Turn } from "../../core/rollout.ts";
import { ResponseWriter } from "../../messages/writers/responses-writer.ts";
import type { WrittenEvent } from "../../messages/writers/anthropic-messages-writer.ts";
import { eventStream } from "../event-stream.ts";
import { type ChoicePart, generate } from "../generation.ts";
import { writtenLogProbs } from "../log-probs.ts";
import { fieldError, providerError } from "../provider-errors.ts";
import { readResponses, type ResponsesRequest } from "../requests/responses-request.ts";
import { newAnswerId, secondsNow } from "./answer-ids.ts";
import { begun } from "./begun-parts.ts";
import {
  countTurns,
  drawnSeed,
  type ModelRequest,
  openRequest,
  type ServerParts,
} from "./route-context.ts";

/** One request that is being answered. */
interface Answering {
  readonly parts: ServerParts;
  readonly id: string;
  readonly request: ResponsesRequest;
  readonly opened: ModelRequest;
  readonly writer: ResponseWriter;
}

/** Answers a request. @throws its errors, before anything is sent */
export async function responses(parts: ServerParts, c: Context): Promise<Response> {
  const opened = await openRequest(parts, c);
  try {
    const request = readResponses(opened.body, parts.memory);
    if (request.messages.length === 0) throw fieldError("input", "missing", "is missing or empty");
    if (request.withLogProbs && opened.model.decode === undefined) {
      throw fieldError(
        "include",
        "unsupported",
        "asks for log-probs, which a rollout does not give",
      );
    }
    const messages = restoredReplies(request.messages, opened.earlier);
    const model = opened.model.chat(drawnSeed());
    const pieces = generate(model, { ...request, messages }, opened.running);
    const { model: name, echoed } = request;
    const id = newAnswerId("resp_");
    const head = { id, created: secondsNow(), model: name, echoed, newId: newAnswerId };
    const answering = { parts, id, request, opened, writer: new ResponseWriter(head) };
    if (!request.isStream) {
      const answer = await whole(answering, pieces);
      opened.end();
      return answer;
    }
    return eventStream(c, events(answering, await begun(pieces)), opened.end);
  } catch (error) {
    opened.end();
    throw opened.running.cause(error);
  }
}

/** The whole answer: that of the last event. */
async function whole(answering: Answering, pieces: AsyncIterable<ChoicePart>): Promise<Response> {
  let last: WrittenEvent | undefined;
  for await (const event of written(answering, pieces)) last = event;
  return Response.json(fieldsOf(last?.data)["response"]);
}

async function* events(
  answering: Answering,
  pieces: AsyncIterable<ChoicePart>,
): AsyncGenerator<WrittenEvent> {
  const { opened, writer } = answering;
  try {
    yield* writer.start();
    yield* written(answering, pieces);
  } catch (error) {
    const { body } = providerError(opened.running.cause(error), "openai");
    const { message, code } = fieldsOf(fieldsOf(body)["error"]);
    yield writer.failed({ message: String(message), code: typeof code === "string" ? code : null });
  }
}

async function* written(
  { parts, id, request, opened, writer }: Answering,
  pieces: AsyncIterable<ChoicePart>,
): AsyncGenerator<WrittenEvent> {
  for await (const { part } of pieces) {
    opened.running.first();
    if (part.type === "turn") {
      countTurns(opened, [part.turn]);
      yield* writer.end(part.turn, await logProbsOf(part.turn, request, opened));
      if (request.isStored) parts.memory.add(id, request.items, writer.items);
    } else if (part.type === "toolCall") yield* writer.call(part.call);
    else yield* writer.text(part.type, part.text);
  }
}

async function logProbsOf(turn: Turn, { withLogProbs }: ResponsesRequest, { model }: ModelRequest) {
  return withLogProbs && model.decode !== undefined
    ? writtenLogProbs(turn, model.decode, model.tokenBytes)
    : undefined;
}
