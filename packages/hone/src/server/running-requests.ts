/** The requests that a server works on: how many, how long, and how they are ended. */
import { HoneError, isHoneError } from "../core/errors.ts";
import { WorkTurns } from "./work-turns.ts";
import type { ServingMetrics } from "./serving-metrics.ts";

/** Limits of the requests of a server. */
export interface RequestLimits {
  /** Requests that are worked on at a time; further ones are refused. */
  readonly requests: number;
  /** Bytes of a body. */
  readonly bodyBytes: number;
  /** Time until a request's answer is complete, in ms. */
  readonly answerMs: number;
  /** Time that requests under way get when the server stops, in ms. */
  readonly stopMs: number;
}

/** One request that is worked on. */
export interface RunningRequest {
  /** Resolves when the next piece of its answer may be worked on: a few pieces of all answers share a turn of the event loop. */
  readonly turn: () => Promise<void>;
  /** Aborts when the answer is not wanted any more: the client has gone, the time is over, the server stops. */
  readonly signal: AbortSignal;
  /** The first piece of the answer is there. */
  first(): void;
  /** What ended the request: the reason of the signal where that is an error of ours, else the error that was thrown. */
  cause(error: unknown): unknown;
  /** The request is over. Called again, it does nothing. */
  end(): void;
}

/** Why the signal of a request that is over aborts. Without a reason each would make an exception with its stack. */
const over = "the request is over";

/** Pieces of answers that are written in one turn of the event loop: under a millisecond of work. */
const PIECES_A_TURN = 4;

/** Counts requests and ends them. */
export class RunningRequests {
  readonly #limits: RequestLimits;
  readonly #metrics: ServingMetrics;
  readonly #running = new Set<AbortController>();
  readonly #pieces = new WorkTurns(PIECES_A_TURN);
  #isStopping = false;
  #onIdle: (() => void) | undefined;

  constructor(limits: RequestLimits, metrics: ServingMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Begins to work on a request.
   * @param outer  signals that end it: that of the client's connection, that of its rollout
   * @throws SERVE_BUSY, SERVE_STOPPING
   */
  begin(outer: readonly AbortSignal[]): RunningRequest {
    const { requests, answerMs, stopMs } = this.#limits;
    if (this.#isStopping) throw new HoneError("SERVE_STOPPING", { seconds: stopMs / 1000 });
    if (this.#running.size >= requests) throw new HoneError("SERVE_BUSY", { limit: requests });
    const stop = new AbortController();
    const timer = setTimeout(() => {
      stop.abort(new HoneError("SERVE_TIMEOUT", { seconds: answerMs / 1000 }));
    }, answerMs);
    const signal = AbortSignal.any([...outer, stop.signal]);
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    let hasFirst = false;
    this.#running.add(stop);
    this.#count();
    return {
      turn: () => this.#pieces.next(),
      signal,
      first: () => {
        if (!hasFirst) this.#metrics.observe("hone_first_token_seconds", seconds());
        hasFirst = true;
      },
      cause: (error) => (isHoneError(signal.reason) ? signal.reason : error),
      end: () => {
        clearTimeout(timer);
        if (!this.#running.delete(stop)) return;
        if (signal.aborted && !isHoneError(signal.reason))
          this.#metrics.add("hone_clients_gone_total");
        stop.abort(over);
        this.#metrics.observe("hone_request_seconds", seconds());
        this.#count();
      },
    };
  }

  /** Takes no new requests; resolves when those under way have ended, which they must within the limit. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { stopMs } = this.#limits;
    const idle = Promise.withResolvers<void>();
    this.#onIdle = () => idle.resolve();
    const error = new HoneError("SERVE_STOPPING", { seconds: stopMs / 1000 });
    const timer = setTimeout(() => {
      for (const stop of this.#running) stop.abort(error);
    }, stopMs);
    this.#count();
    await idle.promise;
    clearTimeout(timer);
  }

  #count(): void {
    this.#metrics.set("hone_requests_running", this.#running.size);
    if (this.#running.size === 0) this.#onIdle?.();
  }
}
