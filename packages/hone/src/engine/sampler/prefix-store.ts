/**
 * Keys and values of sequences that ended, kept for a prompt that continues them (the next turn of a conversation).
 *
 * Only an entry whose tokens all begin the prompt is used. A merely similar one would save work too, but whether it was
 * there would depend on the timing of other requests, and so would the last bits of the numbers.
 */
import type { RowEntry } from "./row-caches.ts";

interface Kept {
  readonly tokens: readonly number[];
  readonly entry: RowEntry;
  readonly bytes: number;
}

export class PrefixStore {
  readonly #maxBytes: number;
  /** The prefixes that are kept, the least recently used first. */
  #kept: Kept[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Keeps an entry for `tokens`, which it holds the keys and values of; the least recently used ones make room. */
  add(tokens: readonly number[], entry: RowEntry): void {
    const bytes = [...entry.keys, ...entry.values].reduce(
      (sum, array) => sum + array.byteLength,
      0,
    );
    if (tokens.length === 0 || bytes > this.#maxBytes) return;
    this.#kept.push({ tokens, entry, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#kept.shift()!.bytes;
  }

  /** The longest entry that these tokens begin with. */
  find(tokens: readonly number[]): RowEntry | undefined {
    let best = -1;
    this.#kept.forEach((kept, i) => {
      if (
        kept.tokens.length <= tokens.length &&
        kept.tokens.length > (this.#kept[best]?.tokens.length ?? 0) &&
        beginsWith(tokens, kept.tokens)
      ) {
        best = i;
      }
    });
    if (best < 0) return undefined;
    const [found] = this.#kept.splice(best, 1);
    this.#kept.push(found!);
    return found!.entry;
  }

  clear(): void {
    this.#kept = [];
    this.#bytes = 0;
  }
}

function beginsWith(tokens: readonly number[], start: readonly number[]): boolean {
  // Compared from the end: entries of one task begin alike, so they differ late.
  for (let i = start.length - 1; i >= 0; i--) if (tokens[i] !== start[i]) return false;
  return true;
}
