/** The traces of a store as a user finds them, with what a program that ended kept for it. */
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { isError } from "../../packages/hone/src/core/errors.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";

/** Oldest first; none where there is no such store. */
export async function storedTraces(url: string): Promise<Trace[]> {
  try {
    const store = await openStore(url, { mustExist: true });
    const traces: Trace[] = [];
    for await (const trace of store.traces()) traces.push(trace);
    await store.close();
    return traces;
  } catch (error) {
    if (isError(error, "STORE_NOT_FOUND")) return [];
    throw error;
  }
}
