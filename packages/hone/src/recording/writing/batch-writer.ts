/** What the sink hands its batches to: a store in this thread, a store in a thread of its own, or a collector. */
import type { TraceStore } from "../../ports/trace-store.ts";
import { type BatchText, readBatch } from "./batch-text.ts";

export interface BatchWriter {
  /** Names the store in messages, such as "sqlite:./hone.db". */
  readonly url: string;
  /**
   * Resolves when the batch is durable, rejects with the store's error. A collector may refuse some spans of a batch and take
   * the others; then it resolves with their number.
   */
  write(batch: BatchText): Promise<PartlyRefused | void>;
  /**
   * Writes batches synchronously, for the end of the process: after all writes under way, by the deadline at the latest.
   * Absent where the store runs in this thread and so cannot work while the thread is blocked.
   */
  writeNow?(batches: readonly BatchText[], timeoutMs: number): WrittenNow;
  /** Begins to open the store, so that it is open when the first batch comes. Absent where there is nothing to open. */
  warmUp?(): void;
  /**
   * Keeps batches in a file that is read when the store is next opened; for the end of the process. Absent where no file would
   * be read.
   *
   * @returns deletes the file again, for a process that lives on and writes the batches after all
   * @throws the system's error when the file cannot be written
   */
  keep?(batches: readonly BatchText[]): () => void;
  /** Resolves when the store is closed, by the deadline at the latest. */
  close(timeoutMs: number): Promise<void>;
}

/** Spans of a batch that its receiver refused for good, while it took the others. */
export interface PartlyRefused {
  readonly refused: number;
  /** Why the first was refused. */
  readonly problem: string;
}

/** What became of batches written synchronously. */
export interface WrittenNow {
  /** How many of them, from the first on, are durable. */
  readonly batches: number;
  /** Why the next one is not durable, where the store said so. */
  readonly problem?: Error;
}

/** A store in this thread, for memory and for tests. Closing leaves the store open: its owner closes it. */
export function storeWriter(store: Pick<TraceStore, "url" | "append">): BatchWriter {
  return {
    url: store.url,
    write: (batch) => store.append(readBatch(batch)),
    close: async () => undefined,
  };
}
