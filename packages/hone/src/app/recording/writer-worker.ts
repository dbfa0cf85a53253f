/** The thread that writes traces: opens the store of a URL and serves `workerWriter`. */
import { workerData } from "node:worker_threads";
import type { WriterThreadData } from "../../recording/writing/worker-writer.ts";
import { serveTraceWriter } from "../../recording/writing/writer-thread.ts";
import { openStore } from "../open-store.ts";

serveTraceWriter(workerData as WriterThreadData, (url, onWaiting) => openStore(url, { onWaiting }));
