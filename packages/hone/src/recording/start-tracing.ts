/** A tracer with its sink: opened once, flushed at the end of the process, however it ends. */
import { appendFileSync, writeSync } from "node:fs";
import type { OptionNames } from "../core/known-options.ts";
import { shownAddress, shownAddresses } from "../core/shown-address.ts";
import type { SinkReport } from "../ports/tracer.ts";
import { type BatchingOptions, type BatchingSink, batchingSink } from "./writing/batching-sink.ts";
import { beforeExit } from "./before-exit.ts";
import { atExit } from "./exit-hooks.ts";
import { createRedaction, type RedactionOptions } from "./cleaning/redaction.ts";
import { sharedState } from "./trace-context.ts";
import type { TraceWriter } from "./writing/batch-writer.ts";
import { type ClosableTracer, createTracer } from "./create-tracer.ts";

export interface TracerSettings extends BatchingOptions {
  /** Share of traces that are recorded, 0 to 1, decided by the trace's id. Default 1. */
  readonly sampleRate?: number;
  /** Tags of every trace, besides its own and those of the environment's HONE_TAGS (commas between). */
  readonly tags?: readonly string[];
  /** Which secrets are taken out. Default: the usual ones; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** How long the process may be kept from ending while what waits is written. Default 2000. */
  readonly exitTimeoutMs?: number;
}

export const tracerSettings: OptionNames<TracerSettings> = {
  sampleRate: true,
  tags: true,
  redaction: true,
  exitTimeoutMs: true,
  waitingCharacters: true,
  traces: true,
  intervalMs: true,
};

/** What records, and what became of it. */
export interface Tracing {
  readonly tracer: ClosableTracer;
  /** Resolves when everything recorded so far is durable, by the deadline at the latest. Default 5000 ms. */
  flush(options?: { readonly timeoutMs?: number }): Promise<SinkReport>;
  /** Ends every trace that runs, flushes and closes. */
  close(options?: { readonly timeoutMs?: number }): Promise<SinkReport>;
  report(): SinkReport;
}

const defaultExitMs = 2000;
const defaultFlushMs = 5000;

/** @throws OPTION_INVALID for settings that cannot be */
export function startTracing(
  writer: () => TraceWriter,
  url: string,
  settings: TracerSettings = {},
): Tracing {
  const { exitTimeoutMs = defaultExitMs } = settings;
  const { sinks } = sharedState();
  const shared = sinks.get(url) ?? { sink: batchingSink(writer(), settings), users: 0 };
  const { sink } = shared;
  const tracer = createTracer({ ...settings, sink });
  sinks.set(url, shared);
  shared.users++;
  const forget = atExit(
    (problem) => {
      shared.users--;
      tracer.endAll(problem);
      // The last of those who write to it writes for all.
      if (shared.users > 0) return;
      tell(url, sink.flushNow(exitTimeoutMs));
      sinks.delete(url);
    },
    () => {
      const goOn = tracer.stand();
      sink.flushNow(exitTimeoutMs, true);
      return goOn;
    },
  );
  const stay = beforeExit(() => finishWaiting(sink, exitTimeoutMs));
  let closed: Promise<SinkReport> | undefined;
  const close = async (timeoutMs: number): Promise<SinkReport> => {
    forget();
    stay();
    tracer.endAll();
    shared.users--;
    if (shared.users > 0) return sink.flush({ timeoutMs });
    sinks.delete(url);
    const report = await sink.close({ timeoutMs });
    tell(url, report);
    return report;
  };
  return {
    tracer,
    flush: ({ timeoutMs = defaultFlushMs } = {}) => sink.flush({ timeoutMs }),
    close: ({ timeoutMs = defaultFlushMs } = {}) => (closed ??= close(timeoutMs)),
    report: () => sink.report(),
  };
}

/**
 * A store in this thread cannot be written to while the thread stands still, so its last spans are written before.
 *
 * @returns false when it did not take all of them in time
 */
async function finishWaiting(sink: BatchingSink, timeoutMs: number): Promise<boolean> {
  if (sink.canFlushNow) return true;
  const end = performance.now() + timeoutMs;
  // The app may be at work meanwhile, and record more just when all was written.
  while (sink.report().waiting > 0) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return false;
    await sink.flush({ timeoutMs: leftMs });
  }
  return true;
}

/** One line, when the process ends and something was lost or waits; lost spans also in HONE_LOSSES for the program that started this one. */
function tell(url: string, { dropped, waiting, kept = 0, problem }: SinkReport): void {
  const lost = dropped + waiting;
  const losses = process.env["HONE_LOSSES"];
  if (lost > 0 && losses !== undefined && losses !== "") noteLoss(losses, lost);
  // Spans that only came too late for this process are no news: the next one to open the store reads them.
  const isWaiting = kept > 0 && problem !== undefined;
  if (lost > 0) say(`${spansText(lost)} not recorded in ${shownAddress(url)}`, problem);
  else if (isWaiting)
    say(`${spansText(kept)} kept until ${shownAddress(url)} is next opened`, problem);
}

const spansText = (count: number): string => (count === 1 ? "1 span was" : `${count} spans were`);

function say(what: string, problem: string | undefined): void {
  const why = problem === undefined ? "" : `: ${problem}`;
  try {
    writeSync(2, `${createRedaction().text(`hone: ${what}${shownAddresses(why)}`)}\n`);
  } catch {
    // The terminal is closed.
  }
}

function noteLoss(file: string, spans: number): void {
  try {
    appendFileSync(file, `${JSON.stringify({ spans })}\n`);
  } catch {
    // Who asked has gone.
  }
}
