/** Runs the replies of a request side by side and gives their pieces as they come. */
import { randomBits } from "../core/random.ts";
import type { Turn } from "../core/rollout.ts";
import type { ChatPart, RecordingChatModel } from "../ports/chat-model.ts";
import { merged } from "./merged.ts";
import type { ChatRequest } from "./requests/chat-request.ts";
import type { RunningRequest } from "./running-requests.ts";
import { inTurns } from "./work-turns.ts";

/** A piece of one of several replies. */
export interface ChoicePart {
  /** Which reply, from 0. */
  readonly choice: number;
  readonly part: ChatPart;
}

/**
 * The pieces of all replies to a request. Each reply ends with its turn.
 * @param model    the chat model, in which every reply is a call
 * @param running  the request: its signal ends all of them, and each piece comes in a turn of it
 */
export async function* generate(
  model: RecordingChatModel,
  request: ChatRequest,
  { signal, turn }: Pick<RunningRequest, "signal" | "turn">,
): AsyncGenerator<ChoicePart> {
  const replies = Array.from({ length: request.choices }, (_, choice) =>
    reply(model, request, { choice, signal }),
  );
  for await (const { index, value } of inTurns(merged(replies), turn)) {
    yield { choice: index, part: value };
  }
}

async function* reply(
  model: RecordingChatModel,
  { messages, options, isOneCall }: ChatRequest,
  { choice, signal }: { readonly choice: number; readonly signal: AbortSignal },
): AsyncGenerator<ChatPart> {
  const own = choiceSeed(options.seed, choice);
  let callCount = 0;
  for await (const part of model.stream(messages, { ...options, ...own, signal })) {
    if (part.type === "toolCall" && ++callCount > 1 && isOneCall) continue;
    yield part.type === "turn" && isOneCall ? { ...part, turn: withOneCall(part.turn) } : part;
  }
}

/** The seed of one of several replies, which differ also where the request names a seed. */
const choiceSeed = (seed: number | undefined, choice: number): { readonly seed?: number } =>
  seed === undefined || choice === 0 ? {} : { seed: randomBits(seed, "choice", choice) };

/** The turn with the first tool call of its reply only; its tokens stay as they were sampled. */
function withOneCall(turn: Turn): Turn {
  const { toolCalls = [] } = turn.reply;
  if (toolCalls.length < 2) return turn;
  return { ...turn, reply: { ...turn.reply, toolCalls: toolCalls.slice(0, 1) } };
}

/** The turns of all replies, in their order. Errors as the pieces' */
export async function turnsOf(parts: AsyncIterable<ChoicePart>): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for await (const { choice, part } of parts) if (part.type === "turn") turns[choice] = part.turn;
  return turns;
}
