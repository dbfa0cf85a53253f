/**
 * Traces of requests that no SDK's hook records. A trace holds one request; when its answer calls tools, the requests that
 * bring their results, known by the calls' ids and by the conversation before them; and a request that failed and is made
 * again. What the app did between an answer and the results of its tools becomes tool spans.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { exactJson, type JsonValue } from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import type { PromptText, TraceError } from "../../core/span.ts";
import { type ScopeEnding, TraceScope } from "../../recording/trace-scope.ts";
import type { HookTools } from "../hook-tools.ts";
import { type CallPlace, continuesFrom, placeOfCall, type RequestPlace } from "./request-place.ts";
import { SetMap } from "./set-map.ts";
import type { Verdict } from "./verdict.ts";

/**
 * How long a trace stays open, in ms: for the results of its tools, for a request that failed to be made again, and after the
 * app cancelled a request, for the error that made it cancel to end the process.
 */
const waits = { toolsMs: 900_000, retryMs: 10_000, errorMs: 10 };

/** Traces that wait at a time; beyond that the oldest one ends. */
const maxWaiting = 1000;

/** A trace of requests. */
export interface TappedTrace {
  readonly scope: TraceScope;
  /** Where its newest request stands in the conversation. */
  place: RequestPlace;
  /** How many requests are under way. */
  running: number;
  /** Calls of tools whose results have not come, by their ids. */
  readonly calls: Map<string, PendingCall>;
  /** Digests of requests that failed and may be made again. */
  readonly failed: Set<string>;
  /** Ends a request that the provider refused and whose body has not been read yet. */
  giveUp?: (() => void) | undefined;
}

/** A call of a tool whose result has not come. */
interface PendingCall {
  readonly call: ToolCall;
  /** When the model asked for it, in Unix milliseconds. */
  readonly at: number;
  readonly beginning: CallPlace;
}

/** What is known of a request at its end. */
interface EndedRequest {
  /** What the model answered, and the provider's id of the answer. */
  readonly output: readonly Message[];
  readonly id: string | undefined;
  /** Unix milliseconds. */
  readonly at: number;
  /** The request's body. */
  readonly text: string;
}

interface FailedRequest {
  readonly error: TraceError;
  /** Unix milliseconds. */
  readonly at: number;
  /** The request's body, where it may be made again. */
  readonly text: string | undefined;
}

export class TappedTraces {
  readonly #tools: HookTools;
  readonly #clock: Clock;
  /** Traces that wait for the result of a tool, by the id of its call. */
  readonly #byCall = new SetMap<TappedTrace>();
  /** Traces that wait for a failed request to be made again, by its digest, the oldest first. */
  readonly #byRequest = new SetMap<TappedTrace>();
  /** Traces without a request under way, in the order in which they began to wait. */
  readonly #waiting = new Set<TappedTrace>();

  constructor(tools: HookTools, clock: Clock) {
    this.#tools = tools;
    this.#clock = clock;
  }

  /** The trace a request belongs to, with spans of the tools whose results it brings. */
  open(place: RequestPlace, text: string, at: number): TappedTrace {
    const { request } = place;
    const repeated = this.#byRequest.isEmpty ? undefined : digest(text);
    const known = this.#continued(place) ?? this.#failedFirst(repeated);
    known?.giveUp?.();
    const tapped = known ?? this.#begin(place, at);
    if (repeated !== undefined) this.#forgetFailed(tapped, repeated);
    tapped.place = place;
    this.#waiting.delete(tapped);
    tapped.scope.resume();
    tapped.running++;
    for (const [id, { value, isError }] of request.results) {
      const pending = tapped.calls.get(id);
      if (pending === undefined) continue;
      this.#forgetCall(tapped, id);
      const span = tapped.scope.span({
        kind: "tool",
        toolName: pending.call.name,
        callId: id,
        arguments: argumentsOf(pending.call),
        startedAt: pending.at,
      });
      const message = typeof value === "string" ? value : JSON.stringify(value);
      span.end({ endedAt: at, ...(isError ? { error: { message } } : { result: value }) });
    }
    return tapped;
  }

  /** A request ended. Where its process exited before, the end of the trace is left to the tracer. */
  ended(tapped: TappedTrace, verdict: Verdict, { output, id, at, text }: EndedRequest): void {
    const { status, error, mayRetry } = verdict;
    if (status === undefined) return;
    if (status === "cancelled") return this.cancelled(tapped, error);
    if (error === undefined) return this.answered(tapped, output, id);
    this.failed(tapped, { error, at, text: mayRetry ? text : undefined });
  }

