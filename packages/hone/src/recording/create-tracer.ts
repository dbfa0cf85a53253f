/**
 * Makes traces and spans and hands them to a sink as they end: without secrets, cut where they are too long, in order. Nothing
 * here throws into the agent or waits.
 *
 * Values are copied at the moment they are given: the agent may change them afterwards.
 */
import { type Clock, risingClock } from "../core/clock.ts";
import { newTraceId } from "../core/ids.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { OpenTrace, SpanSink, Tracer, TraceStart } from "../ports/tracer.ts";
import { createRedaction, type RedactionOptions } from "./cleaning/redaction.ts";
import { RunningTrace, type TraceTools } from "./running-trace.ts";
import { safely } from "./safely.ts";
import { isSampled } from "./sampling.ts";
import { silentTrace } from "./silent-trace.ts";
import { activeTrace, runInTrace } from "./trace-context.ts";
import { warnOnce } from "./warn-once.ts";

export interface TracerOptions {
  /** Takes what is recorded. */
  readonly sink: SpanSink;
  /** Share of traces that are recorded, 0 to 1, decided by the trace's id. Default 1. */
  readonly sampleRate?: number;
  /** Tags of every trace, added to its own. Default: none. */
  readonly tags?: readonly string[];
  /** Which secrets are taken out. Default: the usual ones, see RedactionOptions; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Gives Unix milliseconds that never go back. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Called with every trace as it begins, to watch it. Default: nothing. */
  readonly onTrace?: ((trace: OpenTrace) => void) | undefined;
}

/** A tracer whose open traces can be ended from outside, when the process ends. */
export interface ClosableTracer extends Tracer {
  /** Ends every trace that still runs: failed with this problem, or cancelled without one. */
  endAll(problem?: unknown): void;
}

/** A tracer that can record its open traces in case the process ends without another word. */
export interface CheckpointTracer extends ClosableTracer {
  /**
   * Records every open trace with its open spans as cancelled.
   *
   * @returns a function to call if the process does not end after all: it records the open traces as running again
   */
  checkpoint(): () => void;
}

/**
 * Makes a tracer.
 *
 * @throws OPTION_INVALID for a sample rate outside 0 to 1, for a redaction rule that is neither a name nor a RegExp
 * @example const tracer = createTracer({ sink }); const trace = tracer.trace({ agent: "a", task: "2 + 2" });
 */
export function createTracer(options: TracerOptions): CheckpointTracer {
  const { sink, sampleRate = 1, tags = [], clock = risingClock(), onTrace } = options;
  optionChecks("createTracer").share("sampleRate", sampleRate);
  const open = new Set<RunningTrace>();
  const redaction = createRedaction(options.redaction);
  const tools: TraceTools = { sink, clock, redaction, ended: (trace) => void open.delete(trace) };

  const trace = (start: TraceStart): OpenTrace => {
    const id = start.id ?? newTraceId();
    if (!isSampled(id, sampleRate)) return silentTrace(id);
    try {
      const running = new RunningTrace(tools, { ...start, id, ...tagged(start, tags) });
      open.add(running);
      if (onTrace !== undefined) safely(() => onTrace(running));
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
    checkpoint: () => {
      const recorded = [...open];
      for (const running of recorded) running.checkpoint();
      return () => {
        for (const running of recorded) running.resume();
      };
    },
  };
}

/** The tags of a trace: its own first, each once. */
const tagged = (start: TraceStart, tags: readonly string[]): Pick<TraceStart, "tags"> =>
  tags.length === 0 ? {} : { tags: [...new Set([...(start.tags ?? []), ...tags])] };
