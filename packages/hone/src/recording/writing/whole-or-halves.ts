/**
 * Writes a batch so that what a store refuses costs only itself: a batch with a bad item is halved until the item is alone.
 *
 * What the store holds of a trace may be damaged: then that trace's items are set apart, and those of the others are written.
 *
 * A span whose trace somebody deleted while it runs is written once more, together with its trace's newest head.
 */
import { isError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { WaitingItem } from "./waiting-items.ts";

type Items = readonly WaitingItem[];

export interface BatchTarget {
  write(items: Items): Promise<void>;
  /** The newest head of a trace; empty when it is not known any more. */
  headOf(traceId: string): Items;
  /** Called with items that are durable. */
  written(items: Items): void;
  /** Called with an item that the store refuses for what it is. */
  refused(item: WaitingItem, error: Error): void;
  /** Called with all items of a trace that the store cannot take for a reason of its own: what it holds of it is damaged. */
  unwritable(items: Items, error: Error): void;
}

/**
 * Resolves when every item is durable or refused.
 *
 * @throws the store's error where trying again may help; what was durable until then has been counted
 */
export async function writeWholeOrHalves(items: Items, target: BatchTarget): Promise<void> {
  return write(items, target, false);
}

/** @param hasHeads  the newest heads are among the items or were written: a trace that is missing now stays so */
async function write(items: Items, target: BatchTarget, hasHeads: boolean): Promise<void> {
  try {
    await target.write(items);
    target.written(items);
  } catch (error) {
    if (isError(error, "TRACE_INVALID")) return writeHalves(items, target, error);
    if (isDamage(error)) return writeHalfTheTraces(items, target, { error, hasHeads });
    if (!isError(error, "TRACE_NOT_FOUND")) throw error;
    if (hasHeads) return writeHalves(items, target, error);
    await write(withHeads(items, target), target, true);
  }
}

function withHeads(items: Items, target: BatchTarget): Items {
  const ids = new Set(items.map(({ traceId }) => traceId));
  const heads = [...ids].flatMap((id) => target.headOf(id));
  return [...heads, ...items.filter(({ kind }) => kind === "span")];
}

async function writeHalves(items: Items, target: BatchTarget, error: Error): Promise<void> {
  if (items.length > 1) {
    const middle = Math.ceil(items.length / 2);
    await write(items.slice(0, middle), target, true);
    return write(items.slice(middle), target, true);
  }
  const [item] = items;
  if (item !== undefined) target.refused(item, error);
}

interface Damage {
  readonly error: Error;
  readonly hasHeads: boolean;
}

async function writeHalfTheTraces(
  items: Items,
  target: BatchTarget,
  { error, hasHeads }: Damage,
): Promise<void> {
  const traces = [...Map.groupBy(items, ({ traceId }) => traceId).values()];
  if (traces.length <= 1) return target.unwritable(items, error);
  const middle = Math.ceil(traces.length / 2);
  await write(traces.slice(0, middle).flat(), target, hasHeads);
  return write(traces.slice(middle).flat(), target, hasHeads);
}
