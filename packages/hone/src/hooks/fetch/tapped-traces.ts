/**
 * Traces of requests that no SDK's hook accounts for: one request, and when its answer calls tools, the requests that bring
 * their results, told by the calls' ids and by the conversation before them; a request that failed and is made again. What the app did in between becomes tool
 * spans.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import type { PromptText, TraceError } from "../../core/span.ts";
import type { TraceStatus } from "../../core/trace.ts";
import type { OpenTrace } from "../../ports/tracer.ts";
import { sharedState } from "../../recording/trace-context.ts";
import type { HookTools } from "../hook-tools.ts";
import { type Beginning, beginningOf, goesOn, type Place } from "./conversation.ts";

/**
 * How long a trace waits for the results of its tools, for a request that failed to be made again, and for the error by which
 * the app left a stream to be uncaught.
 */
const patience = { toolsMs: 900_000, retryMs: 10_000, errorMs: 10 };

/** Traces that wait at a time; the oldest ones end first. */
const mostWaiting = 1000;

/** A trace of ours. */
export interface TappedTrace {
  readonly trace: OpenTrace;
  /** Of the newest request. */
  place: Place;
  /** Requests under way. */
  running: number;
  /** Calls of tools whose results have not come. */
  readonly calls: Map<string, PendingCall>;
  /** How it ends unless something comes. */
  ending: Ending;
  timer?: NodeJS.Timeout | undefined;
  /** The digests of requests that failed and may be made again. */
  readonly failed: Set<string>;
  /** Ends a request that the provider refused, and whose body nobody has read yet. */
  giveUp?: (() => void) | undefined;
}

interface PendingCall {
  readonly call: ToolCall;
  readonly at: number;
  readonly beginning: Beginning;
}

interface Ending {
  readonly status: TraceStatus;
  readonly at: number;
  readonly error?: TraceError;
}

interface FailedRequest {
  readonly error: TraceError;
  readonly at: number;
  /** Of a request that may be made again. */
  readonly text: string | undefined;
}

export class TappedTraces {
  readonly #tools: HookTools;
  readonly #clock: Clock;
  readonly #byCall = new Map<string, Set<TappedTrace>>();
  /** By the digest of the request that failed, the oldest first. */
  readonly #byRequest = new Map<string, Set<TappedTrace>>();
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<TappedTrace>();

  constructor(tools: HookTools, clock: Clock) {
    this.#tools = tools;
    this.#clock = clock;
  }

