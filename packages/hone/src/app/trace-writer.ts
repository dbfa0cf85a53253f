/** The thread that writes traces: opens the store of a URL and serves `workerWriter`. */
import { workerData } from "node:worker_threads";
import type { TraceStore } from "../ports/trace-store.ts";
import type { WriterThreadData } from "../tracing/worker-writer.ts";
import { serveTraceWriter } from "../tracing/writer-thread.ts";

/** Only what this store needs is loaded. */
async function openStore(url: string): Promise<TraceStore> {
  if (url.startsWith("files:")) {
    return (await import("../store/files-store.ts")).filesStore(url.slice("files:".length));
  }
  if (url.startsWith("sqlite:")) {
    return (await import("../store/sqlite-store.ts")).openSqliteStore(url.slice("sqlite:".length));
  }
  return (await import("../store/postgres-store.ts")).openPostgresStore(url);
}

serveTraceWriter(workerData as WriterThreadData, openStore);
