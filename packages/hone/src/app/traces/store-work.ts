/** Work on whole stores, by their addresses: copy, check, prune, delete. */
import { createHash } from "node:crypto";
import { HoneError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import {
  type CopyProgress,
  type CopyReport,
  copyTraces,
} from "../../store/operations/copy-traces.ts";
import {
  type ChosenTraces,
  deleteTraces,
  idsToDelete,
} from "../../store/operations/delete-traces.ts";
import { countBefore, pruneTraces } from "../../store/operations/prune-traces.ts";
import { UnreadableParts } from "../../store/unreadable-parts.ts";
import { checkStoreAddress, openStore } from "../open-store.ts";
import { type StoreAt, withStore } from "./with-store.ts";

export interface StoreCopyOptions {
  /** Copies only these traces. Default: all. */
  readonly filter?: TraceFilter;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Called once for each trace, or part of one, that cannot be read. */
  readonly onProblem?: (problem: HoneError) => void;
}

export interface StoreCopyReport extends CopyReport {
  /** Number of damaged files of the source, or of its traces with a damaged row. They are not copied. */
  readonly unreadable: number;
}

/**
 * Copies a store into another and verifies the copy; see `copyTraces`. After the signal the same call resumes the copy.
 * The target is made only when there is something to copy.
 * @throws CANCELLED after the signal; as `openStore` and `copyTraces`
 */
export async function copyStore(
  from: string,
  to: string,
  options: StoreCopyOptions = {},
): Promise<StoreCopyReport> {
  const unreadable = new UnreadableParts(options.onProblem);
  const at = { url: from, onProblem: unreadable.add };
  const report = await withStore(at, async (source) => {
    checkStoreAddress(to);
    if (await isEmpty(source, options.filter)) return nothingCopied();
    const { onProblem } = options;
    const target = await openStore(to, onProblem === undefined ? {} : { onProblem });
    try {
      return await copyAll(source, target, options);
    } finally {
      await target.close();
    }
  });
  return { ...report, unreadable: unreadable.count };
}

/** Runs the copy to its end and reports its progress. */
async function copyAll(
  source: TraceStore,
  target: TraceStore,
  { filter, signal, onProgress }: StoreCopyOptions,
): Promise<CopyReport> {
  let last: CopyProgress | undefined;
  const begun = performance.now();
  const steps = copyTraces(source, target, {
    ...(filter === undefined ? {} : { filter }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
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
    const what = `The copy (${last?.copied ?? 0} traces copied; the same command resumes there)`;
    throw new HoneError("CANCELLED", { what }, { cause: error });
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
  /** Number of traces that the store lists, damaged ones among them. */
  readonly traces: number;
  readonly problems: readonly HoneError[];
}

/** How many traces a store lists; as far as it came where the store is damaged, which its check reports. */
async function countTraces(store: TraceStore): Promise<number> {
  let count = 0;
  try {
    for await (const _ of store.summaries()) count++;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return count;
}

/** What is wrong with a store; the store is not changed. @throws as `withStore` */
export async function checkStore(url: string): Promise<CheckReport> {
  const unread: HoneError[] = [];
  return withStore({ url, onProblem: (problem) => unread.push(problem) }, async (store) => {
    const problems = await store.check();
    const known = new Set(problems.map(({ message }) => message));
    const others = unread.filter(({ message }) => !known.has(message));
    return {
      store: store.url,
      traces: await countTraces(store),
      problems: [...problems, ...others],
    };
  });
}

export interface StoreDeleteOptions {
  /** Asked with the number of traces before the first is deleted; false leaves all as they are. */
  readonly isAgreed: (count: number) => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** How many traces of a store started before this time (Unix milliseconds). @throws as `withStore` */
export const countPrunable = (at: StoreAt, before: number): Promise<number> =>
  withStore(at, (store) => countBefore(store, before));

/**
 * Deletes the traces of a store that started before this time (Unix milliseconds), the oldest first.
 * @returns how many there were; undefined when `isAgreed` said no
 * @throws CANCELLED after the signal; as `withStore`
 */
export const pruneStore = (
  at: StoreAt,
  before: number,
  { isAgreed, ...options }: StoreDeleteOptions,
): Promise<number | undefined> =>
  withStore(at, async (store) => {
    const count = await countBefore(store, before);
    if (count > 0 && !(await isAgreed(count))) return undefined;
    return pruneTraces(store, before, options);
  });

/**
 * Deletes traces of a store.
 * @returns how many were deleted; undefined when `isAgreed` said no
 * @throws CANCELLED after the signal; as `withStore` and `idsToDelete`
 */
export const deleteFromStore = (
  at: StoreAt,
  chosen: ChosenTraces,
  { isAgreed, ...options }: StoreDeleteOptions,
): Promise<number | undefined> =>
  withStore(at, async (store) => {
    const ids = await idsToDelete(store, chosen);
    if (ids.length > 0 && !(await isAgreed(ids.length))) return undefined;
    return deleteTraces(store, ids, options);
  });
