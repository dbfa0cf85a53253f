/**
 * Seeded randomness without hidden state: every number is a function of its keys.
 *
 * `uniform(seed, step, row)` gives the same number whenever and wherever it is asked, so a resumed run needs a step
 * number, not a generator's state. The mixer is MurmurHash3's 32-bit finalizer (Appleby, public domain) over each key.
 */
import { assert } from "./errors.ts";

/** One key of a random number: integers are taken as 32 bits (twice for large ones), texts character by character. */
export type RandomKey = number | string;

/** 32 random bits of these keys. */
export function randomBits(...keys: readonly RandomKey[]): number {
  return keys.reduce(withKey, START);
}

const START = 0x9e3779b9;

/** The hash of some keys and one more. */
function withKey(before: number, key: RandomKey): number {
  let hash = before;
  if (typeof key === "number") {
    hash = mix(hash ^ mix((key | 0) + 0x85ebca6b));
    const high = Math.floor(key / 0x1_0000_0000);
    return high === 0 || high === -1 ? hash : mix(hash ^ mix(high));
  }
  for (let i = 0; i < key.length; i++) hash = mix(hash ^ (key.charCodeAt(i) + 0x27d4eb2f));
  return mix(hash ^ key.length);
}

function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A uniform number in [0, 1), exact in f32 (24 bits). */
export function uniform(...keys: readonly RandomKey[]): number {
  return fractionOf(randomBits(...keys));
}

const fractionOf = (bits: number): number => (bits >>> 8) / 0x100_0000;

/** A stream of random numbers that starts from its keys; for code that does not know beforehand how many it will draw. */
export class Random {
  /** The hash of the keys, so that a draw hashes only its own number. */
  readonly #hash: number;
  #count = 0;

  constructor(...keys: readonly RandomKey[]) {
    this.#hash = randomBits(...keys);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return fractionOf(withKey(this.#hash, this.#count++));
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    assert(high >= low, `integer(${low}, ${high}): empty range`);
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, "pick from no items");
    return items[this.integer(0, items.length - 1)]!;
  }

  /** The items in random order (Fisher and Yates); the argument is left as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }
}
