/** One request to a model and its response, recorded: as a span of its own, or as the raw bodies of an SDK's. */
import type { Clock } from "../../../core/clock.ts";
import { messageOf } from "../../../core/errors.ts";
import { isObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { TraceError } from "../../../core/span.ts";
import type { OpenSpan } from "../../../ports/tracer.ts";
import { type ActiveTrace, activeTrace } from "../../trace-context.ts";
import { warnOnce } from "../../warn-once.ts";
import { serverOf } from "./endpoints.ts";
import type { HookTools } from "../hook-tools.ts";
import type { UnclaimedRequest } from "../model-calls.ts";
import type { TappedTrace, TappedTraces } from "./tapped-traces.ts";
import type { BodyListener } from "./watched-response.ts";
import { readEventStream } from "./wire/event-stream.ts";
import { type Wire, type WireAnswer, type WireRequest } from "./wire/wire.ts";

/** What all exchanges share. */
export interface TapState {
  readonly tools: HookTools;
  readonly clock: Clock;
  readonly traces: TappedTraces;
  /** Exchanges that are not over. */
  readonly open: Set<Exchange>;
  /** How often an SDK's call was sent, where more than once. */
  readonly sent: WeakMap<OpenSpan, number>;
  /** Bytes of bodies kept by all of them. */
  kept: number;
}

/** Bytes of response bodies that are kept: of one, and of all that are under way. */
const mostBytes = { each: 8_388_608, all: 67_108_864 };

/** Answers after which clients usually ask again. */
const retried = new Set([408, 409, 429]);

/** What is kept of a response: the platform watches whether anybody still holds it itself. */
interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly isStream: boolean;
}

/** How an exchange ended. */
type End =
  | { readonly how: "done" | "stopped" | "left" }
  | { readonly how: "failed"; readonly error: unknown };

export class Exchange implements BodyListener {
  readonly #state: TapState;
  readonly #wire: Wire;
  readonly #address: string;
  readonly #startedAt: number;
  readonly #around: ActiveTrace | undefined;
  readonly #sdk: OpenSpan<"prompt"> | undefined;
  readonly #unclaimed: UnclaimedRequest | undefined;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isCut = false;
  #text: string | undefined;
  #request: WireRequest | undefined;
  #span: OpenSpan<"prompt"> | undefined;
  #tapped: TappedTrace | undefined;
  #body: JsonObject | undefined;
  #response: ResponseHead | undefined;
  #firstAt: number | undefined;
  #end: End | undefined;

  /** Where it belongs is decided here, in the code that makes the request. */
  constructor(state: TapState, wire: Wire, address: string) {
    this.#state = state;
    this.#wire = wire;
    this.#address = address;
    this.#startedAt = state.clock();
    this.#around = activeTrace();
    this.#sdk = state.tools.calls.current();
    this.#unclaimed = this.#sdk === undefined ? state.tools.calls.unclaimed() : undefined;
    state.open.add(this);
  }

  /** The request's body. False when it asks no model after all. */
  request(text: string | undefined): boolean {
    this.#text = text;
    this.#request = this.#safely(() => this.#read(text));
    if (this.#request === undefined) {
      this.#state.open.delete(this);
      return false;
    }
    if (this.#sdk === undefined && this.#unclaimed === undefined) this.#begin();
    if (this.#end !== undefined) this.#finish(this.#end);
    return true;
  }

  response({ status, statusText, headers }: Response): void {
    const isStream = /event-stream/.test(headers.get("content-type") ?? "");
    this.#response = { status, statusText, isStream };
  }

  chunk(bytes: Uint8Array): void {
    this.#firstAt ??= this.#state.clock();
    const { kept } = this.#state;
    const size = bytes.byteLength;
    if (this.#size + size > mostBytes.each || kept + size > mostBytes.all) this.#isCut = true;
    if (this.#isCut) return;
    this.#chunks.push(bytes);
    this.#size += size;
    this.#state.kept += size;
  }

  done(): void {
    this.#over({ how: "done" });
  }

  stopped(): void {
    this.#over({ how: "stopped" });
  }

  failed(error: unknown): void {
    this.#over({ how: "failed", error });
  }

  /** The process ends. */
  left(): void {
    if (this.#end === undefined) this.#over({ how: "left" });
    else this.#unclaimed?.giveUp();
  }

  #over(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    // The request of some apps becomes readable only later.
    if (this.#request !== undefined) this.#finish(end);
  }

  #read(text: string | undefined): WireRequest | undefined {
    this.#body = text === undefined ? undefined : parsed(text);
    return this.#body === undefined ? undefined : this.#wire.request(this.#body);
  }

  #begin(): void {
    this.#safely(() => {
      const request = this.#request!;
      const around = this.#around;
      if (around === undefined) {
        this.#tapped = this.#state.traces.open(request, this.#text ?? "", this.#startedAt);
      }
      const { trace } = around ?? this.#tapped!;
      const parent = around?.span?.id;
      const { provider, attributes } = serverOf(this.#address);
      this.#span = trace.span({
        kind: "prompt",
        name: request.model === undefined ? "chat" : `chat ${request.model}`,
        input: request.input,
        startedAt: this.#startedAt,
        ...(request.model === undefined ? {} : { model: request.model }),
        ...(provider === undefined ? {} : { provider }),
        ...(parent === undefined || parent === "" ? {} : { parentId: parent }),
        attributes: { ...request.attributes, ...attributes },
      });
    });
  }

