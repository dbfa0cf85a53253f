/** The thread of a store that is not as it should be: "slow:" answers every batch after a second, "full:" refuses each. */
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { HoneError } from "../../packages/hone/src/core/errors.ts";
import { memoryStore } from "../../packages/hone/src/store/memory-store.ts";
import type { TraceStore } from "../../packages/hone/src/ports/trace-store.ts";
import type { WriterThreadData } from "../../packages/hone/src/recording/writing/worker-writer.ts";
import { serveTraceWriter } from "../../packages/hone/src/recording/writing/writer-thread.ts";

const pauseMs = 1000;

serveTraceWriter(workerData as WriterThreadData, (url) => Promise.resolve(faulty(url)));

function faulty(url: string): TraceStore {
  const store = memoryStore();
  const append: TraceStore["append"] = async (batch) => {
    if (url === "full:") throw new HoneError("DISK_FULL", { path: url });
    await sleep(pauseMs);
    await store.append(batch);
  };
  return { ...store, url, append };
}
