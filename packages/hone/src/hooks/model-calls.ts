/**
 * Finds the recorded model call to which an HTTP request belongs, so that a call seen by an SDK's hook and by the fetch tap
 * is one span.
 *
 * Three ways lead from a request to its call, tried in this order: the code that makes the request runs `within` the call;
 * a lookup of the SDK knows the call; a call that was open when the request began ends with the id of the request's response.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { OpenSpan } from "../ports/tracer.ts";
import { warnOnce } from "../recording/warn-once.ts";

/** A model call of an SDK, from `begin` to `end`. */
export interface SdkModelCall {
  /**
   * Ends the call; called right after the span's end or fail.
   *
   * @param responseId  the provider's id of the response ("chatcmpl-…", "resp_…") where the SDK tells it: requests whose
   *   call is not known are claimed by it
   */
  end(responseId?: string): void;
}

/** A request whose call is not known when the request begins. */
export interface UnclaimedRequest {
  /**
   * The request ended: `found` is called once, now or later, with the span of the call that claims it, or without a span
   * when none of the calls that were open at its beginning does.
   *
   * @param responseId  the id of the response. Absent when there was none: then the request belongs to the call that was
   *   open at its beginning, if it was a single one.
   */
  settle(responseId: string | undefined, found: (span?: OpenSpan<"prompt">) => void): void;
  /** Stops waiting for a call that claims the request. */
  giveUp(): void;
}

/** How long a request that ended waits for a call to claim it, in ms. */
const claimMs = 5000;

/** Calls are forgotten beyond this age and number: some SDKs never end a call. */
const maxOpen = { ms: 900_000, calls: 1000 };

export class ModelCalls {
  readonly #running = new AsyncLocalStorage<Call>();
  readonly #lookups = new Set<() => SdkModelCall | undefined>();
  /** Calls that run, in the order they began. */
  readonly #open = new Set<Call>();
  /** Requests that ended and wait for a call to claim them. */
  readonly #waiting = new Set<Request>();

  /** A model call began, which the span records. */
  begin(span: OpenSpan<"prompt">): SdkModelCall {
    const call = new Call(span, () => {
      this.#open.delete(call);
      for (const request of this.#waiting) request.callEnded();
    });
    this.#open.add(call);
    this.#forgetOld();
    return call;
  }

  /** Runs code whose requests belong to the call; for SDKs whose execution of the call can be wrapped. */
  within<T>(call: SdkModelCall, run: () => T): T {
    return call instanceof Call ? this.#running.run(call, run) : run();
  }

  /**
   * Adds a function that finds the call whose code runs; for SDKs that keep track of it in an AsyncLocalStorage of their own.
   *
   * @returns a function that removes the lookup
   */
  addLookup(lookup: () => SdkModelCall | undefined): () => void {
    this.#lookups.add(lookup);
    return () => void this.#lookups.delete(lookup);
  }

  /** The span of the call whose code runs now, where that is known. */
  current(): OpenSpan<"prompt"> | undefined {
    const running = this.#running.getStore();
    if (running !== undefined && !running.isOver) return running.span;
    for (const lookup of this.#lookups) {
      try {
        const call = lookup();
        if (call instanceof Call && !call.isOver) return call.span;
      } catch (error) {
        warnOnce(error);
      }
    }
    return undefined;
  }

  /** A request begins outside of every known call. Undefined when no call is open, so that none can claim it. */
  unclaimed(): UnclaimedRequest | undefined {
    this.#forgetOld();
    if (this.#open.size === 0) return undefined;
    return new Request([...this.#open], this.#waiting);
  }

  #forgetOld(): void {
    const oldest = performance.now() - maxOpen.ms;
    for (const call of this.#open) {
      if (call.beganAt > oldest && this.#open.size <= maxOpen.calls) return;
      this.#open.delete(call);
    }
  }
}

class Call implements SdkModelCall {
  readonly span: OpenSpan<"prompt">;
  readonly beganAt = performance.now();
  readonly #onEnd: () => void;
  isOver = false;
  responseId: string | undefined;

  constructor(span: OpenSpan<"prompt">, onEnd: () => void) {
    this.span = span;
    this.#onEnd = onEnd;
  }

  end(responseId?: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.responseId = responseId;
    this.#onEnd();
  }
}

class Request implements UnclaimedRequest {
  readonly #calls: readonly Call[];
  readonly #waiting: Set<Request>;
  #responseId: string | undefined;
  #found: ((span?: OpenSpan<"prompt">) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(calls: readonly Call[], waiting: Set<Request>) {
    this.#calls = calls;
    this.#waiting = waiting;
  }

  settle(responseId: string | undefined, found: (span?: OpenSpan<"prompt">) => void): void {
    this.#found = found;
    this.#responseId = responseId;
    if (responseId === undefined) {
      return this.#resolve(this.#calls.length === 1 ? this.#calls[0] : undefined);
    }
    this.#waiting.add(this);
    this.#timer = setTimeout(() => this.giveUp(), claimMs).unref();
    this.callEnded();
  }

  giveUp(): void {
    this.#resolve(undefined);
  }

  /** One of the calls ended: it claims the request, or one call less can. */
  callEnded(): void {
    const claiming = this.#calls.find((call) => call.responseId === this.#responseId);
    if (claiming !== undefined || this.#calls.every((call) => call.isOver)) this.#resolve(claiming);
  }

  #resolve(call: Call | undefined): void {
    clearTimeout(this.#timer);
    this.#waiting.delete(this);
    const found = this.#found;
    this.#found = undefined;
    found?.(call?.span);
  }
}
