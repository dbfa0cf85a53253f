/** What takes batches from the sink: a store in this thread, or one in a thread of its own. */
import type { TraceBatch, TraceStore } from "../../ports/trace-store.ts";

/** The JSON text of a TraceBatch, in the pieces it was made of: to put them together costs more than to copy each. */
export type BatchText = readonly string[];

export interface TraceWriter {
  /** For messages, such as "sqlite:./hone.db". */
  readonly url: string;
  /** Resolves when the batch is durable, fails with the store's error. */
  write(batch: BatchText): Promise<void>;
  /**
   * Writes while this thread stands still, when the process ends or may end, until the deadline: after everything that is
   * being written. Absent where that cannot be.
   */
  writeNow?(batches: readonly BatchText[], timeoutMs: number): WrittenNow;
  /** Begins to open the store, so that it is open when the first batch comes. Absent where there is nothing to open. */
  warmUp?(): void;
  /**
   * Keeps batches in a file that is read when the store is next opened; for the end of the process. Absent where no file would
   * be read.
   *
   * @returns deletes the file again, for a process that went on and wrote the batches after all
   * @throws the system's error when the file cannot be written
   */
  keep?(batches: readonly BatchText[]): () => void;
  /** Resolves when what was opened is closed, by the deadline at the latest. */
  close(timeoutMs: number): Promise<void>;
}

/** What became of batches that were written at the end. */
export interface WrittenNow {
  /** How many of them, from the first on, are durable. */
  readonly batches: number;
  /** Why the next one is not, where the store said so. */
  readonly problem?: Error;
}

export const readBatch = (batch: BatchText): TraceBatch => JSON.parse(batch.join("")) as TraceBatch;

/** A store in this thread, for memory and for tests; it stays open, since somebody else opened it. */
export function storeWriter(store: TraceStore): TraceWriter {
  return {
    url: store.url,
    write: (batch) => store.append(readBatch(batch)),
    close: async () => undefined,
  };
}
