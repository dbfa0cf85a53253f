/**
 * One watcher for each run that somebody follows, however many do: it looks at the run's files, and wakes those who wait when there
 * is something new. What one of them has read is there for the others.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MetricsRow } from "../../formats/metrics-format.ts";
import { condensedRows } from "./condensed-rows.ts";
import type { UiMetrics, UiRun, UiRunLibrary } from "./ui-library.ts";

/** A run as those who follow it see it. */
export interface RunWatch {
  /** How often the run was seen to change: what `changed` is told. */
  readonly version: () => number;
  /** The state when the watcher last looked. @throws RUN_NOT_FOUND, and what else looking at the run throws */
  status(): Promise<UiRun["status"]>;
  /** The rows from a place on, as `UiRunLibrary.metrics` has them. */
  rows(from: number): Promise<UiMetrics>;
  /** The rows so far, condensed (condensed-rows.ts); the newest may be missing: `next` says from where on. */
  history(): Promise<UiMetrics>;
  /** Resolves once the run has another version than the given one, or the signal aborts. */
  changed(since: number, signal: AbortSignal): Promise<void>;
  /** Must be called once; the last of those who follow ends the watcher. */
  leave(): void;
}

/** Watchers by the names of runs. */
export interface MetricsWatch {
  follow(run: string): RunWatch;
}

/** How much less often a run is looked at that has ended. */
const SLOWER = 6;
/** Bytes at the end of a file that are kept for others, and by which a condensed history may be too old. */
const TAIL_BYTES = 256 * 1024;

/** @param pollMs  time between looks at a run that goes, in ms */
export function metricsWatch(library: UiRunLibrary, pollMs: number): MetricsWatch {
  const watchers = new Map<string, Watcher>();
  return {
    follow: (run) => {
      const watcher = watchers.get(run) ?? new Watcher(library, run, pollMs);
      watchers.set(run, watcher);
      watcher.followers++;
      return {
        version: () => watcher.version,
        status: async () => (await watcher.seen).status,
        rows: (from) => watcher.rows(from),
        history: () => watcher.history(),
        changed: (since, signal) => watcher.changed(since, signal),
        leave: () => {
          if (--watcher.followers > 0) return;
          watcher.end.abort();
          watchers.delete(run);
        },
      };
    },
  };
}

/** What a watcher saw of a run: it has changed where one of the two differs. */
interface Seen {
  readonly status: UiRun["status"];
  /** The size of the file of its metrics. */
  readonly bytes: number;
}

class Watcher {
  followers = 0;
  version = 0;
  seen: Promise<Seen>;
  readonly end = new AbortController();
  readonly #library: UiRunLibrary;
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  /** Rows near the end by where they begin, until the run changes: those who follow it live all ask for the same. */
  readonly #tails = new Map<number, Promise<UiMetrics>>();
  #history: Promise<UiMetrics> | undefined;

  constructor(library: UiRunLibrary, name: string, pollMs: number) {
    this.#library = library;
    this.#name = name;
    this.seen = this.#look();
    void this.#watch(pollMs);
  }

  async rows(from: number): Promise<UiMetrics> {
    const { bytes } = await this.seen;
    if (bytes - from > TAIL_BYTES) return this.#library.metrics(this.#name, from);
    const tail = this.#tails.get(from) ?? this.#library.metrics(this.#name, from);
    this.#tails.set(from, tail);
    return tail;
  }

  async history(): Promise<UiMetrics> {
    const { bytes } = await this.seen;
    const made = await this.#history?.catch(() => undefined);
    const isFresh = made !== undefined && made.next <= bytes && bytes - made.next < TAIL_BYTES;
    if (!isFresh) this.#history = historyOf(this.#library, this.#name);
    return this.#history!;
  }

  changed(since: number, signal: AbortSignal): Promise<void> {
    if (this.version !== since || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  async #look(): Promise<Seen> {
    const status = await this.#library.status(this.#name);
    return { status, bytes: await this.#library.metricsBytes(this.#name) };
  }

  async #watch(pollMs: number): Promise<void> {
    let before = await this.seen.catch(() => undefined);
    while (!this.end.signal.aborted) {
      await pause(before?.status === "running" ? pollMs : SLOWER * pollMs, this.end.signal);
      const now = this.#look();
      const after = await now.catch(() => undefined);
      if (after?.status === before?.status && after?.bytes === before?.bytes) continue;
      this.seen = now;
      before = after;
      this.version++;
      this.#tails.clear();
      for (const wake of [...this.#waiting]) wake();
    }
  }
}

async function historyOf(library: UiRunLibrary, name: string): Promise<UiMetrics> {
  const rows: MetricsRow[] = [];
  for (let from = 0; ;) {
    const page = await library.metrics(name, from);
    // The run was resumed while it was read: what was read before counts no more.
    if (page.isAnew) rows.length = 0;
    for (const row of page.rows) rows.push(row);
    from = page.next;
    if (!page.hasMore) return { ...page, rows: condensedRows(rows), isAnew: false };
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
