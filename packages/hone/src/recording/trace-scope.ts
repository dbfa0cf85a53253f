/**
 * Where the spans of one call belong, and how the call ends: shared by `withTraces` and by the hooks on SDKs.
 *
 * A call opens a trace of its own, or is a part of the trace that runs around it. Only its own trace is ended by it.
 */
import type { SpanKind, TraceError } from "../core/span.ts";
import { completeLabels, type TraceLabels } from "../core/trace-labels.ts";
import type { TraceStatus } from "../core/trace.ts";
import type { OpenSpan, OpenTrace, SpanStart, Tracer, TraceStart } from "../ports/tracer.ts";
import { safely } from "./safely.ts";
import { type ActiveTrace, type AtExit, sharedState, spanUnder } from "./trace-context.ts";

/** Time without an event after which a call is abandoned, in ms: readers that stop give no sign. Default 15 minutes. */
export const idleMs = 900_000;

/** The same while a tool or a model works, in ms: a day. Nothing is kept for longer of one that never ends. */
export const workingMs = 86_400_000;

/** Time in which a call that was aborted may end by itself, in ms. */
export const graceMs = 1000;

/** How a call ended. */
export interface ScopeEnding {
  readonly status: Exclude<TraceStatus, "running">;
  readonly error?: TraceError;
  /** Unix milliseconds. Default: now. */
  readonly endedAt?: number;
}

/** When silence ends a call. */
export interface IdleLimit {
  /** Time without an event, in ms. Default 15 minutes. */
  readonly ms?: number;
  /** True while a tool or a model works: then silence may last a day. Default: never. */
  readonly isWorking?: () => boolean;
  /** How the call ends then. Default: cancelled. */
  readonly ending?: ScopeEnding;
}

export interface ScopeOptions {
  /** Makes the trace, where the call has one of its own. */
  readonly tracer: Tracer | (() => Tracer);
  /** The trace that runs around the call, from `activeTrace()`. */
  readonly around: ActiveTrace | undefined;
  /** What a trace of its own starts with; not called where a trace runs around the call. */
  readonly start: () => TraceStart;
  /** What the call says of session, user, tags and metadata: for its own trace, and for the trace around it. Default: nothing. */
  readonly labels?: TraceLabels | undefined;
  /** The object whose `chat` this call is, if it is one: `chat` called on it from within is the same call. */
  readonly agent?: object;
  /** Default: silence never ends the call. */
  readonly idle?: IdleLimit | undefined;
  /** Once the signal aborts, the call has a second to end by itself; then it ends like this. */
  readonly abort?: { readonly signal: AbortSignal; readonly ending: () => ScopeEnding } | undefined;
  /** Whether the call is abandoned when the process exits. Default: its trace is left for the tracer to end. */
  readonly endsAtExit?: boolean;
  /**
   * The call is abandoned: it was idle for too long, its announced end was not taken back in time, or the process exits.
   * It must end the spans that run, and the scope. Default: the scope is ended.
   */
  readonly onAbandon?: (ending: ScopeEnding) => void;
  /** The process dies of an error, with which the tracer ends the trace: spans that run should record what they know. */
  readonly onCrash?: () => void;
}

type Phase =
  | { readonly kind: "running" }
  | { readonly kind: "ending"; readonly ending: ScopeEnding }
  | { readonly kind: "closed" };

const running: Phase = { kind: "running" };

/** Calls that are abandoned when the process exits, in the order they began. */
const exiting = new Set<TraceScope>();

/** Run at the exit of the process before calls are abandoned. */
const beforeScopes = new Set<AtExit>();

const abandonAtExit: AtExit = (problem) => {
  for (const hook of beforeScopes) safely(() => hook(problem));
  for (const scope of exiting) safely(() => scope.processExited(problem));
};

/**
 * Runs the hook when the process exits, before open calls are abandoned: what is under way in them records what it knows.
 *
 * @returns what takes the hook back
 */
export function beforeScopesExit(hook: AtExit): () => void {
  beforeScopes.add(hook);
  sharedState().atExit.add(abandonAtExit);
  return () => void beforeScopes.delete(hook);
}

export class TraceScope {
  readonly trace: OpenTrace;
  readonly ownsTrace: boolean;
  readonly #options: ScopeOptions;
  /** The agent that the call's own trace names. */
  readonly #traceAgent: string | undefined;
  #phase: Phase = running;
  #timer: NodeJS.Timeout | undefined;
  #seenAt = performance.now();
  /** The place of the last `within`: the steps of a stream run in the same one. */
  #lastPlace: ActiveTrace | undefined;

