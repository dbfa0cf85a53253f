/**
 * Which HTTP requests belong to which recorded model call, so that a call seen by an SDK's hook and by the fetch tap is one
 * span.
 *
 * Three ways lead from a request to its call, tried in this order: the code that makes it runs `within` the call; a lookup
 * of the SDK knows the call; a call that was open when the request began claims the id of its response at its end.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { OpenSpan } from "../ports/tracer.ts";
import { warnOnce } from "../recording/warn-once.ts";

/** A model call of an SDK, from `begin` to `end`. */
export interface SdkModelCall {
  /**
   * Right after the span's end or fail.
   *
   * @param responseId  the provider's id of the response ("chatcmpl-…", "resp_…") where the SDK tells it: the second way
   *   by which the tap's raw body finds its span
   */
  end(responseId?: string): void;
}

/** A request whose call is not known when it begins. */
export interface UnclaimedRequest {
  /**
   * The request is over: `found` is called once, now or later, with the span of the call it belongs to, or without one
   * when no call that was open at its beginning claims it.
   *
   * @param responseId  absent when there was no response: then it belongs to the call that was open, if that was one only
   */
  settle(responseId: string | undefined, found: (span?: OpenSpan<"prompt">) => void): void;
  /** Whoever has not claimed it by now does not. */
  giveUp(): void;
}

/** How long after its end a request waits for a call to claim it. */
const claimMs = 5000;

/** Calls whose SDK never ends them make no request wait for longer than this, nor for more of them. */
const mostOpen = { ms: 900_000, calls: 1000 };

export class ModelCalls {
  readonly #running = new AsyncLocalStorage<Call>();
  readonly #lookups = new Set<() => SdkModelCall | undefined>();
  /** In the order they began. */
  readonly #open = new Set<Call>();
  readonly #waiting = new Set<Request>();

  /** An SDK hook says that a model call began and which span records it. */
  begin(span: OpenSpan<"prompt">): SdkModelCall {
    const call = new Call(span, () => {
      this.#open.delete(call);
      for (const request of this.#waiting) request.look();
    });
    this.#open.add(call);
    this.#forgetOld();
    return call;
  }

  /** Runs code whose requests belong to the call (SDKs that let us wrap the execution). */
  within<T>(call: SdkModelCall, run: () => T): T {
    return call instanceof Call ? this.#running.run(call, run) : run();
  }

  /**
   * For SDKs that know by themselves in which of their model calls the running code is (their own AsyncLocalStorage).
   * @returns what takes the lookup back
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

  /** A request that begins outside of every known call; undefined when no call is open, so that it is nobody's. */
  unclaimed(): UnclaimedRequest | undefined {
    this.#forgetOld();
    if (this.#open.size === 0) return undefined;
    return new Request([...this.#open], this.#waiting);
  }

  #forgetOld(): void {
    const oldest = performance.now() - mostOpen.ms;
    for (const call of this.#open) {
      if (call.at > oldest && this.#open.size <= mostOpen.calls) return;
      this.#open.delete(call);
    }
  }
}

class Call implements SdkModelCall {
  readonly span: OpenSpan<"prompt">;
  readonly at = performance.now();
  readonly #ended: () => void;
  isOver = false;
  responseId: string | undefined;

  constructor(span: OpenSpan<"prompt">, ended: () => void) {
    this.span = span;
    this.#ended = ended;
  }

  end(responseId?: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.responseId = responseId;
    this.#ended();
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
      return this.#tell(this.#calls.length === 1 ? this.#calls[0] : undefined);
    }
    this.#waiting.add(this);
    this.#timer = setTimeout(() => this.giveUp(), claimMs).unref();
    this.look();
  }

  giveUp(): void {
    this.#tell(undefined);
  }

  /** After a call ended. */
  look(): void {
    const claiming = this.#calls.find((call) => call.responseId === this.#responseId);
    if (claiming !== undefined || this.#calls.every((call) => call.isOver)) this.#tell(claiming);
  }

  #tell(call: Call | undefined): void {
    clearTimeout(this.#timer);
    this.#waiting.delete(this);
    const found = this.#found;
    this.#found = undefined;
    found?.(call?.span);
  }
}
