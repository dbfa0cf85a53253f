/** What the commands over traces share: a store that is there, a trace by the beginning of its id. */
import { HoneError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { openStore } from "../../app/open-store.ts";

/** Candidates that a message names. */
const candidatesShown = 8;

/** A store's address, and who hears of traces in it that cannot be read. */
export interface StoreAt {
  readonly url: string;
  readonly onProblem: (problem: HoneError) => void;
}

/**
 * Uses a store and closes it; one that is not there is not made.
 * @throws as `openStore`; STORE_NOT_FOUND
 */
export async function withStore<T>(
  { url, onProblem }: StoreAt,
  use: (store: TraceStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(url, { mustExist: true, onProblem });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/**
 * The whole id of the trace that is meant by it or by its beginning.
 * @throws TRACE_NOT_FOUND; TRACE_AMBIGUOUS naming the candidates
 */
export async function findTraceId(store: TraceStore, beginning: string): Promise<string> {
  // Of ids that begin alike the shortest comes first, so a whole id is found although others begin with it.
  const ids = beginning === "" ? [] : await store.ids(beginning, candidatesShown + 1);
  const [id] = ids;
  if (id === undefined) throw new HoneError("TRACE_NOT_FOUND", { store: store.url, id: beginning });
  if (id === beginning || ids.length === 1) return id;
  const candidates = ids.slice(0, candidatesShown).map((one) => JSON.stringify(one));
  const isCut = ids.length > candidatesShown;
  throw new HoneError("TRACE_AMBIGUOUS", { id: beginning, candidates, isCut });
}

/** A trace by its id or the beginning of it. @throws as `findTraceId` */
export async function readTraceOf(store: TraceStore, beginning: string): Promise<Trace> {
  const id = await findTraceId(store, beginning);
  const trace = await store.get(id);
  // Deleted meanwhile.
  if (trace === undefined) throw new HoneError("TRACE_NOT_FOUND", { store: store.url, id });
  return trace;
}

/** The trace that started last; undefined when no trace meets the filter. */
export async function newestTrace(
  store: TraceStore,
  filter: TraceFilter = {},
): Promise<Trace | undefined> {
  const { traces } = await store.query({ ...filter, limit: 1 });
  return traces[0] === undefined ? undefined : store.get(traces[0].id);
}

/** The trace as docs/formats describes it. */
export const traceToJson = (trace: Trace): object => writeTrace(trace);
