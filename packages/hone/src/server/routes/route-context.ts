/** What the routes of a server share: opening the model of a request, running it, answering with an error. */
import { randomInt } from "node:crypto";
import type { Context } from "hono";
import { HoneError, isError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Turn } from "../../core/rollout.ts";
import { type ErrorWire, fieldError, isInternal, providerError } from "../provider-errors.ts";
import { jsonBody } from "../request-json.ts";
import type { ResponseMemory } from "../response-memory.ts";
import type { RolloutRegistry } from "../rollout-registry.ts";
import type { RequestLimits, RunningRequest, RunningRequests } from "../running-requests.ts";
import type { OpenModel, ServedModels } from "../served-models.ts";
import type { ServingMetrics } from "../serving-metrics.ts";
import type { Solving } from "../solving.ts";

/** The parts of a server. */
export interface ServerParts {
  readonly models: ServedModels;
  readonly rollouts: RolloutRegistry;
  readonly running: RunningRequests;
  /** Answers of the Responses API that may be referred to. */
  readonly memory: ResponseMemory;
  readonly metrics: ServingMetrics;
  /** Answers POST /solve; undefined where the server has no domain. */
  readonly solving?: Solving | undefined;
  readonly limits: RequestLimits;
  /** The key that senders must show; undefined: none is asked for. */
  readonly key: string | undefined;
  /** Called with errors that are the server's own fault. */
  readonly onError: (error: unknown) => void;
}

/** A request with its model, while it is worked on. */
export interface ModelRequest {
  readonly body: JsonObject;
  readonly model: OpenModel;
  /** The turns of the rollout that the request belongs to; none outside of rollouts. */
  readonly earlier: readonly Turn[];
  readonly running: RunningRequest;
  /** Counts tokens of a prompt and its replies. */
  count(promptTokens: number, sampledTokens: number): void;
  /** The request is over. Called again, it does nothing. */
  readonly end: () => void;
}

/** A seed for a request that names none. */
export const drawnSeed = (): number => randomInt(2 ** 32);

/** No known tokenizer has a token of more bytes, so a text of more than this for each token of the context cannot fit. */
const maxTokenBytes = 128;

/** Reads the body of a request and opens its model. @throws the errors of the request; nothing is open then */
export async function openRequest(parts: ServerParts, c: Context): Promise<ModelRequest> {
  const { running, rollouts, models, metrics, limits } = parts;
  const id = c.req.param("rollout");
  const rollout = id === undefined ? undefined : rollouts.get(id);
  const work = running.begin([
    c.req.raw.signal,
    ...(rollout === undefined ? [] : [rollout.stop.signal]),
  ]);
  let opened: OpenModel | undefined;
  const end = (): void => {
    work.end();
    opened?.release?.();
    opened = undefined;
  };
  try {
    const body = await jsonBody(c.req.raw, limits.bodyBytes);
    const name = body["model"];
    if (typeof name !== "string" || name === "") throw modelError(name);
    opened = rollout === undefined ? models.open(name) : rollout.model(name);
    checkSize(c, body, opened);
    return {
      body,
      model: opened,
      earlier: rollout?.turns.turns ?? [],
      running: work,
      end,
      count: (promptTokens, sampledTokens) => {
        const labels = { model: rollout === undefined ? name : "rollouts" };
        metrics.add("hone_prompt_tokens_total", labels, promptTokens);
        metrics.add("hone_sampled_tokens_total", labels, sampledTokens);
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

const modelError = (name: unknown): HoneError =>
  name === undefined || name === null
    ? fieldError("model", "missing", "is missing")
    : fieldError("model", "type", "is not the name of a model");

/** Refuses what cannot fit into the context before a tokenizer, which other requests wait for, is given it. */
function checkSize(c: Context, body: JsonObject, { contextLength = Infinity }: OpenModel): void {
  const { messages, input, prompt, system, instructions } = body;
  const declared = Number(c.req.header("content-length") ?? Infinity);
  if (declared <= contextLength * maxTokenBytes) return;
  const bytes = textBytes([messages, input, prompt, system, instructions]);
  if (bytes <= contextLength * maxTokenBytes) return;
  throw new HoneError("SERVE_PROMPT_TOO_LARGE", { bytes, contextLength });
}

/** Bytes of all texts in a value. */
function textBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + textBytes(one), 0);
}

/** Counts the tokens of the replies to one prompt. */
export function countTurns(opened: ModelRequest, turns: readonly Turn[]): void {
  const sampled = turns.reduce((sum, { tokens }) => sum + tokens.length, 0);
  opened.count(turns[0]?.promptTokens.length ?? 0, sampled);
}

/** The answer that says an error in the shape of a wire. */
export function errorResponse(parts: ServerParts, error: unknown, wire: ErrorWire): Response {
  if (isInternal(error)) parts.onError(error);
  const { status, body } = providerError(error, wire);
  const headers = new Headers();
  if (status === 429 || status === 503) headers.set("retry-after", "1");
  if (isError(error, "SERVE_METHOD_WRONG")) headers.set("allow", error.facts.allowed);
  return Response.json(body, { status, headers });
}