  /** @param responseId  the provider's id of the answer */
  answered(tapped: TappedTrace, output: readonly Message[], responseId?: string): void {
    const at = this.#clock();
    const calls = output.flatMap(({ toolCalls }) => toolCalls ?? []).filter(({ id }) => id !== "");
    // An answer that calls nothing is the last one, whatever was called before.
    if (calls.length === 0) for (const id of tapped.calls.keys()) this.#forgetCall(tapped, id);
    const beginning = calls.length === 0 ? undefined : placeOfCall(tapped.place, responseId);
    for (const call of calls) {
      tapped.calls.set(call.id, { call, at, beginning: beginning! });
      this.#byCall.add(call.id, tapped);
    }
    this.#requestEnded(
      tapped,
      { status: "completed", endedAt: at },
      calls.length > 0 ? waits.toolsMs : 0,
    );
  }

  /**
   * The status of a response says that the request failed: it may be made again before the response has ended.
   *
   * @param giveUp  ends the request
   */
  refused(tapped: TappedTrace, text: string, giveUp: () => void): void {
    this.#mayRepeat(tapped, text);
    tapped.giveUp = giveUp;
  }

  failed(tapped: TappedTrace, { error, at, text }: FailedRequest): void {
    tapped.giveUp = undefined;
    if (text !== undefined) this.#mayRepeat(tapped, text);
    const waitMs = text === undefined ? 0 : waits.retryMs;
    this.#requestEnded(tapped, { status: "failed", endedAt: at, error }, waitMs);
  }

  /** The app cancelled a request, perhaps because of an error that is about to end the process. */
  cancelled(tapped: TappedTrace, error?: TraceError): void {
    const what = error === undefined ? {} : { error };
    const ending: ScopeEnding = { status: "cancelled", endedAt: this.#clock(), ...what };
    this.#requestEnded(tapped, ending, waits.errorMs);
  }

  /** The trace that a request continues. Where two would do, none: what one user said must not stand in another's trace. */
  #continued(place: RequestPlace): TappedTrace | undefined {
    const found = new Set<TappedTrace>();
    for (const id of place.request.results.keys()) {
      for (const tapped of this.#byCall.get(id)) {
        const pending = tapped.calls.get(id);
        if (pending !== undefined && continuesFrom(place, pending.beginning)) found.add(tapped);
      }
    }
    const [only] = found;
    return found.size === 1 ? only : undefined;
  }

  #mayRepeat(tapped: TappedTrace, text: string): void {
    const request = digest(text);
    tapped.failed.add(request);
    this.#byRequest.add(request, tapped);
  }

  /** The oldest trace in which this request failed: equal requests that failed at once are made again one by one. */
  #failedFirst(request: string | undefined): TappedTrace | undefined {
    const [oldest] = this.#byRequest.get(request ?? "");
    return oldest;
  }

  #begin(place: RequestPlace, at: number): TappedTrace {
    const { tracer, agent } = this.#tools;
    const scope = new TraceScope({
      tracer,
      around: undefined,
      start: () => ({
        agent,
        task: taskOf(place.request.input),
        tags: [place.via ?? "fetch"],
        metadata: { sdk: { name: place.via ?? "fetch" } },
        startedAt: at,
      }),
      endsAtExit: true,
      onAbandon: (ending) => this.#end(tapped, ending),
    });
    const tapped = { scope, place, running: 0, calls: new Map(), failed: new Set<string>() };
    return tapped;
  }

  /** @param waitMs  how long a request is waited for that continues the trace; 0: nothing can continue it */
  #requestEnded(tapped: TappedTrace, ending: ScopeEnding, waitMs: number): void {
    tapped.running--;
    if (tapped.running > 0) return;
    if (waitMs === 0) return this.#end(tapped, ending);
    this.#waiting.add(tapped);
    tapped.scope.endSoon(ending, waitMs);
    if (this.#waiting.size <= maxWaiting) return;
    const [oldest] = this.#waiting;
    oldest?.scope.abandon();
  }

  #end(tapped: TappedTrace, ending: ScopeEnding): void {
    this.#waiting.delete(tapped);
    for (const id of tapped.calls.keys()) this.#forgetCall(tapped, id);
    for (const request of tapped.failed) this.#forgetFailed(tapped, request);
    tapped.scope.end(ending);
  }

  #forgetFailed(tapped: TappedTrace, request: string): void {
    tapped.failed.delete(request);
    this.#byRequest.delete(request, tapped);
  }

  #forgetCall(tapped: TappedTrace, id: string): void {
    tapped.calls.delete(id);
    this.#byCall.delete(id, tapped);
  }
}

/** Requests are remembered by their digests: many long ones may wait to be made again. */
const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** The task of a trace: the last message of the user. */
function taskOf(input: PromptText): string {
  if (typeof input === "string") return input;
  const asked = input.findLast(({ role, content }) => role === "user" && content !== "");
  return asked?.content ?? input.at(-1)?.content ?? "";
}

/** The arguments of a call as a value, where they are JSON. */
function argumentsOf(call: ToolCall): JsonValue {
  try {
    return exactJson(call.arguments);
  } catch {
    return call.arguments;
  }
}