  #finish(end: End): void {
    this.#safely(() => {
      const text = new TextDecoder().decode(Buffer.concat(this.#chunks));
      this.#state.kept -= this.#size;
      this.#chunks.length = 0;
      const body = this.#response?.isStream === true ? undefined : parsed(text);
      const answer = this.#safely(() => this.#answer(text, body));
      const endedAt = this.#state.clock();
      const raw = this.#raw(body ?? text);
      const close = (span?: OpenSpan<"prompt">): void => {
        this.#state.open.delete(this);
        this.#safely(() => {
          if (span !== undefined) return this.#attach(span, raw);
          if (this.#unclaimed !== undefined) this.#begin();
          this.#record(end, answer, raw, endedAt);
        });
      };
      if (this.#unclaimed === undefined || end.how === "left") close(this.#sdk);
      else this.#unclaimed.settle(answer?.id, close);
    });
  }

  #answer(text: string, body: JsonObject | undefined): WireAnswer | undefined {
    if (body !== undefined) return this.#wire.answer(body);
    if (this.#response?.isStream !== true) return undefined;
    const { events, isDone } = readEventStream(text);
    return this.#wire.streamed(events, isDone);
  }

  /** The bodies, JSON as a value so that secrets are known by the names of their fields, and how it was carried. */
  #raw(response: JsonObject | string): Readonly<Record<string, JsonValue>> {
    const status = this.#response?.status;
    return {
      ...(this.#body === undefined ? {} : { "http.request.body": this.#body as JsonValue }),
      ...(response === "" ? {} : { "http.response.body": response as JsonValue }),
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      ...(this.#isCut ? { "hone.response.kept": this.#size } : {}),
    };
  }

  #attach(span: OpenSpan<"prompt">, raw: Readonly<Record<string, JsonValue>>): void {
    const before = this.#state.sent.get(span) ?? 0;
    this.#state.sent.set(span, before + 1);
    span.set({ ...raw, ...(before === 0 ? {} : { "http.request.resend_count": before }) });
  }

  #record(
    end: End,
    answer: WireAnswer | undefined,
    raw: Readonly<Record<string, JsonValue>>,
    endedAt: number,
  ): void {
    const isOver = end.how === "done" || answer?.isWhole === true;
    const error = this.#errorOf(end, answer, isOver);
    const { output, model, usage, id, finishReasons = [] } = answer ?? {};
    this.#span?.end({
      endedAt,
      ...(output === undefined ? {} : { output }),
      ...(usage === undefined ? {} : { usage }),
      ...(error === undefined ? {} : { error }),
      attributes: {
        ...(id === undefined ? {} : { "gen_ai.response.id": id }),
        ...(model === undefined ? {} : { "gen_ai.response.model": model }),
        ...(finishReasons.length === 0 ? {} : { "gen_ai.response.finish_reasons": finishReasons }),
        ...(this.#firstAt === undefined
          ? {}
          : { "hone.first_chunk_ms": Math.round(1000 * (this.#firstAt - this.#startedAt)) / 1000 }),
        ...(end.how === "stopped" && !isOver && error === undefined
          ? { "hone.stopped": "by the consumer" }
          : {}),
        ...(end.how === "left" && !isOver ? { "hone.unfinished": "cancelled" } : {}),
        ...raw,
      },
    });
    this.#leave(end, answer, isOver, error);
  }

  /** What becomes of the trace, where it is ours. */
  #leave(end: End, answer: WireAnswer | undefined, isOver: boolean, error?: TraceError): void {
    const { traces } = this.#state;
    const tapped = this.#tapped;
    if (tapped === undefined) return;
    if (end.how === "left" && !isOver) return;
    if (end.how === "failed" && isAbort(end.error)) return traces.cancelled(tapped, error);
    if (error !== undefined) return traces.failed(tapped, error, this.#mayRetry());
    if (!isOver) return traces.cancelled(tapped);
    traces.answered(tapped, answer?.output ?? []);
  }

  #mayRetry(): string | undefined {
    const status = this.#response?.status;
    const isPassing = status === undefined || status >= 500 || retried.has(status);
    // A request that was answered and broke off is not made again by itself.
    return isPassing ? this.#text : undefined;
  }

  #errorOf(end: End, answer: WireAnswer | undefined, isOver: boolean): TraceError | undefined {
    const { status = 200, statusText = "" } = this.#response ?? {};
    if (status >= 400) {
      const message = answer?.error?.message ?? `HTTP ${status} ${statusText}`.trim();
      return { ...answer?.error, message, code: String(status) };
    }
    if (end.how === "failed" && !isOver) return thrownError(end.error);
    if (answer?.error !== undefined) return answer.error;
    if (end.how !== "done" || this.#isCut || answer?.isWhole === true) return undefined;
    return answer === undefined
      ? { message: "The response is no JSON.", type: "ResponseUnreadable" }
      : { message: "The stream ended before its last event.", type: "StreamBroken" };
  }

  #safely<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      warnOnce(error);
      return undefined;
    }
  }
}

const isAbort = (error: unknown): boolean => (error as Error | null)?.name === "AbortError";

/** `fetch` says "fetch failed", and the reason in its cause. */
function thrownError(error: unknown): TraceError {
  const { name, code, cause } = (typeof error === "object" && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    cause?: unknown;
  };
  const inner = isObject(cause) || cause instanceof Error ? (cause as { code?: unknown }) : {};
  const why = cause instanceof Error ? `: ${messageOf(cause)}` : "";
  const known = typeof code === "string" ? code : inner.code;
  return {
    message: messageOf(error) + why,
    ...(typeof name === "string" ? { type: name } : {}),
    ...(typeof known === "string" ? { code: known } : {}),
  };
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
