/** A tracer with its sink, which is flushed at the end of the process, however the process ends. */
import { appendFileSync, writeSync } from "node:fs";
import type { OptionNames } from "../core/known-options.ts";
import { shownAddress, shownAddresses } from "../core/shown-address.ts";
import type { SinkReport } from "../ports/tracer.ts";
import { beforeExit } from "./before-exit.ts";
import { createRedaction, type RedactionOptions } from "./cleaning/redaction.ts";
import { type ClosableTracer, createTracer, type TracerOptions } from "./create-tracer.ts";
import { atExit } from "./exit-hooks.ts";
import { sharedState } from "./trace-context.ts";
import type { BatchWriter } from "./writing/batch-writer.ts";
import { type BatchingOptions, type BatchingSink, batchingSink } from "./writing/batching-sink.ts";

export interface TracerSettings extends BatchingOptions {
  /** Share of traces that are recorded, 0 to 1, decided by the trace's id. Default 1. */
  readonly sampleRate?: number;
  /** Tags of every trace, added to its own and to those of the environment's HONE_TAGS (with commas between). Default: none. */
  readonly tags?: readonly string[];
  /** Which secrets are taken out before anything is stored. Default: the usual ones, see RedactionOptions; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** How long the end of the process may be delayed while waiting spans are written, in ms. Default 2000. */
  readonly exitTimeoutMs?: number;
}

/** Settings of a tracer, and what is called with every trace as it begins. */
type StartSettings = TracerSettings & Pick<TracerOptions, "onTrace">;

export const tracerSettings: OptionNames<TracerSettings> = {
  sampleRate: true,
  tags: true,
  redaction: true,
  exitTimeoutMs: true,
  waitingCharacters: true,
  traces: true,
  intervalMs: true,
};

/** A running recording into one store: its tracer, and what became of the spans. */
export interface Tracing {
  /** Makes the traces; `endAll` ends those that still run. */
  readonly tracer: ClosableTracer;
  /** Resolves when everything recorded so far is durable, or after `timeoutMs` (in ms, default 5000). */
  flush(options?: { readonly timeoutMs?: number }): Promise<SinkReport>;
  /**
   * Ends every open trace as cancelled, flushes and closes the store, within `timeoutMs` (in ms, default 5000). A second call
   * returns the first one's promise.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<SinkReport>;
  /** How many spans were written, wait, or were dropped so far. */
  report(): SinkReport;
}

const defaultExitMs = 2000;
const defaultFlushMs = 5000;

/**
 * Starts recording into a store. Recordings of one process into the same store share a sink.
 *
 * @param writer  opens the store, where no other recording of this process did
 * @param url  names the store
 * @throws OPTION_INVALID for a setting out of its range
 */
export function startTracing(
  writer: () => BatchWriter,
  url: string,
  settings: StartSettings = {},
): Tracing {
  const { exitTimeoutMs = defaultExitMs } = settings;
  const { sinks } = sharedState();
  const shared = sinks.get(url) ?? { sink: batchingSink(writer(), settings), users: 0 };
  const { sink } = shared;
  const tracer = createTracer({ ...settings, sink });
  sinks.set(url, shared);
  shared.users++;
  const removeExitHooks = atExit(
    (problem) => {
      shared.users--;
      tracer.endAll(problem);
      // The last user of the sink writes for all of them.
      if (shared.users > 0) return;
      reportLoss(url, sink.flushNow(exitTimeoutMs));
      sinks.delete(url);
    },
    () => {
      const resume = tracer.checkpoint();
      sink.flushNow(exitTimeoutMs, true);
      return resume;
    },
  );
  const removeBeforeExit = beforeExit(() => finishWaiting(sink, exitTimeoutMs));
  let closed: Promise<SinkReport> | undefined;
  const close = async (timeoutMs: number): Promise<SinkReport> => {
    removeExitHooks();
    removeBeforeExit();
    tracer.endAll();
    shared.users--;
    if (shared.users > 0) return sink.flush({ timeoutMs });
    sinks.delete(url);
    const report = await sink.close({ timeoutMs });
    reportLoss(url, report);
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
 * Writes what waits for a store in this thread, before the process exits: at exit the thread is blocked and such a store
 * cannot work.
 *
 * @returns false when the store did not take everything in time
 */
async function finishWaiting(sink: BatchingSink, timeoutMs: number): Promise<boolean> {
  if (sink.canFlushNow) return true;
  const end = performance.now() + timeoutMs;
  // The app may still be at work and record more while this writes.
  while (sink.report().waiting > 0) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return false;
    await sink.flush({ timeoutMs: leftMs });
  }
  return true;
}

/**
 * Says on stderr at the end of the process how many spans were lost, or are kept for the next process that opens the store.
 * A loss is also noted in the file in HONE_LOSSES, which the program that started this one reads.
 */
function reportLoss(url: string, { dropped, waiting, kept = 0, problem }: SinkReport): void {
  const lost = dropped + waiting;
  const lossFile = process.env["HONE_LOSSES"];
  if (lost > 0 && lossFile !== undefined && lossFile !== "") noteLoss(lossFile, lost);
  const store = shownAddress(url);
  if (lost > 0) warn(`${spansText(lost)} not recorded in ${store}`, problem);
  // Without a problem the process only ended too soon. What opens a store of this machine takes the spans then, which needs no word.
  if (kept === 0 || (problem === undefined && !isServed(url))) return;
  const way =
    "`npx hone traces list --store` with that address writes them, as does all that opens it on this machine";
  warn(
    `${spansText(kept)} kept until ${store} is next opened; ${way}`,
    problem ?? "it did not answer before the end",
  );
}

/** Whether a server has the store, which other machines see, too. */
const isServed = (url: string): boolean => url.includes("://");

const spansText = (count: number): string => (count === 1 ? "1 span was" : `${count} spans were`);

function warn(what: string, problem: string | undefined): void {
  const why = problem === undefined ? "" : `: ${problem}`;
  try {
    writeSync(2, `${createRedaction().text(`hone: ${what}${shownAddresses(why)}`)}\n`);
  } catch {
    // Writing to a closed terminal fails; the notice is lost then.
  }
}

function noteLoss(file: string, spans: number): void {
  try {
    appendFileSync(file, `${JSON.stringify({ spans })}\n`);
  } catch {
    // The program that started this one has ended and taken its file along.
  }
}
