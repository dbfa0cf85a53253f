/**
 * Keys and values of the rows being decoded: per layer one block [rows, K, P, d] each. A run reads its first B rows and
 * writes the columns it makes into them, in place.
 *
 * Legend: K key/value heads, P places, d head size.
 */

import { assert } from "../../core/errors.ts";
import { type Architecture, cachedHeadSize } from "../models/architecture.ts";
import type { BufferPool } from "../runtime/buffer-pool.ts";

/** P is a multiple of this, so that rows of like lengths find room without moving. */
export const PLACE_STEP = 64;

/** Keys and values of one row, compact: per layer [K, length, d]. */
export interface RowEntry {
  readonly length: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

/** New columns of some rows, as programs hand them out: per layer [B, K, count, d]. */
export interface NewColumns {
  readonly count: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

export class RowCaches {
  readonly #heads: number;
  readonly #size: number;
  readonly #buffers: BufferPool;
  #rows = 0;
  #places = 0;
  /** Blocks of all layers: keys at even, values at odd places. */
  #blocks: Float32Array[];

  constructor(architecture: Architecture, buffers: BufferPool) {
    const { layerCount, keyValueHeadCount } = architecture;
    this.#buffers = buffers;
    this.#heads = keyValueHeadCount;
    this.#size = cachedHeadSize(architecture);
    this.#blocks = Array.from({ length: 2 * layerCount }, () => new Float32Array(0));
  }

  get rows(): number {
    return this.#rows;
  }

  get places(): number {
    return this.#places;
  }

  /** Makes room for that many rows of that many places, keeping what the first `used` rows hold. */
  resize(rows: number, places: number, used: readonly number[]): void {
    if (rows === this.#rows && places === this.#places) return;
    const [from, stride] = [this.#places * this.#size, places * this.#size];
    const old = this.#blocks;
    this.#blocks = this.#taken(old.length, rows * this.#heads * stride);
    old.forEach((source, b) => {
      const block = this.#blocks[b]!;
      used.forEach((length, row) => {
        assert(length <= places, `a row of ${length} tokens does not fit ${places} places`);
        for (let head = row * this.#heads; head < (row + 1) * this.#heads; head++) {
          block.set(source.subarray(head * from, head * from + length * this.#size), head * stride);
        }
      });
      this.#buffers.give(source);
    });
    this.#rows = rows;
    this.#places = places;
  }

  /** New blocks, or none at all, so that a failed resize changes nothing. */
  #taken(count: number, length: number): Float32Array[] {
    const blocks: Float32Array[] = [];
    try {
      while (blocks.length < count) blocks.push(this.#buffers.take(length));
    } catch (error) {
      for (const block of blocks) this.#buffers.give(block);
      throw error;
    }
    return blocks;
  }

  /** The blocks of the first `rows` rows as a program binds them. */
  feeds(rows: number): Record<string, Float32Array> {
    const length = rows * this.#heads * this.#places * this.#size;
    const feeds: Record<string, Float32Array> = {};
    this.#blocks.forEach((block, b) => {
      feeds[`${b % 2 === 0 ? "past_keys" : "past_values"}.${b >> 1}`] = block.subarray(0, length);
    });
    return feeds;
  }

  /** The same memory as a program writes it. */
  writes(rows: number): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(this.feeds(rows)).map(([name, block]) => [name.replace("past_", ""), block]),
    );
  }

  load(row: number, entry: RowEntry): void {
    const size = entry.length * this.#size;
    for (let b = 0; b < this.#blocks.length; b++) {
      const source = (b % 2 === 0 ? entry.keys : entry.values)[b >> 1]!;
      for (let head = 0; head < this.#heads; head++) {
        const to = (row * this.#heads + head) * this.#places * this.#size;
        this.#blocks[b]!.set(source.subarray(head * size, (head + 1) * size), to);
      }
    }
  }

  /** The first `length` columns of a row, copied out. */
  save(row: number, length: number): RowEntry {
    const size = length * this.#size;
    const copies = this.#blocks.map((block) => {
      const copy = new Float32Array(this.#heads * size);
      for (let head = 0; head < this.#heads; head++) {
        const from = (row * this.#heads + head) * this.#places * this.#size;
        copy.set(block.subarray(from, from + size), head * size);
      }
      return copy;
    });
    return {
      length,
      keys: copies.filter((_, b) => b % 2 === 0),
      values: copies.filter((_, b) => b % 2 === 1),
    };
  }

  /** Copies the first `length` columns of one row over another. */
  move(from: number, to: number, length: number): void {
    const stride = this.#places * this.#size;
    for (const block of this.#blocks) {
      for (let head = 0; head < this.#heads; head++) {
        const start = (from * this.#heads + head) * stride;
        block.copyWithin((to * this.#heads + head) * stride, start, start + length * this.#size);
      }
    }
  }
}

/** An entry followed by the first `count` new columns of row `row`. */
export function extendEntry(
  entry: RowEntry | undefined,
  columns: NewColumns,
  {
    row,
    count,
    heads,
    headSize,
  }: {
    readonly row: number;
    readonly count: number;
    readonly heads: number;
    readonly headSize: number;
  },
): RowEntry {
  const before = entry?.length ?? 0;
  const join = (old: Float32Array | undefined, made: Float32Array): Float32Array => {
    const out = new Float32Array(heads * (before + count) * headSize);
    for (let head = 0; head < heads; head++) {
      const to = head * (before + count) * headSize;
      if (old !== undefined)
        out.set(old.subarray(head * before * headSize, (head + 1) * before * headSize), to);
      const from = (row * heads + head) * columns.count * headSize;
      out.set(made.subarray(from, from + count * headSize), to + before * headSize);
    }
    return out;
  };
  return {
    length: before + count,
    keys: columns.keys.map((made, layer) => join(entry?.keys[layer], made)),
    values: columns.values.map((made, layer) => join(entry?.values[layer], made)),
  };
}
