/**
 * Splits rows of any length into microbatches of bounded size, so that what is computed beside the rows' own tokens is
 * least: padding, and prompts that several rows begin with.
 *
 * Padding costs only its products: causal attention never lets a token see what comes after it, and the head is computed
 * at positions that count. A prompt of several rows is computed once: the rows of a microbatch may leave out their first P
 * tokens, which are then computed once for all rows that begin with the same ones (the answers of a group; conversations under one
 * system prompt). Nothing in a prefix counts, so a row's prefix ends before its first position that does. P is one number
 * for the microbatch and no prefix is padded: the keys a token sees are then the same, in the same order, as in a row alone.
 *
 * Legend: R rows, U prefixes of P tokens, T the longest row without its prefix, M positions that count.
 */
import type { TrainingRow } from "./rows.ts";

/** Rows that are computed together. */
export interface Microbatch {
  readonly rows: readonly TrainingRow[];
  /** T: tokens of the longest row, without its prefix. */
  readonly length: number;
  /** M: number of positions that count in the loss. */
  readonly entryCount: number;
  /** Undefined where every row has all its tokens. */
  readonly prefixes: SharedPrefixes | undefined;
}

/** Beginnings that several rows of a microbatch share, so that each is computed once. */
export interface SharedPrefixes {
  /** P: tokens of each prefix. */
  readonly length: number;
  /** [U] the first row of each prefix. */
  readonly rows: readonly TrainingRow[];
  /** [R] which of the U prefixes a row continues. */
  readonly owners: readonly number[];
}

export interface Budget {
  /**
   * U·P + R·T, tokens with padding, that a microbatch of rows of this length may have, and a row in any case; what rows
   * keep of their prefixes counts with it.
   */
  readonly tokens: (length: number) => number;
  /** M, positions that count, a microbatch may have. */
  readonly entries: number;
  /** What a row keeps of each token of its prefix, its key and value in every layer, as a share of a token of its own. */
  readonly continuedToken: (length: number) => number;
}

/**
 * Tokens and positions that a microbatch has at least. ONNX Runtime computes a product with one row in another way, with other
 * roundings, and what a row gives must not depend on the rows beside it.
 */
export const MIN_SIZE = 2;

/**
 * What a microbatch costs beside its tokens, in tokens: a pass over the gradients and a run's own overhead. Measured from
 * 1 to 2 ms where a token takes 37 µs; both grow with the model.
 */
const TOKENS_OF_A_MICROBATCH = 48;

/**
 * What prefixes cost beside their tokens, in tokens: every layer's operations a second time, on a few tokens. Measured from
 * 48 to 65.
 */
const TOKENS_OF_PREFIXES = 64;

/** A microbatch may have this many times the tokens of its longest row, even above the budget, for rows that share most of it. */
const LONG_ROW = 1.25;

export interface SplitOptions {
  /** Whether a beginning that several rows share is computed once. False: every row is computed whole. */
  readonly sharesPrefixes: boolean;
  /** Lists of microbatches to make, of about equal cost. */
  readonly lanes: number;
}

/**
 * Groups rows under the budget at the least cost, in lanes (lanes.ts); the same rows give the same microbatches. Rows are
 * put in two orders, from the longest to the shortest (little padding) and prompt by prompt (few prefixes), and the cheaper
 * one is taken.
 */
export function microbatches(
  rows: readonly TrainingRow[],
  budget: Budget,
  { sharesPrefixes, lanes }: SplitOptions,
): Microbatch[][] {
  const places = rows.filter((row) => row.entries.length > 0).map((row) => placeOf(row));
  const byLength = places.toSorted((a, b) => b.length - a.length || a.row.index - b.row.index);
  const plain = leastCost(byLength, budget, sharesPrefixes);
  if (!sharesPrefixes) return cutIntoLanes(plain, lanes);
  const byPrompt = byLength.toSorted((a, b) =>
    a.prompt < b.prompt ? -1 : Number(a.prompt > b.prompt),
  );
  const shared = leastCost(byPrompt, budget, sharesPrefixes);
  return cutIntoLanes(shared.total < plain.total ? shared : plain, lanes);
}

/** The first lane takes rows of its share of the cost, the others share the rest in the same way. */
function cutIntoLanes(split: Split, lanes: number): Microbatch[][] {
  const { places, best, total, resplit } = split;
  if (lanes === 1 || places.length < 2) return [microbatchesOf(split, places.length)];
  // Each cut makes one microbatch more.
  const share = (total + (lanes - 1) * TOKENS_OF_A_MICROBATCH) / lanes;
  let end = 1;
  for (let i = 2; i < places.length; i++)
    if (Math.abs(best[i]!.cost - share) < Math.abs(best[end]!.cost - share)) end = i;
  return [microbatchesOf(split, end), ...cutIntoLanes(resplit(places.slice(end)), lanes - 1)];
}

/** A row with what decides where it goes. */
interface PlacedRow {
  readonly row: TrainingRow;
  readonly length: number;
  /** Tokens before the first position that counts. */
  readonly promptLength: number;
  /** Those tokens, as a key. */
  readonly prompt: string;
}

function placeOf(row: TrainingRow): PlacedRow {
  const { tokens, targetsPerToken = 1 } = row.datum;
  const promptLength = Math.floor(row.entries[0]! / targetsPerToken);
  return { row, length: tokens.length, promptLength, prompt: tokens.slice(0, promptLength).join() };
}

