/**
 * What all copies of hone in one process share: the preload and the app may each load their own.
 *
 * The name holds the version of this shape; a copy that knows another shape shares nothing with ours.
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
  /** The agents whose `chat` runs here, innermost last: a call of `super.chat` is no second one. */
  readonly agents: readonly object[];
}

interface SharedState {
  readonly active: AsyncLocalStorage<ActiveTrace>;
  /** Where running code is by the reckoning of SDKs that follow it themselves; asked when `active` knows nothing. */
  readonly lookups: Set<() => ActiveTrace | undefined>;
  /** Run when the process ends, in the order they were added; they end what they have to by the deadline. */
  readonly atExit: Set<AtExit>;
  /** Run when a signal comes that the app listens to, in the order they were added. */
  readonly atSignal: Set<AtSignal>;
  isWatchingExit: boolean;
  /** By the URL of the store they write to: one thread for all copies and all tracers. */
  readonly sinks: Map<string, SharedSink>;
}

/** A sink with those who use it. */
export interface SharedSink {
  readonly sink: BatchingSink;
  users: number;
}

/** `problem` is what the process died of, if anything. */
export type AtExit = (problem: unknown) => void;

/**
 * The process may end at once, or go on: what runs is written as it stands. What it returns is called when the process went
 * on.
 */
export type AtSignal = () => (() => void) | undefined;

const name = Symbol.for("hone.tracing.3");

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

/** Starts a span under another one, whatever span the running code belongs to: SDKs report events from within other spans. */
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
