/**
 * Traces in memory: for tests, for short programs, and as the reference that the other stores are compared with. What is
 * written lasts until the process ends.
 *
 * A trace is kept as the JSON that the other stores write, so reading gives a copy, equal to what they would give.
 */
import { HoneError } from "../core/errors.ts";
import { failuresOf } from "../core/failure.ts";
import type { Trace } from "../core/trace.ts";
import { checkQuery, type TraceFilter } from "../core/trace-query.ts";
import { summaryOf, type TraceSummary } from "../core/trace-summary.ts";
import { mayHaveWords } from "../core/trace-words.ts";
import { encodeTrace } from "../formats/encode-trace.ts";
import { readTrace } from "../formats/trace-format.ts";
import type { TraceBatch, TraceStore } from "../ports/trace-store.ts";
import { applyChange, changesOf } from "./batch-changes.ts";
import { aggregateTraces, overviewTraces } from "./aggregate-traces.ts";
import { type ContentReader, idsFrom, listOf, meetsConditions, pageOf } from "./list-query.ts";

interface Stored {
  readonly text: string;
  readonly summary: TraceSummary;
}

const url = "memory:";

/** An empty store. @example const store = memoryStore(); await store.put([trace]); */
export function memoryStore(): TraceStore {
  const stored = new Map<string, Stored>();
  let isOpen = true;

  const demandOpen = (): void => {
    if (!isOpen) throw new HoneError("STORE_CLOSED", { store: url });
  };
  const read = (id: string): Trace | undefined => {
    const found = stored.get(id);
    return found && readTrace(JSON.parse(found.text), { where: `${url}${id}` });
  };
  const reader: ContentReader = {
    async meets({ id }, wanted) {
      const text = stored.get(id)?.text;
      if (text === undefined || !mayHaveWords(text, wanted.words)) return false;
      return meetsConditions(read(id)!, wanted);
    },
    read: async (id) => read(id),
  };
  const summaries = function* (): Generator<TraceSummary> {
    for (const { summary } of stored.values()) yield summary;
  };
  const put = (traces: readonly Trace[]): void => {
    const encoded = traces.map((trace) => encodeTrace(trace));
    for (const text of encoded) {
      const kept = readTrace(JSON.parse(text), { where: url });
      stored.set(kept.id, { text, summary: summaryOf(kept) });
    }
  };
  const list = async function* (filter: TraceFilter = {}): AsyncGenerator<TraceSummary, void> {
    demandOpen();
    yield* listOf(summaries(), filter, reader);
  };
  const traces = async function* (filter?: TraceFilter): AsyncGenerator<Trace, void> {
    for await (const { id } of list(filter)) {
      const trace = read(id);
      if (trace !== undefined) yield trace;
    }
  };
  const remove = (ids: readonly string[]): number => ids.filter((id) => stored.delete(id)).length;

  return {
    url,
    async append(batch: TraceBatch) {
      demandOpen();
      const changes = [...changesOf(batch)];
      put(changes.map(([id, change]) => applyChange(read(id), change, { store: url, id })));
    },
    async put(given) {
      demandOpen();
      put(given);
    },
    async get(id) {
      demandOpen();
      return read(id);
    },
    async ids(beginning, limit) {
      demandOpen();
      return idsFrom(stored.keys(), beginning, limit);
    },
    async query(query = {}) {
      demandOpen();
      return pageOf(summaries(), checkQuery(query), reader);
    },
    async aggregate(filter = {}, by, { onProgress } = {}) {
      return aggregateTraces(traces(filter), { by, prices: filter.prices, onProgress });
    },
    overview: async (filter = {}, options = {}) =>
      overviewTraces(traces(filter), options, filter.prices),
    traces,
    summaries: list,
    async *spans(filter) {
      for await (const trace of traces(filter)) yield* trace.spans;
    },
    async *failures(filter) {
      for await (const trace of traces(filter)) yield* failuresOf(trace);
    },
    async delete(ids) {
      demandOpen();
      return remove(ids);
    },
    async prune(before) {
      demandOpen();
      return remove([...summaries()].filter((t) => t.startedAt < before).map(({ id }) => id));
    },
    async settle() {
      demandOpen();
    },
    async check() {
      demandOpen();
      return [];
    },
    async close() {
      isOpen = false;
    },
  };
}
