/**
 * Keys and values of sequences that ended, kept for a prompt that continues them (the next turn of a conversation).
 *
 * Only an entry whose tokens all begin the prompt is used. A merely similar one would save work too, but whether it was
 * there would depend on the timing of other requests, and so would the last bits of the numbers.
 */
import { totalmem } from "node:os";
import type { RowEntry } from "./row-caches.ts";

interface Kept {
  readonly tokens: readonly number[];
  readonly entry: RowEntry;
  readonly bytes: number;
}

/** How much the samplers of one engine may keep: an equal part each, so that a team of adapters keeps no more than one model. */
export class PrefixBudget {
  readonly #maxBytes: number;
  #stores = 0;

  /** @param maxBytes of all stores together. Default an eighth of the memory that this process may have, 512 MiB to 16 GiB */
  constructor(maxBytes = eighthOfMemory()) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that one of the open stores may keep. */
  get share(): number {
    return this.#maxBytes / Math.max(this.#stores, 1);
  }

  /** One store more shares it. */
  opened(): void {
    this.#stores++;
  }

  /** One store less. */
  closed(): void {
    this.#stores--;
  }
}

/**
 * Were it less than what the conversations under way take (SmolLM2-135M: 46 KB a token), each would be dropped before its next turn,
 * which would then be read from its first token. It is not a share of what is free, so that a run keeps the same each time.
 */
function eighthOfMemory(): number {
  const memory = Math.min(process.constrainedMemory() || Infinity, totalmem());
  return Math.min(Math.max(memory / 8, 2 ** 29), 2 ** 34);
}

export class PrefixStore {
  readonly #budget: PrefixBudget;
  /** Entries by the key of their tokens, the least recently used first: those that a longer one goes on from, and all others. */
  readonly #continued = new Map<number, Kept>();
  readonly #waiting = new Map<number, Kept>();
  #bytes = 0;
  #isOpen = true;

  /** @param budget what it may keep; the store counts as one of those that share it until it is closed */
  constructor(budget: PrefixBudget) {
    this.#budget = budget;
    budget.opened();
  }

  /**
   * Keeps an entry for `tokens`, which it holds the keys and values of. Room is made by the turns before it, which a conversation
   * that went on seldom needs again, then by the least recently used.
   */
  add(tokens: readonly number[], entry: RowEntry): void {
    const bytes = [...entry.keys, ...entry.values].reduce(
      (sum, array) => sum + array.byteLength,
      0,
    );
    if (tokens.length === 0 || bytes > this.#budget.share) return;
    const keys = keysOfStarts(tokens);
    for (const key of keys) {
      const before = this.#waiting.get(key);
      if (before === undefined || !beginsWith(tokens, before.tokens)) continue;
      this.#waiting.delete(key);
      this.#continued.set(key, before);
    }
    const key = keys.at(-1)!;
    this.#drop(key);
    this.#waiting.set(key, { tokens, entry, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#budget.share) this.#drop(this.#firstToGo());
  }

  /** The longest entry that these tokens begin with. */
  find(tokens: readonly number[]): RowEntry | undefined {
    for (const key of keysOfStarts(tokens).reverse()) {
      for (const kept of [this.#waiting, this.#continued]) {
        const found = kept.get(key);
        if (found === undefined || !beginsWith(tokens, found.tokens)) continue;
        kept.delete(key);
        kept.set(key, found);
        return found.entry;
      }
    }
    return undefined;
  }

  /** Forgets everything, and leaves its part of the budget to the others. */
  close(): void {
    if (this.#isOpen) this.#budget.closed();
    this.#isOpen = false;
    this.#continued.clear();
    this.#waiting.clear();
    this.#bytes = 0;
  }

  #firstToGo(): number {
    const [first] = this.#continued.size > 0 ? this.#continued.keys() : this.#waiting.keys();
    return first!;
  }

  #drop(key: number): void {
    for (const kept of [this.#continued, this.#waiting]) {
      this.#bytes -= kept.get(key)?.bytes ?? 0;
      kept.delete(key);
    }
  }
}

/** The highest length that a key tells apart from others. */
const LENGTHS = 2 ** 21;

/** A key for the first token, the first two, and so on: a hash and the length. Different starts may share one, so tokens are compared. */
function keysOfStarts(tokens: readonly number[]): number[] {
  let hash = 0;
  return tokens.map((token, i) => {
    hash = (Math.imul(hash, 0x01000193) ^ (token + 1)) >>> 0;
    return hash * LENGTHS + ((i + 1) % LENGTHS);
  });
}

function beginsWith(tokens: readonly number[], start: readonly number[]): boolean {
  return start.length <= tokens.length && start.every((token, i) => tokens[i] === token);
}
