/** The items of a new queue, drawn from the traces of a filter. */
import type { FeedbackQueue, QueueItem } from "../../core/feedback-queue.ts";
import { Random } from "../../core/random.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { comparablePairs } from "../feedback-questions.ts";
import { answerOf } from "../trace-answer.ts";
import { queueKindRules } from "./queue-kinds.ts";

/** What decides the items. */
export interface ItemDraw extends Pick<FeedbackQueue, "kind" | "filter" | "seed"> {
  /** The largest number of items. */
  readonly size: number;
}

/**
 * Draws the items of a queue: traces of the filter in random order, or pairs of answers to one task as `pairsToCompare` draws them.
 * Traces that still run are left out, and, where an answer is to be corrected, those without one.
 */
export async function drawItems(
  store: TraceStore,
  { kind, filter, seed, size }: ItemDraw,
): Promise<readonly QueueItem[]> {
  if (filter.text !== undefined) await store.settle();
  const items: QueueItem[] = [];
  const all = queueKindRules[kind].traces === 2 ? pairs : singles;
  for await (const item of all(store, { kind, filter, seed })) {
    items.push(item);
    if (items.length === size) break;
  }
  return items;
}

async function* pairs(
  store: TraceStore,
  { filter, seed }: Omit<ItemDraw, "size">,
): AsyncGenerator<QueueItem> {
  for await (const pair of comparablePairs(store, { filter, seed })) {
    const [first, second] = pair;
    if (pair.every(({ status }) => status !== "running")) yield [first.id, second.id];
  }
}

async function* singles(
  store: TraceStore,
  { kind, filter, seed }: Omit<ItemDraw, "size">,
): AsyncGenerator<QueueItem> {
  const ids: string[] = [];
  for await (const { id, status } of store.summaries(filter))
    if (status !== "running") ids.push(id);
  for (const id of new Random("queue items", seed).shuffle(ids)) {
    if (!queueKindRules[kind].needsAnswer) yield [id];
    else {
      const trace = await store.get(id);
      if (trace !== undefined && answerOf(trace) !== undefined) yield [id];
    }
  }
}
