/** Makes a queue of the traces of a filter. */
import { HoneError } from "../../../core/errors.ts";
import { type FeedbackQueue, type QueueKind, queueKinds } from "../../../core/feedback-queue.ts";
import { optionChecks } from "../../../core/option-checks.ts";
import { checkFilter, type TraceFilter } from "../../../core/trace-query.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { drawItems } from "../../../rewards/queues/queue-items.ts";
import { queueKindRules } from "../../../rewards/queues/queue-kinds.ts";
import { checkQueueName, refuseKnownQueue, writeQueue } from "./queue-files.ts";

/** What a new queue is to be. */
export interface NewQueue {
  readonly name: string;
  readonly kind: QueueKind;
  readonly filter?: TraceFilter;
  /** Largest number of items. Default 100. */
  readonly size?: number;
  /** Number of people who judge each item. Default 1. */
  readonly ratersPerItem?: number;
  /** Decides which items are drawn, and their order. Default 0. */
  readonly seed?: number;
  /** Reasons that are offered. Default: `defaultReasons`. */
  readonly reasons?: readonly string[];
}

/** A queue of more would take long to read at each look. */
const MAX_QUEUE_SIZE = 5000;

/** Reasons are chosen by the digits 3 to 9. */
const MAX_REASONS = 7;

/** The reasons that a queue offers by itself. */
const defaultReasons = ["wrong", "incomplete", "unclear", "too long", "unsafe"] as const;

const checks = optionChecks("queues");

/**
 * Draws the items of a queue and writes it.
 * @throws OPTION_INVALID, TRACE_QUERY_INVALID; QUEUE_EXISTS; QUEUE_EMPTY where no trace fits; as the store; DISK_FULL, WRITE_FAILED
 */
export async function makeQueue(
  store: TraceStore,
  runs: string,
  wanted: NewQueue,
): Promise<FeedbackQueue> {
  const { name, kind, filter = {}, size = 100, ratersPerItem = 1, seed = 0 } = wanted;
  const { reasons = defaultReasons } = wanted;
  checkQueueName(name);
  checks.oneOf("kind", kind, queueKinds);
  checks.whole("size", size, { min: 1, max: MAX_QUEUE_SIZE });
  checks.whole("ratersPerItem", ratersPerItem, { min: 1, max: 100 });
  checks.whole("seed", seed);
  if (reasons.length > MAX_REASONS || reasons.some((reason) => reason.trim() === ""))
    throw checks.invalid("reasons", reasons, `at most ${MAX_REASONS} texts that are not empty`);
  checkFilter(filter);
  // Before items are drawn, which takes a while.
  await refuseKnownQueue(runs, name);
  const items = await drawItems(store, { kind, filter, seed, size });
  if (items.length === 0) {
    const needs = needsOf(kind);
    throw new HoneError("QUEUE_EMPTY", { store: store.url, kind, needs });
  }
  const queue: FeedbackQueue = {
    ...{ name, kind, store: store.url, filter, seed, ratersPerItem, reasons },
    ...{ createdAt: Date.now(), items },
  };
  await writeQueue(runs, queue);
  return queue;
}

function needsOf(kind: QueueKind): string {
  const { traces, needsAnswer } = queueKindRules[kind];
  if (traces === 2) return "two different answers to the same task and prompt";
  return needsAnswer ? "a trace that has ended with an answer in words" : "a trace that has ended";
}
