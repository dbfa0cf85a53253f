/** The engine's thread: serves the objects of `engine-host.ts` until it is closed. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../core/errors.ts";
import { serve } from "../calls/serve.ts";
import type { RunGate } from "../runtime/run-gate.ts";
import { EngineHost } from "./engine-host.ts";

assert(parentPort !== null, "the engine's worker was started as a program");
const { threads, gate } = workerData as { readonly threads: number; readonly gate: RunGate };
const port = parentPort;
const host = new EngineHost({ threads, gate });
serve(port, {
  ...host.handlers(),
  close: async () => {
    await host.close();
    // The reply still goes out; then nothing holds the thread any more.
    setImmediate(() => port.close());
  },
});
