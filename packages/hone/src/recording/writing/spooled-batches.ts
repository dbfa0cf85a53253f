/** Batches that a process could not write before it ended, in a file that is read when the store is next opened. */
import { batchText } from "./batch-text.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { countSpans, type WaitingItem } from "./waiting-items.ts";

export class SpooledBatches {
  readonly #keep: BatchWriter["keep"];
  #spans = 0;
  #deleteFile: (() => void) | undefined;

  constructor(keep: BatchWriter["keep"]) {
    this.#keep = keep;
  }

  /** Spans in the file. */
  get spans(): number {
    return this.#spans;
  }

  /**
   * Writes the batches into a file, which replaces the file of the call before. Does nothing without batches, or where the
   * writer has no such file.
   *
   * @throws the system's error when the file cannot be written
   */
  replace(batches: readonly (readonly WaitingItem[])[]): void {
    if (this.#keep === undefined || batches.length === 0) return;
    const deleteFile = this.#keep(batches.map(batchText));
    this.#deleteFile?.();
    this.#deleteFile = deleteFile;
    this.#spans = countSpans(batches.flat());
  }

  /** Deletes the file once the store has newer heads: the older ones in the file must not replace them later. */
  clear(): void {
    this.#deleteFile?.();
    this.#deleteFile = undefined;
    this.#spans = 0;
  }
}
