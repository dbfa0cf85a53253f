/**
 * State that all copies of hone in a process share: the preload and the app may each load a copy.
 *
 * The state is found under a symbol whose name holds the version of its shape; copies with another shape have their own state.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { BatchingSink } from "./writing/batching-sink.ts";
import type { SpanKind } from "../core/span.ts";
import type { OpenSpan, OpenTrace, SpanStart, Tracer } from "../ports/tracer.ts";
import { warnOnce } from "./warn-once.ts";

/** The trace whose code runs, and the span it runs in. */
export interface ActiveTrace {
  readonly trace: OpenTrace;
  readonly span: OpenSpan | undefined;
  /** The agents whose `chat` runs here, innermost last, so that a call of `super.chat` is not recorded a second time. */
  readonly agents: readonly object[];
}

interface SharedState {
  /** The trace whose code runs. */
  readonly active: AsyncLocalStorage<ActiveTrace>;
  /** Functions of SDKs that follow their running code themselves; asked for its trace where `active` holds none. */
  readonly lookups: Set<() => ActiveTrace | undefined>;
  /** Run when the process ends, in the order they were added. */
  readonly atExit: Set<AtExit>;
  /** Run when a signal comes that the app listens to, in the order they were added. */
  readonly atSignal: Set<AtSignal>;
  /** True once a copy of hone listens for the end of the process. */
  isWatchingExit: boolean;
  /** Sinks by the address of their store, which all copies and tracers share: one thread writes to a store. */
  readonly sinks: Map<string, SharedSink>;
}

/** A sink and how many tracers use it. */
export interface SharedSink {
  readonly sink: BatchingSink;
  users: number;
}

/** Called when the process ends; `problem` is the error it died of, if it did. */
export type AtExit = (problem: unknown) => void;

/**
 * Called at a signal after which the process may end at once: traces that run are written as they are.
 *
 * @returns a function to call when the process goes on
 */
export type AtSignal = () => (() => void) | undefined;

const name = Symbol.for("hone.tracing.3");

/** The state that all copies of hone share. */
export function sharedState(): SharedState {
  const place = globalThis as { [name]?: SharedState };
  place[name] ??= {
    active: new AsyncLocalStorage(),
    lookups: new Set(),
    atExit: new Set(),
    atSignal: new Set(),
    isWatchingExit: false,
    sinks: new Map(),
  };
  return place[name];
}

/** The trace whose code runs now, if any. */
export function activeTrace(): ActiveTrace | undefined {
  const { active, lookups } = sharedState();
  const running = active.getStore();
  if (running !== undefined || lookups.size === 0) return running;
  for (const lookup of lookups) {
    try {
      const found = lookup();
      if (found !== undefined) return found;
    } catch (error) {
      warnOnce(error);
    }
  }
  return undefined;
}

/** Runs code in a trace and one of its spans. */
export const runInTrace: Tracer["within"] = (trace, span, run) =>
  sharedState().active.run({ trace, span, agents: activeTrace()?.agents ?? [] }, run);

/**
 * Starts a span under the given one, or directly in the trace, whatever span the running code is in: SDKs report events from
 * code that belongs to another span.
 */
export function spanUnder<K extends SpanKind>(
  { trace, span }: Pick<ActiveTrace, "trace" | "span">,
  start: SpanStart<K> & { readonly kind: K },
): OpenSpan<K> {
  // Spans that are not recorded have an empty id.
  if (span === undefined || span.id === "") {
    return runInTrace(trace, undefined, () => trace.span<K>(start));
  }
  const under = { ...start, parentId: span.id };
  return trace.span<K>(under);
}
