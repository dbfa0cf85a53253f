/** Records one request to a model and its response: as a span of its own, or as the raw bodies of an SDK's span. */
import { type JsonObject, parsedObject } from "../../core/json.ts";
import { completeLabels, isWithoutLabels, type TraceLabels } from "../../core/trace-labels.ts";
import { labelsOfRequest } from "../../messages/request-labels.ts";
import type { OpenSpan } from "../../ports/tracer.ts";
import { safely } from "../../recording/safely.ts";
import { type ActiveTrace, spanUnder } from "../../recording/trace-context.ts";
import type { Wire, WireAnswer } from "../../messages/wires/wire.ts";
import { labelsHere } from "../given-labels.ts";
import { placeOfRequest } from "./request-place.ts";
import {
  type Attributes,
  firstChunkOf,
  promptEnd,
  promptStart,
  rawBodies,
  readAsked,
  readResponse,
} from "./exchange-facts.ts";
import {
  type Asked,
  type Asking,
  type AskingOwner,
  type Ended,
  type ExchangeState,
  headOf,
  type Owner,
  type OwnSpan,
  type Received,
  type SdkOwner,
  withChunk,
  withEnd,
  withHead,
} from "./exchange-state.ts";
import { KeptText } from "./kept-text.ts";
import { ownerOf, type TapState } from "./tap-state.ts";
import { type End, type Verdict, verdictOf } from "./verdict.ts";

/** What is known of a request when it is sent. */
export interface SentRequest {
  readonly wire: Wire;
  readonly address: string;
  /** What the request goes through. Default "fetch". */
  readonly via?: "fetch" | "http" | "undici";
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a response before its body. */
export interface AnsweredHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
}

/** How long the body of a failure may lie unread until the failure is recorded without it, in ms. */
const unreadMs = 1000;

const over: ExchangeState = { phase: "over" };

export class Exchange {
  readonly #tap: TapState;
  readonly #sent: SentRequest;
  readonly #startedAt: number;
  /** Labels of the SDK's call that makes the request. */
  readonly #given: TraceLabels;
  #kept: KeptText;
  #state: ExchangeState;

  /** To be called in the code that makes the request: where that code runs decides where the request belongs. */
  constructor(tap: TapState, sent: SentRequest) {
    this.#tap = tap;
    this.#sent = sent;
    this.#startedAt = tap.clock();
    this.#given = labelsHere();
    this.#kept = new KeptText(tap.kept);
    this.#state = { phase: "sent", owner: ownerOf(tap), received: { kind: "nothing" } };
    tap.open.add(this);
  }

  /** The body of the request, once it was read. */
  get text(): string | undefined {
    return this.#state.phase === "asking" ? this.#state.asked.text : undefined;
  }

  /** False once the exchange was recorded, or asked no model. */
  get isOpen(): boolean {
    return this.#state.phase === "sent" || this.#state.phase === "asking";
  }

