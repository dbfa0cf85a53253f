/** One trace of a store: by the beginning of its id, or the newest. */
import { HoneError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";

/** Number of ids that the error for an ambiguous beginning names. */
const candidatesShown = 8;

/**
 * The id that begins with these characters, or equals them.
 * @throws TRACE_NOT_FOUND; TRACE_AMBIGUOUS, naming the ids that begin so, when there are several
 */
export async function findTraceId(store: TraceStore, beginning: string): Promise<string> {
  // Ids are sorted, so the first one is the id itself where the caller gave a whole id.
  const ids = beginning === "" ? [] : await store.ids(beginning, candidatesShown + 1);
  const [id] = ids;
  if (id === undefined) throw new HoneError("TRACE_NOT_FOUND", { store: store.url, id: beginning });
  if (id === beginning || ids.length === 1) return id;
  const candidates = ids.slice(0, candidatesShown).map((one) => JSON.stringify(one));
  const isCut = ids.length > candidatesShown;
  throw new HoneError("TRACE_AMBIGUOUS", { id: beginning, candidates, isCut });
}

/** A trace by its id or the beginning of its id. @throws as `findTraceId` */
export async function readTraceOf(store: TraceStore, beginning: string): Promise<Trace> {
  const id = await findTraceId(store, beginning);
  const trace = await store.get(id);
  // The trace may have been deleted since its id was found.
  if (trace === undefined) throw new HoneError("TRACE_NOT_FOUND", { store: store.url, id });
  return trace;
}

/** The trace that started last. Undefined when no trace meets the filter. */
export async function newestTrace(
  store: TraceStore,
  filter: TraceFilter = {},
): Promise<Trace | undefined> {
  const { traces } = await store.query({ ...filter, limit: 1 });
  return traces[0] === undefined ? undefined : store.get(traces[0].id);
}
