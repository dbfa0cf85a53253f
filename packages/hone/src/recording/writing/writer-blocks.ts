/**
 * Shared memory in which batches travel to the thread that writes them.
 *
 * Posting a text of some hundred KB allocates memory for every batch, and touching new memory costs more than the copy.
 * Here the same blocks are filled again and again.
 */
import type { BatchText } from "./batch-text.ts";

export interface FilledBlock {
  readonly block: SharedArrayBuffer;
  /** Length of the text, which is at the block's beginning. */
  readonly bytes: number;
}

/** Enough for any batch of several spans or rollouts. A single one may be longer: it gets a block of its own. */
const blockBytes = 1 << 21;

/** The longest UTF-8 form of one UTF-16 unit. */
const maxBytesPerUnit = 3;

export class WriterBlocks {
  readonly #free: SharedArrayBuffer[] = [];

  /** Copies the text into a block, which is not used again before it is released. */
  fill(batch: BatchText): FilledBlock {
    let maxBytes = 0;
    for (const piece of batch) maxBytes += maxBytesPerUnit * piece.length;
    const block =
      maxBytes <= blockBytes
        ? (this.#free.pop() ?? new SharedArrayBuffer(blockBytes))
        : new SharedArrayBuffer(maxBytes);
    const view = Buffer.from(block);
    let bytes = 0;
    for (const piece of batch) bytes += view.write(piece, bytes);
    return { block, bytes };
  }

  release(block: SharedArrayBuffer): void {
    if (block.byteLength === blockBytes && this.#free.length < 2) this.#free.push(block);
  }
}