  /**
   * The body of the request was read.
   *
   * @returns false when the request asks no model after all
   */
  request(text: string | undefined): boolean {
    const state = this.#state;
    if (state.phase !== "sent" && state.phase !== "answered") return false;
    const asked = safely(() => readAsked(this.#sent.wire, text));
    const owner = asked && safely(() => this.#ownerOf(asked, state.owner));
    if (asked === undefined || owner === undefined) {
      this.#close(over);
      this.#kept.take();
      return false;
    }
    const received = state.phase === "sent" ? state.received : state.ended.received;
    const asking: Asking = { phase: "asking", asked, owner, received };
    this.#state = asking;
    if (state.phase === "answered") this.#finish(asking, state.ended);
    return true;
  }

  response({ status, statusText, headers }: AnsweredHead): void {
    const state = this.#state;
    if (state.phase !== "sent" && state.phase !== "asking") return;
    const isStream = /event-stream/.test(headers.get("content-type") ?? "");
    const head = { status, statusText, isStream };
    const received = withHead(head, this.#tap.clock(), () =>
      setTimeout(this.#giveUpBody, unreadMs).unref(),
    );
    this.#state = { ...state, received };
    if (received.kind === "refusal") safely(() => this.#announceRefusal());
  }

  /** The client makes the request again where a redirect sent it: the response so far was not the answer. */
  followed(): void {
    const state = this.#state;
    if (state.phase !== "sent" && state.phase !== "asking") return;
    this.#state = { ...state, received: { kind: "nothing" } };
    this.#kept.take();
    this.#kept = new KeptText(this.#tap.kept);
  }

  chunk(bytes: Uint8Array): void {
    const state = this.#state;
    if (state.phase === "sent" || state.phase === "asking") {
      const received = withChunk(state.received, this.#tap.clock);
      if (received !== state.received) this.#state = { ...state, received };
    }
    safely(() => this.#kept.add(bytes));
  }

  /** The process may end at once: the span is given what came so far. */
  checkpoint(): void {
    const state = this.#state;
    if (state.phase !== "asking" || state.owner.kind !== "own") return;
    const { span } = state.owner;
    safely(() => span.set(this.#bodies(state, this.#kept.soFar())));
  }

  processExited(): void {
    if (this.#state.phase === "claimable") this.#state.claim.giveUp();
    else this.ended({ how: "exited" });
  }

  /** The response failed by its status: the request may be made again at once, while the response's body is unread. */
  #announceRefusal(): void {
    const state = this.#state;
    if (state.phase !== "asking" || state.owner.kind !== "own") return;
    const { tapped } = state.owner;
    const { mayRetry } = this.#verdict({ how: "refused" }, state.received, undefined);
    if (!mayRetry || tapped === undefined) return;
    this.#tap.traces.refused(tapped, state.asked.text, this.#giveUpBody);
  }

  /** The failure is recorded with what was read of the body by now. */
  readonly #giveUpBody = (): void => this.ended({ how: "refused" });

  /** @param at  when the response ended, in Unix milliseconds */
  ended(end: End, at: number = this.#tap.clock()): void {
    const state = this.#state;
    if (state.phase === "refused" && end.how !== "refused")
      return this.#readLate(state.span, state);
    if (state.phase !== "sent" && state.phase !== "asking") return;
    const ended = withEnd(state.received, end, at);
    if (state.phase === "asking") return this.#finish(state, ended);
    this.#state = { phase: "answered", owner: state.owner, ended };
  }

  #ownerOf(asked: Asked, owner: Owner): AskingOwner {
    return owner.kind === "none" ? this.#begin(asked, owner.around) : owner;
  }

  #begin({ text, body, request }: Asked, around: ActiveTrace | undefined): OwnSpan {
    const start = promptStart(request, this.#sent.address, this.#startedAt);
    const labels = completeLabels(this.#given, labelsOfRequest(body));
    if (around !== undefined) {
      if (!isWithoutLabels(labels)) around.trace.label(labels);
      return { kind: "own", span: spanUnder(around, start), tapped: undefined };
    }
    const tapped = this.#tap.traces.open(
      { ...placeOfRequest(request, body), via: this.#sent.via ?? "fetch" },
      text,
      this.#startedAt,
    );
    if (!isWithoutLabels(labels)) tapped.scope.trace.label(labels);
    return { kind: "own", span: tapped.scope.span(start), tapped };
  }

  #finish(asking: Asking, ended: Ended): void {
    safely(() => {
      const { owner, asked } = asking;
      const { received, end } = ended;
      const isRefused = end.how === "refused";
      const text = isRefused ? this.#kept.soFar() : this.#kept.take();
      const isStream = headOf(received)?.isStream === true;
      const { body, answer } = readResponse(this.#sent.wire, text, isStream);
      const bodies = this.#bodies(asking, body);
      const record = (by: SdkOwner | OwnSpan): void => {
        this.#close(isRefused ? { phase: "refused", span: by.span, asked, received } : over);
        const first = isStream ? firstChunkOf(received, this.#startedAt) : {};
        if (by.kind === "sdk") this.#attach(by.span, { ...bodies, ...first });
        else this.#record(by, asked, ended, answer, bodies);
      };
      if (owner.kind !== "unknown") return record(owner);
      const claimed = (span: OpenSpan<"prompt"> | undefined): void => {
        this.#close(over);
        safely(() => record(span ? { kind: "sdk", span } : this.#begin(asked, owner.around)));
      };
      if (end.how === "exited") return claimed(undefined);
      this.#state = { phase: "claimable", claim: owner.claim };
      // What was read of a refused response holds no id that a call could claim.
      owner.claim.settle(isRefused ? undefined : answer?.id, claimed);
    });
  }

  #close(state: ExchangeState): void {
    this.#state = state;
    this.#tap.open.delete(this);
  }

  /** The app read the body of a request that was recorded as failed without it. */
  #readLate(span: OpenSpan<"prompt">, known: Pick<Asking, "asked" | "received">): void {
    this.#state = over;
    const text = this.#kept.take();
    if (text === "") return;
    safely(() => span.set(this.#bodies(known, parsedObject(text) ?? text)));
  }

  #bodies(
    { asked, received }: Pick<Asking, "asked" | "received">,
    response: JsonObject | string,
  ): Attributes {
    const { isCut, size } = this.#kept;
    return rawBodies({
      request: asked.body,
      response,
      status: headOf(received)?.status,
      cutAt: isCut ? size : undefined,
    });
  }

  #attach(span: OpenSpan<"prompt">, bodies: Attributes): void {
    const before = this.#tap.sent.get(span) ?? 0;
    this.#tap.sent.set(span, before + 1);
    span.set({ ...bodies, ...(before === 0 ? {} : { "http.request.resend_count": before }) });
  }

  #record(
    { span, tapped }: OwnSpan,
    { text }: Asked,
    ended: Ended,
    answer: WireAnswer | undefined,
    bodies: Attributes,
  ): void {
    const verdict = this.#verdict(ended.end, ended.received, answer);
    span.end(promptEnd({ startedAt: this.#startedAt, ended, answer, verdict, bodies }));
    if (tapped === undefined) return;
    const { output = [], id } = answer ?? {};
    this.#tap.traces.ended(tapped, verdict, { output, id, at: ended.endedAt, text });
  }

  #verdict(end: End, received: Received, answer: WireAnswer | undefined): Verdict {
    const { isCut } = this.#kept;
    return verdictOf({
      end,
      answer,
      response: headOf(received),
      signal: this.#sent.signal,
      isCut,
    });
  }
}