  constructor(options: ScopeOptions) {
    const { around, abort, idle } = options;
    this.#options = options;
    this.ownsTrace = around === undefined;
    // This hook has to be added before the tracer opens its store: the exit hook of the store ends all traces that run.
    if (options.endsAtExit === true) sharedState().atExit.add(abandonAtExit);
    if (around === undefined) {
      const { tracer } = options;
      const begun = options.start();
      const { labels } = options;
      const start = labels === undefined ? begun : { ...begun, ...completeLabels(begun, labels) };
      this.#traceAgent = start.agent;
      this.trace = (typeof tracer === "function" ? tracer() : tracer).trace(start);
    } else {
      this.trace = around.trace;
      const { labels } = options;
      // The trace around may be one of an older copy of hone, which has no labels.
      if (labels !== undefined) safely(() => this.trace.label(labels));
    }
    if (options.endsAtExit === true) exiting.add(this);
    abort?.signal.addEventListener("abort", this.#aborted, { once: true });
    if (idle !== undefined) this.#waitForEvents(idle, idle.ms ?? idleMs);
  }

  /**
   * Starts a span of the call.
   *
   * @param parent  default: the span around the call
   */
  span<K extends SpanKind>(
    start: SpanStart<K> & { readonly kind: K },
    parent: OpenSpan | undefined = this.#options.around?.span,
  ): OpenSpan<K> {
    return spanUnder<K>({ trace: this.trace, span: parent }, start);
  }

  /** The agent that a span names: none where the call's own trace names it already. */
  spanAgent(name: string | undefined): { readonly agent?: string } {
    return name === undefined || name === this.#traceAgent ? {} : { agent: name };
  }

  /** Where code runs that belongs to a span of the call. Default: to the span around the call. */
  place(span?: OpenSpan): ActiveTrace {
    const { around, agent } = this.#options;
    const agents = around?.agents ?? [];
    return {
      trace: this.trace,
      span: span ?? around?.span,
      agents: agent === undefined ? agents : [...agents, agent],
    };
  }

  /** Runs code so that what is recorded in it belongs under the span. */
  within<T>(span: OpenSpan, run: () => T): T {
    if (this.#lastPlace?.span !== span) this.#lastPlace = this.place(span);
    return sharedState().active.run(this.#lastPlace!, run);
  }

  /** An event of the call was seen, so it is not idle. */
  seen(): void {
    this.#seenAt = performance.now();
  }

  /**
   * Announces the end: the call is abandoned with this ending, unless it resumes or ends before.
   *
   * @param ms  how long to wait. Default: one second
   */
  endSoon(ending: ScopeEnding, ms = graceMs): void {
    if (this.#phase.kind === "closed") return;
    clearTimeout(this.#timer);
    this.#phase = { kind: "ending", ending };
    this.#timer = setTimeout(() => this.abandon(), ms).unref();
  }

  /** Takes an announced end back. */
  resume(): void {
    if (this.#phase.kind !== "ending") return;
    clearTimeout(this.#timer);
    this.#phase = running;
    this.seen();
    const { idle } = this.#options;
    if (idle !== undefined) this.#waitForEvents(idle, idle.ms ?? idleMs);
  }

  /** Ends the call, and its trace where that is its own; only the first call counts. */
  end(ending: ScopeEnding): void {
    this.close();
    this.endTrace(ending);
  }

  /** Ends the trace where it is the call's own, while spans of the call still run and silence is still waited for. */
  endTrace(ending: ScopeEnding): void {
    if (this.ownsTrace) safely(() => this.trace.end(ending));
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#phase = { kind: "closed" };
    clearTimeout(this.#timer);
    exiting.delete(this);
    this.#options.abort?.signal.removeEventListener("abort", this.#aborted);
  }

  /** @param problem  what the process died of, if anything */
  processExited(problem: unknown): void {
    const isFailing = this.#phase.kind === "ending" && this.#phase.ending.status === "failed";
    if (problem === undefined || isFailing) this.abandon();
    else this.#options.onCrash?.();
  }

  /** Gives the call up: it ends as announced, else like this. */
  abandon(unannounced: ScopeEnding = { status: "cancelled" }): void {
    const ending = this.#phase.kind === "ending" ? this.#phase.ending : unannounced;
    const { onAbandon } = this.#options;
    if (onAbandon === undefined) this.end(ending);
    else safely(() => onAbandon(ending));
  }

  readonly #aborted = (): void => {
    const { abort } = this.#options;
    if (abort !== undefined) safely(() => this.endSoon(abort.ending()));
  };

  /** One timer for all events, which only note when they came. */
  #waitForEvents(idle: IdleLimit, ms: number): void {
    this.#timer = setTimeout(() => {
      const { ms: limit = idleMs, isWorking } = idle;
      const until = this.#seenAt + (isWorking?.() === true ? workingMs : limit);
      const left = until - performance.now();
      if (left > 0) this.#waitForEvents(idle, Math.min(left, limit));
      else this.abandon(idle.ending);
    }, ms).unref();
  }
}
