/** One request to a model and its response, recorded: as a span of its own, or as the raw bodies of an SDK's. */
import type { Clock } from "../../core/clock.ts";
import { type JsonObject, type JsonValue, parsedObject } from "../../core/json.ts";
import type { OpenSpan } from "../../ports/tracer.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { serverOf } from "./endpoints.ts";
import type { HookTools } from "../hook-tools.ts";
import type { UnclaimedRequest } from "../model-calls.ts";
import { placeOf } from "./conversation.ts";
import { KeptText } from "./kept-text.ts";
import type { TappedTrace, TappedTraces } from "./tapped-traces.ts";
import { type End, leastFailure, type ResponseHead, type Verdict, verdictOf } from "./verdict.ts";
import type { UnreadBodies } from "./unread-bodies.ts";
import type { BodyListener } from "./watched-response.ts";
import type { TextBudget } from "../../messages/text-budget.ts";
import { readEventStream } from "../../messages/wires/event-stream.ts";
import { type Wire, type WireAnswer, type WireRequest } from "../../messages/wires/wire.ts";
import { safely } from "../../recording/safely.ts";

/** What all exchanges share. */
export interface TapState {
  readonly tools: HookTools;
  readonly clock: Clock;
  readonly traces: TappedTraces;
  /** Exchanges that are not over. */
  readonly open: Set<Exchange>;
  /** Of those. */
  readonly unread: UnreadBodies;
  /** How often an SDK's call was sent, where more than once. */
  readonly sent: WeakMap<OpenSpan, number>;
  /** Bytes of response bodies that are kept. */
  readonly kept: TextBudget;
}

/** How long a body of a failure may lie unread until the failure is recorded without it. */
const unreadMs = 1000;

export class Exchange implements BodyListener {
  readonly #state: TapState;
  readonly #wire: Wire;
  readonly #address: string;
  readonly #startedAt: number;
  readonly #around: ActiveTrace | undefined;
  readonly #sdk: OpenSpan<"prompt"> | undefined;
  readonly #unclaimed: UnclaimedRequest | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #kept: KeptText;
  #text: string | undefined;
  #request: WireRequest | undefined;
  #span: OpenSpan<"prompt"> | undefined;
  /** An SDK's, where it is that call's. */
  #recorded: OpenSpan<"prompt"> | undefined;
  #tapped: TappedTrace | undefined;
  #body: JsonObject | undefined;
  #response: ResponseHead | undefined;
  #firstAt: number | undefined;
  #end: End | undefined;
  /** When a status came that says all: the request failed, whatever its body holds. */
  #refusedAt: number | undefined;
  #unread: NodeJS.Timeout | undefined;

