/** A queue beside the store that its traces are in: what has been said about each item. */
import type { FeedbackQueue, QueueItem } from "../../../core/feedback-queue.ts";
import type { Trace } from "../../../core/trace.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { type ItemJudgement, judgementsOf } from "../../../rewards/queues/queue-judgements.ts";

/** An item as it was last read. */
export interface ReadItem {
  readonly judgements: readonly ItemJudgement[];
  /** Whether all of its traces are in the store. */
  readonly isThere: boolean;
}

/** A queue and what has been said. */
export interface QueueBoard {
  readonly queue: FeedbackQueue;
  /** All items. What other processes have said is seen after some seconds at most, longer where the queue takes long to read. */
  items(): Promise<readonly ReadItem[]>;
  /** Reads one item anew. Its traces are undefined where one of them is not in the store. */
  read(index: number): Promise<{ readonly item: ReadItem; readonly traces?: readonly Trace[] }>;
}

/** Time for which what was read of a whole queue counts, in ms. */
const FRESH_MS = 2000;

/** A queue that takes long to read is read less often: this share of the time at most. */
const READING_SHARE = 1 / 20;

/** Opens a queue over its store. */
export function queueBoard(store: TraceStore, queue: FeedbackQueue): QueueBoard {
  let known: ReadItem[] = [];
  let freshUntil = 0;
  let reading: Promise<void> | undefined;
  const readAll = async (): Promise<void> => {
    const start = Date.now();
    const all: ReadItem[] = [];
    for (const item of queue.items) all.push((await readItem(store, queue, item)).item);
    known = all;
    const end = Date.now();
    freshUntil = end + Math.max(FRESH_MS, (end - start) / READING_SHARE);
  };
  return {
    queue,
    items: async () => {
      if (Date.now() >= freshUntil)
        await (reading ??= readAll().finally(() => {
          reading = undefined;
        }));
      return known;
    },
    read: async (index) => {
      // A whole reading that began before this one must not put its older state in this one's place.
      await reading?.catch(() => undefined);
      const read = await readItem(store, queue, queue.items[index]!);
      if (known.length > 0) known[index] = read.item;
      return read;
    },
  };
}

async function readItem(
  store: TraceStore,
  { kind }: FeedbackQueue,
  item: QueueItem,
): ReturnType<QueueBoard["read"]> {
  const traces: Trace[] = [];
  for (const id of item) {
    const trace = await store.get(id);
    if (trace === undefined) return { item: { judgements: [], isThere: false } };
    traces.push(trace);
  }
  const feedback = traces.flatMap((trace) => trace.feedback ?? []);
  return { item: { judgements: judgementsOf(kind, item, feedback), isThere: true }, traces };
}
