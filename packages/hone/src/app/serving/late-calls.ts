/**
 * Refuses calls of the model by tries that have ended. A process that answers task after task has one address for its model, which clients
 * may have read when they were loaded: there, a call that outlives its try would become part of the next one.
 *
 * It sees what calls by the global `fetch`, as the SDKs of providers do, and knows the try by Node's async context.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const problem =
  "a call of the model was refused, since the try that made it had ended; await every call";

/** The status by which a call is refused: clients do not try it again. */
const GONE = 410;

/** Watches the tries of a process. */
export interface WatchedTries {
  /** Runs a try; when it has ended, its calls are refused. */
  run<Value>(work: () => Promise<Value>): Promise<Value>;
  /** The number of calls that were refused since this was asked last. */
  takeLate(): number;
}

/** @param address  of the model, as requests begin */
export function refuseLateCalls(address: string): WatchedTries {
  const tries = new AsyncLocalStorage<{ hasEnded: boolean }>();
  const call = globalThis.fetch;
  let late = 0;
  globalThis.fetch = async (request, init) => {
    if (tries.getStore()?.hasEnded !== true || !urlOf(request).startsWith(address))
      return call(request, init);
    if (late++ === 0) process.stderr.write(`hone: ${problem}\n`);
    return Response.json({ error: { message: problem } }, { status: GONE });
  };
  return {
    async run(work) {
      const current = { hasEnded: false };
      try {
        return await tries.run(current, work);
      } finally {
        current.hasEnded = true;
      }
    },
    takeLate() {
      const count = late;
      late = 0;
      return count;
    },
  };
}

const urlOf = (request: string | URL | Request): string =>
  request instanceof Request ? request.url : String(request);
