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

/** How parts are cut by what their items hold. */
export interface TokenBudget<T> {
  /** The tokens of an item. */
  readonly tokensOf: (item: T) => number;
  /** The most tokens of a part. */
  readonly maxTokens: number;
}

/**
 * Items in parts of at most `maxTokens` tokens, few and about as full as each other; an item that has more tokens is a
 * part by itself. Long items are dealt first, each to the part that is least full. Which parts items of equal length share, and the
 * order of the parts, are a function of the keys.
 * @example minibatchesOfTokens([[1], [2, 3], [4]], { tokensOf: ({ length }) => length, maxTokens: 2 }, [seed]); // e.g. [[[2, 3]], [[1], [4]]]
 */
export function minibatchesOfTokens<T>(
  items: readonly T[],
  { tokensOf, maxTokens }: TokenBudget<T>,
  keys: readonly RandomKey[],
): T[][] {
  const sized = items.map((item, index) => ({ item, index, tokens: tokensOf(item) }));
  const fitting = sized.filter(({ tokens }) => tokens <= maxTokens);
  const total = fitting.reduce((sum, { tokens }) => sum + tokens, 0);
  const isOnePart = fitting.length === sized.length && total <= maxTokens;
  if (isOnePart) return items.length === 0 ? [] : [[...items]];
  // The fewest parts that could hold them, and one for each item that is too long to share its part.
  const count = Math.ceil(total / maxTokens) + sized.length - fitting.length;
  const parts = Array.from({ length: count }, () => ({ tokens: 0, members: [] as typeof sized }));
  const random = new Random(...keys);
  for (const one of random.shuffle(sized).toSorted((a, b) => b.tokens - a.tokens)) {
    let part = parts.reduce((least, other) => (other.tokens < least.tokens ? other : least));
    if (part.members.length > 0 && part.tokens + one.tokens > maxTokens)
      parts.push((part = { tokens: 0, members: [] }));
    part.tokens += one.tokens;
    part.members.push(one);
  }
  return random
    .shuffle(parts.filter(({ members }) => members.length > 0))
    .map(({ members }) => members.toSorted((a, b) => a.index - b.index).map(({ item }) => item));
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
