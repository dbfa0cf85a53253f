/** What is done to whole stores: copy, check, prune. */
import { HoneError } from "../core/errors.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { type CopyProgress, type CopyReport, copyTraces } from "../store/copy-traces.ts";
import { openStore } from "./open-store.ts";
import type { OnProgress } from "./progress.ts";

export interface StoreWorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Hears of what cannot be read. */
  readonly onProblem?: (problem: HoneError) => void;
}

/**
 * Copies a store into another and proves it; see `copyTraces`. After the signal, the same call goes on where it was.
 * @throws CANCELLED after the signal; as `openStore` and `copyTraces`
 */
export async function copyStore(
  from: string,
  to: string,
  options: StoreWorkOptions & { readonly filter?: TraceFilter } = {},
): Promise<CopyReport> {
  const { signal, filter, onProgress } = options;
  const source = await openStore(from, { ...options, mustExist: true });
  try {
    const target = await openStore(to, options);
    let last: CopyProgress | undefined;
    try {
      const begun = performance.now();
      const steps = copyTraces(source, target, {
        ...(filter === undefined ? {} : { filter }),
        ...(signal === undefined ? {} : { signal }),
      });
      for (;;) {
        const step = await steps.next();
        if (step.done === true) return step.value;
        last = step.value;
        const seconds = (performance.now() - begun) / 1000;
        const rate = `${Math.round((last.copied + last.alreadyThere) / seconds)} traces/s`;
        onProgress?.({ what: `${last.phase} ${last.seen} traces`, rate });
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      const what = `The copy (${last?.copied ?? 0} traces copied; the same command goes on from there)`;
      throw new HoneError("CANCELLED", { what }, { cause: error });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

export interface CheckReport {
  /** The store's address, as it may be shown. */
  readonly store: string;
  readonly problems: readonly HoneError[];
}

/** What is wrong with a store. @throws as `openStore` */
export async function checkStore(url: string): Promise<CheckReport> {
  const unread: HoneError[] = [];
  const store = await openStore(url, {
    mustExist: true,
    onProblem: (problem) => unread.push(problem),
  });
  try {
    const problems = await store.check();
    const known = new Set(problems.map(({ message }) => message));
    const others = unread.filter(({ message }) => !known.has(message));
    return { store: store.url, problems: [...problems, ...others] };
  } finally {
    await store.close();
  }
}

export interface PruneOptions extends StoreWorkOptions {
  /** Counts, and deletes nothing. Default false. */
  readonly dryRun?: boolean;
}

/** Traces looked at and deleted at once. */
const prunedAtOnce = 500;

/**
 * Deletes the traces of a store that started before this time (Unix milliseconds), the oldest first.
 * @returns how many there were
 * @throws CANCELLED after the signal; as `openStore`
 */
export async function pruneStore(
  url: string,
  before: number,
  options: PruneOptions = {},
): Promise<number> {
  const store = await openStore(url, { ...options, mustExist: true });
  try {
    return await (options.dryRun === true
      ? countBefore(store, before)
      : deleteBefore(store, before, options));
  } finally {
    await store.close();
  }
}

async function countBefore(store: TraceStore, before: number): Promise<number> {
  let count = 0;
  for await (const _ of store.summaries({ to: before })) count++;
  return count;
}

async function deleteBefore(
  store: TraceStore,
  before: number,
  { signal, onProgress }: PruneOptions,
): Promise<number> {
  let count = 0;
  for (;;) {
    if (signal?.aborted === true) {
      throw new HoneError("CANCELLED", { what: `The deletion (${count} traces deleted)` });
    }
    const order = { by: "startedAt", direction: "ascending" } as const;
    const { traces } = await store.query({ to: before, order, limit: prunedAtOnce });
    if (traces.length === 0) return count;
    count += await store.delete(traces.map(({ id }) => id));
    onProgress?.({ what: `deleted ${count} traces` });
  }
}
