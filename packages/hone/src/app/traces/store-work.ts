/** What is done to whole stores: copy, check, prune. */
import { createHash } from "node:crypto";
import { HoneError } from "../../core/errors.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import {
  type CopyProgress,
  type CopyReport,
  copyTraces,
} from "../../store/operations/copy-traces.ts";
import { checkStoreAddress, openStore } from "../open-store.ts";
import type { OnProgress } from "../../core/progress.ts";
import { UnreadableParts } from "./unreadable-parts.ts";

export interface StoreWorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Hears of what cannot be read. */
  readonly onProblem?: (problem: HoneError) => void;
}

export interface StoreCopyReport extends CopyReport {
  /** Parts of the source that could not be read, and were not copied: a damaged file, or a trace with a damaged row. */
  readonly unreadable: number;
}

/**
 * Copies a store into another and proves it; see `copyTraces`. After the signal, the same call goes on where it was.
 * A target is made only when there is something to copy.
 * @throws CANCELLED after the signal; as `openStore` and `copyTraces`
 */
export async function copyStore(
  from: string,
  to: string,
  options: StoreWorkOptions & { readonly filter?: TraceFilter } = {},
): Promise<StoreCopyReport> {
  const { signal, filter, onProgress, onProblem } = options;
  const unreadable = new UnreadableParts(onProblem);
  const source = await openStore(from, { mustExist: true, onProblem: unreadable.add });
  checkStoreAddress(to);
  try {
    if (await isEmpty(source, filter)) return { ...nothingCopied(), unreadable: unreadable.count };
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
        if (step.done === true) return { ...step.value, unreadable: unreadable.count };
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

async function isEmpty(store: TraceStore, filter?: TraceFilter): Promise<boolean> {
  for await (const _ of store.traces(filter)) return false;
  return true;
}

const nothingCopied = (): CopyReport => ({
  traces: 0,
  spans: 0,
  copied: 0,
  alreadyThere: 0,
  hash: createHash("sha256").digest("hex"),
});

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
