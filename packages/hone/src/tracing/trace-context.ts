/**
 * What all copies of hone in one process share: the preload and the app may each load their own.
 *
 * The name holds the version of this shape; a copy that knows another shape shares nothing with ours.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { BatchingSink } from "./batching-sink.ts";
import type { OpenSpan, OpenTrace, SpanStart } from "../ports/tracer.ts";

/** The trace whose code runs, and the span it runs in. */
export interface ActiveTrace {
  readonly trace: OpenTrace;
  readonly span: OpenSpan | undefined;
  /** The agents whose `chat` runs here, innermost last: a call of `super.chat` is no second one. */
  readonly agents: readonly object[];
}

interface SharedState {
  readonly active: AsyncLocalStorage<ActiveTrace>;
  /** Run when the process ends, in the order they were added; they end what they have to by the deadline. */
  readonly atExit: Set<AtExit>;
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

const name = Symbol.for("hone.tracing.1");

export function sharedState(): SharedState {
  const place = globalThis as { [name]?: SharedState };
  place[name] ??= {
    active: new AsyncLocalStorage(),
    atExit: new Set(),
    isWatchingExit: false,
    sinks: new Map(),
  };
  return place[name];
}

/** The trace whose code runs now, if any. */
export const activeTrace = (): ActiveTrace | undefined => sharedState().active.getStore();

/** A span of a kind that is known when it runs, not when it is compiled. */
export const startSpan = (trace: OpenTrace, start: SpanStart): OpenSpan =>
  trace.span(start as never) as OpenSpan;
