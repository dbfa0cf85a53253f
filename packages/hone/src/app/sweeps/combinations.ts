/** The combinations of settings of a sweep: all of a grid, or some that are drawn. */
import { Random } from "../../core/random.ts";

/** Values that a setting may take in a sweep: those listed, or, where combinations are drawn, numbers of a range. */
export type Varied = readonly unknown[] | VariedRange;

/** A range that numbers are drawn from. */
export interface VariedRange {
  readonly low: number;
  readonly high: number;
  /** "log": each factor is as likely as another. Default "linear". */
  readonly scale?: "linear" | "log" | undefined;
  /** Whether whole numbers are drawn. Default false. */
  readonly whole?: boolean | undefined;
}

/** Settings that vary, by their keys. */
export type VariedSettings = Readonly<Record<string, Varied>>;

/** One value of every setting that varies. */
export type Combination = Readonly<Record<string, unknown>>;

/** Every combination of listed values; the last setting changes fastest. */
export function gridOf(vary: Readonly<Record<string, readonly unknown[]>>): Combination[] {
  return Object.entries(vary).reduce<Combination[]>(
    (some, [key, values]) =>
      some.flatMap((before) => values.map((value) => ({ ...before, [key]: value }))),
    [{}],
  );
}

/** How many draws may come to a combination that was there before, in a row. */
const REPEATS = 1000;

/**
 * Different combinations, drawn by the seed. Numbers of a range have three digits that count.
 * @returns fewer than `count` where there are not as many
 */
export function drawn(vary: VariedSettings, count: number, seed: number): Combination[] {
  const random = new Random("sweep", seed);
  const found = new Map<string, Combination>();
  for (let repeats = 0; found.size < count && repeats < REPEATS; repeats++) {
    const values = Object.entries(vary).map(([key, from]) => [key, valueOf(from, random)] as const);
    const combination = Object.fromEntries(values);
    const text = JSON.stringify(combination);
    if (found.has(text)) continue;
    found.set(text, combination);
    repeats = -1;
  }
  return [...found.values()];
}

function valueOf(from: Varied, random: Random): unknown {
  if (isList(from)) return from[Math.floor(random.uniform() * from.length)];
  const { low, high, scale = "linear", whole = false } = from;
  if (whole) return Math.min(high, Math.floor(low + random.uniform() * (high - low + 1)));
  const value =
    scale === "log"
      ? Math.exp(Math.log(low) + random.uniform() * (Math.log(high) - Math.log(low)))
      : low + random.uniform() * (high - low);
  // Rounding may not leave the range.
  return Math.min(high, Math.max(low, Number(value.toPrecision(3))));
}

const isList = (from: Varied): from is readonly unknown[] => Array.isArray(from);
