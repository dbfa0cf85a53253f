/**
 * Memory in which batches travel to the thread that writes them.
 *
 * A message of some hundred KB is new memory for every batch, and its first touch costs more than the copy: here the same
 * blocks are filled again and again.
 */
import type { BatchText } from "./batch-writer.ts";

export interface FilledBlock {
  readonly block: SharedArrayBuffer;
  /** Of the text at its beginning. */
  readonly bytes: number;
}

/** Holds any batch of many spans; a single span may be longer and has a block of its own. */
const blockBytes = 1 << 20;

/** UTF-8 of one UTF-16 unit at most. */
const bytesPerUnit = 3;

export class WriterBlocks {
  readonly #free: SharedArrayBuffer[] = [];

  /** The text in a block that nobody else has until it is released. */
  fill(batch: BatchText): FilledBlock {
    let most = 0;
    for (const piece of batch) most += bytesPerUnit * piece.length;
    const block =
      most <= blockBytes
        ? (this.#free.pop() ?? new SharedArrayBuffer(blockBytes))
        : new SharedArrayBuffer(most);
    const view = Buffer.from(block);
    let bytes = 0;
    for (const piece of batch) bytes += view.write(piece, bytes);
    return { block, bytes };
  }

  release(block: SharedArrayBuffer): void {
    if (block.byteLength === blockBytes && this.#free.length < 2) this.#free.push(block);
  }
}
