/** What takes batches from the sink: a store in this thread, or one in a thread of its own. */
import type { TraceBatch, TraceStore } from "../ports/trace-store.ts";

export interface TraceWriter {
  /** For messages, such as "sqlite:./hone.db". */
  readonly url: string;
  /** Writes a batch, given as its JSON text; resolves when it is durable, fails with the store's error. */
  write(batch: string): Promise<void>;
  /**
   * Writes while this thread stands still, when the process ends, until the deadline. Absent where that cannot be.
   */
  writeNow?(batches: readonly string[], timeoutMs: number): WrittenNow;
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

/** A store in this thread, for memory and for tests; it stays open, since somebody else opened it. */
export function storeWriter(store: TraceStore): TraceWriter {
  return {
    url: store.url,
    write: (batch) => store.append(JSON.parse(batch) as TraceBatch),
    close: async () => undefined,
  };
}