  /** Where it belongs is decided here, in the code that makes the request. */
  constructor(state: TapState, wire: Wire, address: string, signal?: AbortSignal) {
    this.#state = state;
    this.#signal = signal;
    this.#kept = new KeptText(state.kept);
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
    this.#request = safely(() => this.#read(text));
    if (this.#request === undefined) {
      this.#state.open.delete(this);
      this.#kept.take();
      return false;
    }
    if (this.#sdk === undefined && this.#unclaimed === undefined) this.#begin();
    if (this.#end !== undefined) this.#finish(this.#end);
    return true;
  }

  response({ status, statusText, headers }: Response): void {
    const isStream = /event-stream/.test(headers.get("content-type") ?? "");
    this.#response = { status, statusText, isStream };
    if (status >= leastFailure) safely(() => this.#refuse());
  }

  /** The app has it. */
  passed({ body }: Response): void {
    if (body !== null && this.#end === undefined) this.#state.unread.add(body, this);
  }

  chunk(bytes: Uint8Array): void {
    this.#firstAt ??= this.#state.clock();
    safely(() => this.#kept.add(bytes));
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

  /** The response is none of the platform's: its body stays as it is. */
  unseen(): void {
    this.#over({ how: "unseen" });
  }

  /** The process may end at once: its span holds what came so far. */
  stand(): void {
    const text = this.#kept.soFar();
    if (this.#end === undefined) safely(() => this.#span?.set(this.#raw(text)));
  }

  /** The process ends. */
  left(): void {
    if (this.#end === undefined) this.#over({ how: "left" });
    else this.#unclaimed?.giveUp();
  }

  /** Most apps read what the provider says, those that do not have only the status; the request may be made again at once. */
  #refuse(): void {
    this.#refusedAt = this.#state.clock();
    const giveUp = (): void => {
      if (this.#firstAt === undefined) this.#over({ how: "refused" });
    };
    this.#unread = setTimeout(giveUp, unreadMs).unref();
    const { mayRetry } = this.#verdict({ how: "refused" }, undefined);
    if (!mayRetry || this.#tapped === undefined || this.#text === undefined) return;
    this.#state.traces.refused(this.#tapped, this.#text, () => this.#over({ how: "refused" }));
  }

  #over(end: End): void {
    clearTimeout(this.#unread);
    // The app may still read what was refused.
    if (end.how !== "refused") this.#state.unread.delete(this);
    if (this.#end?.how === "refused") return this.#readLate();
    if (this.#end !== undefined) return;
    this.#end = end;
    // The request of some apps becomes readable only later.
    if (this.#request !== undefined) this.#finish(end);
  }

  #read(text: string | undefined): WireRequest | undefined {
    this.#body = text === undefined ? undefined : parsedObject(text);
    return this.#body === undefined ? undefined : this.#wire.request(this.#body);
  }

  #begin(): void {
    safely(() => {
      const request = this.#request!;
      const around = this.#around;
      if (around === undefined) {
        const place = placeOf(request, this.#body ?? {});
        this.#tapped = this.#state.traces.open(place, this.#text ?? "", this.#startedAt);
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
    safely(() => {
      // The app may still read it.
      const text = end.how === "refused" ? this.#kept.soFar() : this.#kept.take();
      const body = this.#response?.isStream === true ? undefined : parsedObject(text);
      const answer = safely(() => this.#answer(text, body));
      const endedAt = this.#refusedAt ?? this.#state.clock();
      const raw = this.#raw(body ?? text);
      const close = (span?: OpenSpan<"prompt">): void => {
        this.#state.open.delete(this);
        safely(() => {
          this.#recorded = span;
          if (span !== undefined) return this.#attach(span, raw);
          if (this.#unclaimed !== undefined) this.#begin();
          this.#record(end, answer, raw, endedAt);
        });
      };
      if (this.#unclaimed === undefined || end.how === "left") close(this.#sdk);
      else this.#unclaimed.settle(answer?.id, close);
    });
  }

  /** The body of a request that was recorded as failed without it. */
  #readLate(): void {
    const text = this.#kept.take();
    if (text === "") return;
    const raw = this.#raw(parsedObject(text) ?? text);
    safely(() => (this.#recorded ?? this.#span)?.set(raw));
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
      ...(this.#kept.isCut ? { "hone.response.kept": this.#kept.size } : {}),
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
    const verdict = this.#verdict(end, answer);
    const { isOver, error } = verdict;
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
        ...(end.how === "unseen" ? { "hone.response.unseen": true } : {}),
        ...(end.how === "left" && !isOver ? { "hone.unfinished": "cancelled" } : {}),
        ...raw,
      },
    });
    this.#leave(verdict, answer, endedAt);
  }

  #verdict(end: End, answer: WireAnswer | undefined): Verdict {
    const { isCut } = this.#kept;
    return verdictOf({ end, answer, response: this.#response, signal: this.#signal, isCut });
  }

  /** What becomes of the trace, where it is ours. */
  #leave({ status, error, mayRetry }: Verdict, answer: WireAnswer | undefined, at: number): void {
    const { traces } = this.#state;
    const tapped = this.#tapped;
    if (tapped === undefined || status === undefined) return;
    if (status === "cancelled") return traces.cancelled(tapped, error);
    if (error !== undefined) {
      return traces.failed(tapped, { error, at, text: mayRetry ? this.#text : undefined });
    }
    traces.answered(tapped, answer?.output ?? [], answer?.id);
  }
}
