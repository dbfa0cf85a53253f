/** The rows being decoded: which sequence has which row of the caches, and how large the caches are. */
import { assert } from "../../core/errors.ts";
import type { TokenIds } from "../../core/rollout.ts";
import { PLACE_STEP, type RowCaches, type RowEntry } from "./row-caches.ts";
import type { Sequence } from "./sequence.ts";

export interface RowLimits {
  readonly maxRows: number;
  /** Places of all rows together; one row is always let in. */
  readonly maxPlaces: number;
  /** Tokens of one chunk; a sequence that ends inside a chunk is extended to the end of it. */
  readonly chunk: number;
}

export interface CacheSize {
  readonly rows: number;
  readonly places: number;
}

/** Caches up to this many times longer than needed are kept rather than moved. */
const MAX_SLACK = 4;
/** A row that is alone may be computed twice, so there is always room for a second one. */
const MIN_ROWS = 2;

/**
 * The size of caches that hold the needed rows and places, near the current size: room grows by doubling, and more than is
 * needed is kept only within the limits.
 */
export function cacheSize(
  current: CacheSize,
  needed: CacheSize,
  { maxRows, maxPlaces }: RowLimits,
): CacheSize {
  const minRows = Math.max(MIN_ROWS, needed.rows);
  const isNear = current.places >= needed.places && current.places <= MAX_SLACK * needed.places;
  const places = isNear && minRows * current.places <= maxPlaces ? current.places : needed.places;
  const fit = Math.floor(maxPlaces / places);
  const wanted = minRows > current.rows ? Math.min(maxRows, 2 * current.rows) : current.rows;
  return { rows: Math.max(minRows, Math.min(wanted, fit)), places };
}

/** Row i of the caches belongs to the i-th of the rows held here. */
export class DecodeRows<DecodedRow extends { readonly sequence: Sequence }> {
  readonly caches: RowCaches;
  readonly #limits: RowLimits;
  #rows: DecodedRow[] = [];

  constructor(caches: RowCaches, limits: RowLimits) {
    this.caches = caches;
    this.#limits = limits;
  }

  get all(): readonly DecodedRow[] {
    return this.#rows;
  }

  /** Places that these sequences and those in rows may come to need. */
  longest(sequences: readonly Sequence[]): number {
    const all = [...this.#rows.map((row) => row.sequence), ...sequences];
    const ends = all.map((s) => s.prompt.length + s.params.maxTokens);
    const length = Math.max(0, ...ends) + this.#limits.chunk;
    return Math.ceil(length / PLACE_STEP) * PLACE_STEP;
  }

  /** Whether `more` rows fit beside those there are, when the longest of all needs `longest` places. */
  hasRoom(more: number, longest: number): boolean {
    const count = this.#rows.length + more;
    if (count > this.#limits.maxRows) return false;
    return count <= 1 || count * longest <= this.#limits.maxPlaces;
  }

  /** Adds rows with the keys and values that they begin with; after an error nothing is added. */
  add(rows: readonly DecodedRow[], entries: readonly (RowEntry | undefined)[]): void {
    const count = this.#rows.length;
    // Sized for all that the rows may become; memory that is never written costs nothing.
    const places = this.longest(rows.map((row) => row.sequence));
    const size = cacheSize(this.caches, { rows: count + rows.length, places }, this.#limits);
    const used = this.#rows.map(({ sequence }) => sequence.cachedLength);
    this.caches.resize(size.rows, size.places, used);
    entries.forEach((entry, i) => {
      if (entry !== undefined) this.caches.load(count + i, entry);
    });
    this.#rows.push(...rows);
  }

  /** Takes finished rows out, the last rows move into the holes; `keep` gets the keys and values that a next turn may continue. */
  retire(keep: (tokens: TokenIds, entry: RowEntry) => void): void {
    for (let b = this.#rows.length - 1; b >= 0; b--) {
      const { sequence } = this.#rows[b]!;
      if (sequence.stopReason === undefined) continue;
      const length = sequence.cachedLength;
      // A sequence that was cut off or cancelled is rarely continued, and copying its columns takes a fifth of the time.
      if (sequence.stopReason === "stop") {
        const tokens = [...sequence.prompt, ...sequence.tokens].slice(0, length);
        keep(tokens, this.caches.save(b, length));
      }
      const last = this.#rows.pop()!;
      if (b === this.#rows.length) continue;
      assert(last.sequence.stopReason === undefined, "rows are retired from the last to the first");
      this.caches.move(this.#rows.length, b, last.sequence.cachedLength);
      this.#rows[b] = last;
    }
  }

  clear(): void {
    this.#rows = [];
  }
}
