/** The thread that writes rollouts: it opens the store of an address and writes what `workerWriter` sends it. */
import { workerData } from "node:worker_threads";
import type { WriterThreadData } from "../../../recording/writing/worker-writer.ts";
import { serveTraceWriter } from "../../../recording/writing/writer-thread.ts";
import { openStore } from "../../open-store.ts";
import { wholeTraces } from "./whole-traces.ts";

serveTraceWriter(workerData as WriterThreadData, async (url, onWaiting) =>
  wholeTraces(await openStore(url, { onWaiting })),
);