  /** The trace a request belongs to, with spans of the tools whose results it brings. */
  open(place: Place, text: string, at: number): TappedTrace {
    const { request } = place;
    const repeated = this.#byRequest.size === 0 ? undefined : digest(text);
    const known = this.#continued(place) ?? this.#failedFirst(repeated);
    known?.giveUp?.();
    const tapped = known ?? this.#begin(place, at);
    if (repeated !== undefined) this.#forgetFailed(tapped, repeated);
    tapped.place = place;
    this.#stopWaiting(tapped);
    tapped.running++;
    for (const [id, { value, isError }] of request.results) {
      const pending = tapped.calls.get(id);
      if (pending === undefined) continue;
      this.#forgetCall(tapped, id);
      const span = tapped.trace.span({
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

  /** @param responseId  the provider's id of the answer */
  answered(tapped: TappedTrace, output: readonly Message[], responseId?: string): void {
    const at = this.#clock();
    const calls = output.flatMap(({ toolCalls }) => toolCalls ?? []).filter(({ id }) => id !== "");
    // An answer that calls nothing is the last one, whatever was called before.
    if (calls.length === 0) for (const id of tapped.calls.keys()) this.#forgetCall(tapped, id);
    const beginning = calls.length === 0 ? undefined : beginningOf(tapped.place, responseId);
    for (const call of calls) {
      tapped.calls.set(call.id, { call, at, beginning: beginning! });
      const callers = this.#byCall.get(call.id) ?? new Set();
      this.#byCall.set(call.id, callers.add(tapped));
    }
    this.#over(tapped, { status: "completed", at }, calls.length > 0 ? patience.toolsMs : 0);
  }

  /**
   * A request failed that may be made again before its end is known.
   *
   * @param giveUp  ends it
   */
  refused(tapped: TappedTrace, text: string, giveUp: () => void): void {
    this.#mayRepeat(tapped, text);
    tapped.giveUp = giveUp;
  }

  failed(tapped: TappedTrace, { error, at, text }: FailedRequest): void {
    tapped.giveUp = undefined;
    if (text !== undefined) this.#mayRepeat(tapped, text);
    const waitMs = text === undefined ? 0 : patience.retryMs;
    this.#over(tapped, { status: "failed", at, error }, waitMs);
  }

  /** The app wants no more of it, perhaps since an error of its own is about to end the process. */
  cancelled(tapped: TappedTrace, error?: TraceError): void {
    const what = error === undefined ? {} : { error };
    this.#over(tapped, { status: "cancelled", at: this.#clock(), ...what }, patience.errorMs);
  }

  /** The process ends: what only waited is over; what is under way is left to the tracer. */
  finish(problem: unknown): void {
    for (const tapped of [...this.#waiting]) {
      if (problem === undefined || tapped.ending.status === "failed") this.#end(tapped);
    }
  }

  /** The one trace it goes on from; where two would do, none: what one user said must not stand in another's trace. */
  #continued(place: Place): TappedTrace | undefined {
    const found = new Set<TappedTrace>();
    for (const id of place.request.results.keys()) {
      for (const tapped of this.#byCall.get(id) ?? []) {
        const pending = tapped.calls.get(id);
        if (pending !== undefined && goesOn(place, pending.beginning)) found.add(tapped);
      }
    }
    const [only] = found;
    return found.size === 1 ? only : undefined;
  }

  #mayRepeat(tapped: TappedTrace, text: string): void {
    const request = digest(text);
    tapped.failed.add(request);
    const alike = this.#byRequest.get(request) ?? new Set();
    this.#byRequest.set(request, alike.add(tapped));
  }

  /** Equal requests that failed at once are made again one by one: each goes on in a trace of its own. */
  #failedFirst(request: string | undefined): TappedTrace | undefined {
    const [oldest] = this.#byRequest.get(request ?? "") ?? [];
    return oldest;
  }

  #begin(place: Place, at: number): TappedTrace {
    const trace = this.#tools.tracer.trace({
      agent: this.#tools.agent,
      task: taskOf(place.request.input),
      tags: ["fetch"],
      metadata: { sdk: { name: "fetch" } },
      startedAt: at,
    });
    return {
      trace,
      place,
      running: 0,
      calls: new Map(),
      failed: new Set(),
      ending: { status: "completed", at },
    };
  }

  #over(tapped: TappedTrace, ending: Ending, waitMs: number): void {
    tapped.running--;
    tapped.ending = ending;
    if (tapped.running > 0) return;
    if (waitMs === 0) return this.#end(tapped);
    this.#waiting.add(tapped);
    tapped.timer = setTimeout(() => this.#end(tapped), waitMs).unref();
    if (this.#waiting.size <= mostWaiting) return;
    for (const oldest of this.#waiting) return this.#end(oldest);
  }

  #end(tapped: TappedTrace): void {
    this.#stopWaiting(tapped);
    for (const id of tapped.calls.keys()) this.#forgetCall(tapped, id);
    for (const request of tapped.failed) this.#forgetFailed(tapped, request);
    const { status, at, error } = tapped.ending;
    tapped.trace.end({ status, endedAt: at, ...(error === undefined ? {} : { error }) });
  }

  #stopWaiting(tapped: TappedTrace): void {
    clearTimeout(tapped.timer);
    this.#waiting.delete(tapped);
  }

  #forgetFailed(tapped: TappedTrace, request: string): void {
    tapped.failed.delete(request);
    const alike = this.#byRequest.get(request);
    alike?.delete(tapped);
    if (alike?.size === 0) this.#byRequest.delete(request);
  }

  #forgetCall(tapped: TappedTrace, id: string): void {
    tapped.calls.delete(id);
    const callers = this.#byCall.get(id);
    callers?.delete(tapped);
    if (callers?.size === 0) this.#byCall.delete(id);
  }
}

/** The hook runs before the tracer ends what still runs, since tracers are opened later than the tap. */
export function endAtExit(traces: TappedTraces, open: ReadonlySet<UnderWay>): () => void {
  const { atExit, atSignal } = sharedState();
  const finish = (problem: unknown): void => {
    for (const exchange of [...open]) exchange.left();
    traces.finish(problem);
  };
  const stand = (): undefined => {
    for (const exchange of open) exchange.stand();
  };
  atExit.add(finish);
  atSignal.add(stand);
  return () => {
    atExit.delete(finish);
    atSignal.delete(stand);
  };
}

/** An exchange. */
interface UnderWay {
  left(): void;
  stand(): void;
}

/** Many long requests may wait to be made again. */
const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** The last thing the user said. */
function taskOf(input: PromptText): string {
  if (typeof input === "string") return input;
  const asked = input.findLast(({ role, content }) => role === "user" && content !== "");
  return asked?.content ?? input.at(-1)?.content ?? "";
}

/** As a value where they are JSON. */
function argumentsOf(call: ToolCall): JsonValue {
  try {
    return JSON.parse(call.arguments) as JsonValue;
  } catch {
    return call.arguments;
  }
}
