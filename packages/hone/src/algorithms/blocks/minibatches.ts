import { optionChecks } from "../../core/option-checks.ts";
import { Random, type RandomKey } from "../../core/random.ts";

/**
 * Items in random order, cut into `count` parts whose sizes differ by one at most; fewer parts when items run out.
 * The order is a function of the keys.
 * @example minibatches([1, 2, 3, 4, 5], 2, [algorithm, seed, step, pass]); // e.g. [[4, 1, 5], [2, 3]]
 */
export function minibatches<T>(
  items: readonly T[],
  count: number,
  keys: readonly RandomKey[],
): T[][] {
  // One part needs no shuffle: rows are then in the order of their rollouts, which is easier to read in a saved batch.
  if (count === 1) return items.length === 0 ? [] : [[...items]];
  const shuffled = new Random(...keys).shuffle(items);
  const parts = Math.min(count, items.length);
  const start = (part: number): number => Math.ceil((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => shuffled.slice(start(part), start(part + 1)));
}

/** Which pass over n rows a step belongs to, and the rows of its batch: a function of (keys, step). */
export function batchOfStep(
  rows: number,
  batchSize: number,
  step: number,
  keys: readonly RandomKey[],
): { readonly epoch: number; readonly indices: readonly number[] } {
  const perEpoch = Math.ceil(rows / batchSize);
  const epoch = Math.floor((step - 1) / perEpoch);
  const from = ((step - 1) % perEpoch) * batchSize;
  const order = new Random(...keys, epoch).shuffle(Array.from({ length: rows }, (_, i) => i));
  return { epoch, indices: order.slice(from, from + batchSize) };
}

/**
 * Steps in total, given those of one pass: of steps and epochs the smaller, without both one pass.
 * @throws OPTION_INVALID for steps or epochs that are not whole numbers of at least 1
 */
export function stepsOf(
  name: string,
  perEpoch: number,
  { steps, epochs }: { readonly steps?: number | undefined; readonly epochs?: number | undefined },
): number {
  const check = optionChecks(name);
  if (steps !== undefined) check.whole("steps", steps, { min: 1 });
  if (epochs !== undefined) check.whole("epochs", epochs, { min: 1 });
  if (steps === undefined) return (epochs ?? 1) * perEpoch;
  return epochs === undefined ? steps : Math.min(steps, epochs * perEpoch);
}
