/**
 * Keeps arrays that are given back, and gives them out again where one of the same length is wanted.
 *
 * Each step of on-policy training takes a copy of the weights and a set of caches and drops them at its end. New memory
 * costs the kernel a fault for every page and the garbage collector a full pass for every few dozen megabytes.
 */
import { assert } from "../../core/errors.ts";

export class BufferPool {
  readonly #maxBytes: number;
  readonly #kept: Float32Array[] = [];
  #bytes = 0;

  /** @param maxBytes  bytes kept at most; the oldest arrays are dropped first */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** An array of this length; what it holds is arbitrary. */
  take(length: number): Float32Array {
    const at = this.#kept.findLastIndex((array) => array.length === length);
    if (at < 0) return new Float32Array(length);
    const [array] = this.#kept.splice(at, 1);
    this.#bytes -= array!.byteLength;
    return array!;
  }

  /** Takes an array back. The caller must not read or write it afterwards. */
  give(array: Float32Array): void {
    assert(!this.#kept.includes(array), "a buffer was given back twice");
    if (array.byteLength === 0 || array.byteLength > this.#maxBytes) return;
    this.#kept.push(array);
    this.#bytes += array.byteLength;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#kept.shift()!.byteLength;
  }
}
