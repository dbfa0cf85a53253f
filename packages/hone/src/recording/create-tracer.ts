/**
 * Makes traces and spans, and hands finished ones to a sink: redacted, cut and in order. Nothing here throws into the
 * agent, and nothing waits.
 *
 * What is recorded of a value is its state at the moment it was given; the agent may change it afterwards.
 */
import { type Clock, risingClock } from "../core/clock.ts";
import { HoneError } from "../core/errors.ts";
import { newTraceId } from "../core/ids.ts";
import type { OpenTrace, SpanSink, Tracer, TraceStart } from "../ports/tracer.ts";
import { createRedaction, type RedactionOptions } from "./cleaning/redaction.ts";
import { RunningTrace, type TraceTools } from "./running-trace.ts";
import { isSampled } from "./sampling.ts";
import { silentTrace } from "./silent-trace.ts";
import { activeTrace, runInTrace } from "./trace-context.ts";
import { warnOnce } from "./warn-once.ts";

export interface TracerOptions {
  readonly sink: SpanSink;
  /** Share of traces that are recorded, 0 to 1, decided by the trace's id. Default 1. */
  readonly sampleRate?: number;
  /** Tags of every trace, besides its own. */
  readonly tags?: readonly string[];
  /** Which secrets are taken out. Default: the usual ones; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Unix milliseconds, never going back. Default: the machine's. */
  readonly clock?: Clock;
}

/** A tracer whose open traces can be ended from outside, when the process ends. */
export interface ClosableTracer extends Tracer {
  /** Ends every trace that still runs: failed with this problem, or cancelled without one. */
  endAll(problem?: unknown): void;
}

/** A tracer that can record what runs in case that the process ends at once. */
export interface StandingTracer extends ClosableTracer {
  /**
   * Records every trace that runs as it stands, as cancelled.
   *
   * @returns what records those that still run as running again
   */
  stand(): () => void;
}

/**
 * @throws OPTION_INVALID for a sample rate outside 0 to 1 and for rules of redaction that are none
 * @example const tracer = createTracer({ sink }); const trace = tracer.trace({ agent: "a", task: "2 + 2" });
 */
export function createTracer(options: TracerOptions): StandingTracer {
  const { sink, sampleRate = 1, tags = [], clock = risingClock() } = options;
  if (typeof sampleRate !== "number" || !(sampleRate >= 0 && sampleRate <= 1)) {
    const got = String(sampleRate);
    const facts = { where: "createTracer", option: "sampleRate", got, expected: "from 0 to 1" };
    throw new HoneError("OPTION_INVALID", facts);
  }
  const open = new Set<RunningTrace>();
  const redaction = createRedaction(options.redaction);
  const tools: TraceTools = { sink, clock, redaction, ended: (trace) => void open.delete(trace) };

  const trace = (start: TraceStart): OpenTrace => {
    const id = start.id ?? newTraceId();
    if (!isSampled(id, sampleRate)) return silentTrace(id);
    try {
      const running = new RunningTrace(tools, { ...start, id, ...tagged(start, tags) });
      open.add(running);
      return running;
    } catch (error) {
      warnOnce(error);
      return silentTrace(id);
    }
  };
  return {
    trace,
    current: () => activeTrace()?.trace,
    within: runInTrace,
    endAll: (problem) => {
      for (const running of open) running.abandon(problem);
    },
    stand: () => {
      const standing = [...open];
      for (const running of standing) running.checkpoint();
      return () => {
        for (const running of standing) running.resume();
      };
    },
  };
}

/** Its own tags first, each once. */
const tagged = (start: TraceStart, tags: readonly string[]): Pick<TraceStart, "tags"> =>
  tags.length === 0 ? {} : { tags: [...new Set([...(start.tags ?? []), ...tags])] };
