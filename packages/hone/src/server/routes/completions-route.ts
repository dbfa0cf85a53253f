/** POST /v1/completions, as OpenAI has it: plain text continued, without a chat template. */
import type { Context } from "hono";
import { HoneError } from "../../core/errors.ts";
import { cutsSampling } from "../../core/kept-tokens.ts";
import { randomBits } from "../../core/random.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type {
  CompletionHead,
  WrittenUsage,
} from "../../messages/writers/chat-completions-writer.ts";
import { writeCompletion, type WrittenText } from "../../messages/writers/completions-writer.ts";
import { eventStream, type ServerEvent } from "../event-stream.ts";
import { writtenLogProbs } from "../log-probs.ts";
import { merged, type MergedValue } from "../merged.ts";
import { type PlainPiece, plainPieces } from "../plain-text.ts";
import { fieldError, providerError } from "../provider-errors.ts";
import { type CompletionsRequest, readCompletions } from "../requests/completions-request.ts";
import { newAnswerId, secondsNow } from "./answer-ids.ts";
import { begun } from "./begun-parts.ts";
import { drawnSeed, type ModelRequest, openRequest, type ServerParts } from "./route-context.ts";
import type { PlainModel } from "../served-models.ts";
import { inTurns } from "../work-turns.ts";

/** A request with everything that answers it. */
interface Answering {
  readonly head: CompletionHead;
  readonly request: CompletionsRequest;
  readonly opened: ModelRequest;
  readonly decode: (tokens: TokenIds) => Promise<string>;
  readonly prompts: readonly TokenIds[];
  /** Pieces of continuations; that of prompt p and choice c has the index p · choices + c. */
  readonly pieces: AsyncGenerator<MergedValue<PlainPiece>>;
}

/** Answers a request. @throws its errors, before anything is sent */
export async function completions(parts: ServerParts, c: Context): Promise<Response> {
  const opened = await openRequest(parts, c);
  try {
    const answering = await begin(opened);
    if (answering.request.isStream) {
      const pieces = await begun(answering.pieces);
      return eventStream(c, events(answering, pieces), opened.end);
    }
    const answer = await whole(answering);
    opened.end();
    return Response.json(answer);
  } catch (error) {
    opened.end();
    throw opened.running.cause(error);
  }
}

async function begin(opened: ModelRequest): Promise<Answering> {
  const request = readCompletions(opened.body);
  const { plain, decode } = opened.model;
  if (plain === undefined || decode === undefined) {
    const problem =
      "is not supported in a rollout, which records conversations: use chat completions";
    throw fieldError("prompt", "unsupported", problem);
  }
  const { prompts: given, params, choices, training, seed = drawnSeed() } = request;
  if (training !== undefined) demandWeights(training.weights, plain);
  const prompts = await Promise.all(
    given.map(async (prompt) => (typeof prompt === "string" ? plain.encode(prompt) : prompt)),
  );
  const streams = prompts.flatMap((prompt, p) =>
    Array.from({ length: choices }, (_, choice) =>
      plainPieces(plain, {
        prompt: fitting(prompt, opened),
        params: {
          ...params,
          ...(training !== undefined && cutsSampling(params) && { tellsKept: true }),
          ...(training?.format !== undefined && { format: training.format }),
          maxTokens: Math.min(params.maxTokens, roomBehind(prompt, opened)),
          stopTokens: plain.stopTokens,
          seed: training === undefined ? randomBits(seed, "completion", p, choice) : seed,
        },
        decode,
        signal: opened.running.signal,
      }),
    ),
  );
  const head = { id: newAnswerId("cmpl-"), created: secondsNow(), model: request.model };
  const pieces = inTurns(merged(streams), opened.running.turn);
  return { head, request, opened, decode, prompts, pieces };
}

/** @throws SERVE_WEIGHTS_DIFFER */
function demandWeights(wanted: string, { weightsHash }: PlainModel): void {
  if (weightsHash === wanted) return;
  throw new HoneError("SERVE_WEIGHTS_DIFFER", { wanted, found: weightsHash ?? "without a hash" });
}

const roomBehind = (prompt: TokenIds, { model }: ModelRequest): number =>
  (model.contextLength ?? Infinity) - prompt.length;

function fitting(prompt: TokenIds, opened: ModelRequest): TokenIds {
  if (prompt.length === 0) throw fieldError("prompt", "value", "has no tokens");
  if (roomBehind(prompt, opened) >= 1) return prompt;
  const { contextLength = Infinity } = opened.model;
  throw new HoneError("PROMPT_TOO_LONG", { promptTokens: prompt.length, contextLength });
}

async function whole(answering: Answering): Promise<object> {
  const { head, request, opened, prompts, pieces } = answering;
  const all = Array.from({ length: prompts.length * request.choices }, emptyPiece);
  for await (const { index, value } of pieces) all[index] = joined(all[index]!, value);
  const usage = usageOf(prompts, all);
  opened.count(usage.prompt_tokens, usage.completion_tokens);
  const texts = await Promise.all(all.map((piece, index) => writtenText(answering, index, piece)));
  return writeCompletion(head, texts, usage);
}

async function* events(
  answering: Answering,
  pieces: AsyncIterable<MergedValue<PlainPiece>>,
): AsyncGenerator<ServerEvent> {
  const { head, request, opened, prompts } = answering;
  const all = Array.from({ length: prompts.length * request.choices }, emptyPiece);
  const nullUsage = request.withUsage ? null : undefined;
  try {
    for await (const { index, value } of pieces) {
      opened.running.first();
      all[index] = joined(all[index]!, value);
      const text = await writtenText(answering, index, value);
      yield { data: writeCompletion(head, [text], nullUsage) };
    }
    const usage = usageOf(prompts, all);
    opened.count(usage.prompt_tokens, usage.completion_tokens);
    if (request.withUsage) yield { data: writeCompletion(head, [], usage) };
    yield { data: "[DONE]" };
  } catch (error) {
    yield { data: providerError(opened.running.cause(error), "openai").body };
  }
}

const emptyPiece = (): PlainPiece => ({
  text: "",
  tokens: [],
  logProbs: [],
  samplingLogProbs: [],
});

const joined = (a: PlainPiece, b: PlainPiece): PlainPiece => ({
  ...b,
  text: a.text + b.text,
  tokens: [...a.tokens, ...b.tokens],
  logProbs: [...a.logProbs, ...b.logProbs],
  samplingLogProbs: [...a.samplingLogProbs, ...b.samplingLogProbs],
  ...(b.kept !== undefined && { kept: [...(a.kept ?? []), ...b.kept] }),
});

async function writtenText(
  { request, opened, decode }: Answering,
  index: number,
  piece: PlainPiece,
): Promise<WrittenText> {
  const { text, tokens, stopReason } = piece;
  return {
    index,
    text,
    stopReason,
    logProbs: request.withLogProbs
      ? await writtenLogProbs(piece, decode, opened.model.tokenBytes)
      : undefined,
    tokens: request.withTokenIds ? tokens : undefined,
    training: request.training && { ...request.training, ...piece },
  };
}

function usageOf(prompts: readonly TokenIds[], texts: readonly PlainPiece[]): WrittenUsage {
  const prompt = prompts.reduce((sum, one) => sum + one.length, 0);
  const completion = texts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}