/** Rows in an order, and the best split of the first j of them for every j. */
interface Split {
  readonly places: readonly PlacedRow[];
  /** [rows + 1] its cost, and the last microbatch's first row and prefix. */
  readonly best: readonly {
    readonly cost: number;
    readonly start: number;
    readonly prefixLength: number;
  }[];
  readonly total: number;
  /** Some of the rows by themselves. */
  readonly resplit: (places: readonly PlacedRow[]) => Split;
}

/** The best split of the first j rows ends in some microbatch i … j − 1 after the best split of the first i. */
function leastCost(places: readonly PlacedRow[], budget: Budget, sharesPrefixes: boolean): Split {
  const best = [{ cost: 0, start: 0, prefixLength: 0 }];
  const common = places.map((place, i) => (i === 0 ? 0 : commonLength(places[i - 1]!, place)));
  for (let end = 1; end <= places.length; end++) {
    const range = new RowRange();
    let least = { cost: Infinity, start: end - 1, prefixLength: 0 };
    for (let start = end - 1; start >= 0; start--) {
      range.add(places[start]!, start === end - 1 ? Infinity : common[start + 1]!);
      const { tokens, cost, prefixLength } = range.cheapest(sharesPrefixes);
      const continued = range.rowCount * prefixLength * budget.continuedToken(range.longest);
      const maxTokens = Math.max(budget.tokens(range.longest), LONG_ROW * range.longest);
      const fits = tokens + continued <= maxTokens && range.entryCount <= budget.entries;
      if (!fits && start < end - 1) break;
      const total = best[start]!.cost + cost + TOKENS_OF_A_MICROBATCH;
      if (total < least.cost) least = { cost: total, start, prefixLength };
    }
    best.push(least);
  }
  const resplit = (some: readonly PlacedRow[]): Split => leastCost(some, budget, sharesPrefixes);
  return { places, best, total: best.at(-1)!.cost, resplit };
}

/** The microbatches of the first `count` rows. */
function microbatchesOf({ places, best }: Split, count: number): Microbatch[] {
  const out: Microbatch[] = [];
  for (let end = count; end > 0; end = best[end]!.start) {
    const { start, prefixLength } = best[end]!;
    out.push(microbatchOf(places.slice(start, end), prefixLength));
  }
  return out.reverse();
}

/** How many first tokens two neighbours share before either counts. */
function commonLength(a: PlacedRow, b: PlacedRow): number {
  const limit = Math.min(a.promptLength, b.promptLength);
  if (a.prompt === b.prompt) return limit;
  const [x, y] = [a.row.datum.tokens, b.row.datum.tokens];
  let length = 0;
  while (length < limit && x[length] === y[length]) length++;
  return length;
}

/** Neighbouring rows as one microbatch, grown row by row. */
class RowRange {
  entryCount = 0;
  longest = 0;
  rowCount = 0;
  #shortestPrompt = Infinity;
  /** First tokens that all rows share. */
  #common = Infinity;
  readonly #prompts = new Set<string>();

  /** @param common first tokens shared with the row added before */
  add({ row, length, promptLength, prompt }: PlacedRow, common: number): void {
    this.entryCount += row.entries.length;
    this.rowCount += 1;
    this.longest = Math.max(this.longest, length);
    this.#shortestPrompt = Math.min(this.#shortestPrompt, promptLength);
    this.#common = Math.min(this.#common, common, promptLength);
    this.#prompts.add(prompt);
  }

  /** With no prefix, one for every prompt, or one for all rows, whichever costs least. */
  cheapest(sharesPrefixes: boolean): {
    readonly tokens: number;
    readonly cost: number;
    readonly prefixLength: number;
  } {
    const whole = this.rowCount * this.longest;
    let least = { tokens: whole, cost: whole, prefixLength: 0 };
    if (!sharesPrefixes) return least;
    const choices = [
      { prefixLength: this.#shortestPrompt, prefixCount: this.#prompts.size },
      { prefixLength: this.#common, prefixCount: 1 },
    ];
    for (const { prefixLength, prefixCount } of choices) {
      if (prefixLength < MIN_SIZE) continue;
      const tokens = whole - (this.rowCount - prefixCount) * prefixLength;
      const cost = tokens + TOKENS_OF_PREFIXES;
      if (cost < least.cost) least = { tokens, cost, prefixLength };
    }
    return least;
  }
}

function microbatchOf(places: readonly PlacedRow[], prefixLength: number): Microbatch {
  const rows = places.map((place) => place.row);
  const longest = Math.max(...places.map((place) => place.length));
  return {
    rows,
    length: Math.max(MIN_SIZE, longest - prefixLength),
    entryCount: rows.reduce((sum, row) => sum + row.entries.length, 0),
    prefixes: prefixLength === 0 ? undefined : sharedPrefixes(rows, prefixLength),
  };
}

function sharedPrefixes(rows: readonly TrainingRow[], length: number): SharedPrefixes {
  const numbers = new Map<string, number>();
  const firsts: TrainingRow[] = [];
  const owners = rows.map((row) => {
    const key = row.datum.tokens.slice(0, length).join();
    const known = numbers.get(key) ?? firsts.push(row) - 1;
    numbers.set(key, known);
    return known;
  });
  return { length, rows: firsts, owners };
}
