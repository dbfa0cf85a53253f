/** Reads the bodies of an exchange with a model, and makes of them what its span holds. */
import { type JsonObject, type JsonValue, parsedObject } from "../../core/json.ts";
import type { SpanEnd, SpanStart } from "../../ports/tracer.ts";
import { safely } from "../../recording/safely.ts";
import { readEventStream } from "../../messages/wires/event-stream.ts";
import type { Wire, WireAnswer, WireRequest } from "../../messages/wires/wire.ts";
import { serverOf } from "./endpoints.ts";
import type { Asked, Ended, Received } from "./exchange-state.ts";
import type { Verdict } from "./verdict.ts";

export type Attributes = Readonly<Record<string, JsonValue>>;

/** The body of a request; undefined where it asks no model. */
export function readAsked(wire: Wire, text: string | undefined): Asked | undefined {
  if (text === undefined) return undefined;
  const body = parsedObject(text);
  const request = body && wire.request(body);
  return request && { text, body, request };
}

/** The body of a response as a value where it is JSON, and the model's answer in it. */
export interface ReadResponse {
  readonly body: JsonObject | string;
  readonly answer: WireAnswer | undefined;
}

export function readResponse(wire: Wire, text: string, isStream: boolean): ReadResponse {
  const body = isStream ? undefined : parsedObject(text);
  const answer = safely(() => {
    if (body !== undefined) return wire.answer(body);
    if (!isStream) return undefined;
    const { events, isDone } = readEventStream(text);
    return wire.streamed(events, isDone);
  });
  return { body: (body && wire.keptAnswer?.(body)) ?? body ?? text, answer };
}

/** The start of the span of a request. */
export function promptStart(
  request: WireRequest,
  address: string,
  startedAt: number,
): SpanStart<"prompt"> {
  const { provider, attributes } = serverOf(address);
  const { model, input } = request;
  const isEmbedding = request.attributes["gen_ai.operation.name"] === "embeddings";
  const operation = isEmbedding ? "embeddings" : "chat";
  return {
    kind: "prompt",
    name: model === undefined ? operation : `${operation} ${model}`,
    input,
    startedAt,
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    attributes: { ...request.attributes, ...attributes },
  };
}

/** The bodies of a request and its response; JSON as a value, so that secrets are known by the names of their fields. */
export function rawBodies(bodies: {
  readonly request: JsonObject;
  readonly response: JsonObject | string;
  readonly status: number | undefined;
  /** How many bytes of the response were kept, where that is not all. */
  readonly cutAt: number | undefined;
}): Attributes {
  const { request, response, status, cutAt } = bodies;
  return {
    "http.request.body": request as JsonValue,
    ...(response === "" ? {} : { "http.response.body": response as JsonValue }),
    ...(status === undefined ? {} : { "http.response.status_code": status }),
    ...(cutAt === undefined ? {} : { "hone.response.kept": cutAt }),
  };
}

/** The time to the first byte of the body, in ms. */
export const firstChunkOf = (received: Received, startedAt: number): Attributes =>
  received.kind === "body"
    ? { "hone.first_chunk_ms": Math.round(1000 * (received.firstAt - startedAt)) / 1000 }
    : {};

/** What is known of an exchange at its end. */
export interface ExchangeResult {
  readonly startedAt: number;
  readonly ended: Ended;
  readonly answer: WireAnswer | undefined;
  readonly verdict: Verdict;
  readonly bodies: Attributes;
}

/** The end of the span of a request. */
export function promptEnd({
  startedAt,
  ended,
  answer,
  verdict,
  bodies,
}: ExchangeResult): SpanEnd<"prompt"> {
  const { output, model, usage, id, finishReasons = [] } = answer ?? {};
  const { isOver, error } = verdict;
  const { end, endedAt, received } = ended;
  const isStopped = end.how === "stopped" && !isOver && error === undefined;
  return {
    endedAt,
    ...(output === undefined ? {} : { output }),
    ...(usage === undefined ? {} : { usage }),
    ...(error === undefined ? {} : { error }),
    attributes: {
      ...(id === undefined ? {} : { "gen_ai.response.id": id }),
      ...(model === undefined ? {} : { "gen_ai.response.model": model }),
      ...(finishReasons.length === 0 ? {} : { "gen_ai.response.finish_reasons": finishReasons }),
      ...firstChunkOf(received, startedAt),
      ...(isStopped ? { "hone.stopped": "by the consumer" } : {}),
      ...(end.how === "unseen" ? { "hone.response.unseen": true } : {}),
      ...(end.how === "exited" && !isOver ? { "hone.unfinished": "cancelled" } : {}),
      ...bodies,
    },
  };
}
