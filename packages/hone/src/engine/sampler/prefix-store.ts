/**
 * Keys and values of sequences that ended, kept for a prompt that continues them (the next turn of a conversation), and parts of
 * long prompts, kept for others that begin in the same way (the same rules and tools before another question).
 *
 * Only an entry whose tokens all begin the prompt is used. A merely similar one would save work too, but whether it was
 * there would depend on the timing of other requests, and so would the last bits of the numbers. A part begins and ends where every
 * prompt that is read from its first token is divided, so it holds the very numbers that reading it again would give.
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
  /**
   * Entries by the key of their tokens, the least recently used first: those that are seldom needed (a longer one goes on from them,
   * or they are parts that no second prompt has begun with), and all others. The key of a part is negative.
   */
  readonly #seldom = new Map<number, Kept>();
  readonly #wanted = new Map<number, Kept>();
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
    if (tokens.length === 0) return;
    const keys = keysOfStarts(tokens);
    for (const key of keys) {
      const before = this.#wanted.get(key);
      if (before === undefined || !beginsWith(tokens, before.tokens)) continue;
      this.#wanted.delete(key);
      this.#seldom.set(key, before);
    }
    this.#keep(this.#wanted, keys.at(-1)!, { tokens, entry, bytes: bytesOf(entry) });
  }

  /**
   * Keeps the parts that a prompt was read in, whose keys and values each holds. Until another prompt begins with them they are the
   * first to go, the last part before those that it follows.
   *
   * @param parts equally long, from the prompt's first token on
   */
  addParts(tokens: readonly number[], parts: readonly RowEntry[]): void {
    const keys = keysOfStarts(tokens);
    for (const [i, entry] of [...parts.entries()].reverse()) {
      const end = (i + 1) * entry.length;
      const key = -keys[end - 1]!;
      if (this.#wanted.has(key)) continue;
      this.#keep(this.#seldom, key, {
        tokens: tokens.slice(0, end),
        entry,
        bytes: bytesOf(entry),
      });
    }
  }

  /** The kept parts of that length that these tokens begin with, one after the other from the first token on. */
  findParts(tokens: readonly number[], length: number): RowEntry[] {
    const keys = keysOfStarts(tokens);
    const found: number[] = [];
    for (let end = length; end <= tokens.length; end += length) {
      const key = -keys[end - 1]!;
      const part = this.#wanted.get(key) ?? this.#seldom.get(key);
      if (part === undefined || !beginsWith(tokens, part.tokens)) break;
      found.unshift(key);
    }
    return found.map((key) => this.#use(key)).reverse();
  }

  /** The longest entry that these tokens begin with. */
  find(tokens: readonly number[]): RowEntry | undefined {
    for (const key of keysOfStarts(tokens).reverse()) {
      for (const kept of [this.#wanted, this.#seldom]) {
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
    this.#seldom.clear();
    this.#wanted.clear();
    this.#bytes = 0;
  }

  #keep(among: Map<number, Kept>, key: number, kept: Kept): void {
    if (kept.bytes > this.#budget.share) return;
    this.#drop(key);
    among.set(key, kept);
    this.#bytes += kept.bytes;
    while (this.#bytes > this.#budget.share) this.#drop(this.#firstToGo());
  }

  /** The entry of that key, which is now the last to go. */
  #use(key: number): RowEntry {
    const kept = (this.#wanted.get(key) ?? this.#seldom.get(key))!;
    this.#seldom.delete(key);
    this.#wanted.delete(key);
    this.#wanted.set(key, kept);
    return kept.entry;
  }

  #firstToGo(): number {
    const [first] = this.#seldom.size > 0 ? this.#seldom.keys() : this.#wanted.keys();
    return first!;
  }

  #drop(key: number): void {
    for (const kept of [this.#seldom, this.#wanted]) {
      this.#bytes -= kept.get(key)?.bytes ?? 0;
      kept.delete(key);
    }
  }
}

function bytesOf({ keys, values }: RowEntry): number {
  return [...keys, ...values].reduce((sum, array) => sum + array.byteLength, 0);
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
