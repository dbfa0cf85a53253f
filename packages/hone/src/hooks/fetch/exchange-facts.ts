/** What an exchange with a model puts into spans: at the start, at the end, and its raw bodies. */
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { SpanEnd, SpanStart } from "../../ports/tracer.ts";
import type { WireAnswer, WireRequest } from "../../messages/wires/wire.ts";
import { serverOf } from "./endpoints.ts";
import type { Ended } from "./exchange-state.ts";
import type { Verdict } from "./verdict.ts";

export type Attributes = Readonly<Record<string, JsonValue>>;

/** The start of the span of a request. */
export function promptStart(
  request: WireRequest,
  address: string,
  startedAt: number,
): SpanStart<"prompt"> {
  const { provider, attributes } = serverOf(address);
  const { model, input } = request;
  return {
    kind: "prompt",
    name: model === undefined ? "chat" : `chat ${model}`,
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
      ...(received.kind === "body"
        ? { "hone.first_chunk_ms": Math.round(1000 * (received.firstAt - startedAt)) / 1000 }
        : {}),
      ...(isStopped ? { "hone.stopped": "by the consumer" } : {}),
      ...(end.how === "unseen" ? { "hone.response.unseen": true } : {}),
      ...(end.how === "exited" && !isOver ? { "hone.unfinished": "cancelled" } : {}),
      ...bodies,
    },
  };
}
