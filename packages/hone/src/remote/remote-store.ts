/** Traces in a store that another process serves over HTTP (`hone store serve`). */
import { errorFromJson, type ErrorJson, HoneError, isHoneError } from "../core/errors.ts";
import type { Failure } from "../core/failure.ts";
import type { Trace } from "../core/trace.ts";
import {
  checkEvery,
  checkFilter,
  checkQuery,
  type TraceFilter,
  type TracePage,
} from "../core/trace-query.ts";
import type { TraceOverview } from "../core/trace-overview.ts";
import type { TraceStatistics } from "../core/trace-statistics.ts";
import type { TraceSummary } from "../core/trace-summary.ts";
import { compareText } from "../core/text-order.ts";
import { encodeTrace } from "../formats/encode-trace.ts";
import { storeInfo, type WireMethod } from "../formats/store-wire.ts";
import { readTrace } from "../formats/trace-format.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { type RemoteOptions, StoreConnection } from "./store-connection.ts";
import { appendRequest, filterText, putRequests } from "./store-requests.ts";

/**
 * Opens a store that a server offers. The server has opened it or made it, so it is there.
 *
 * @param url  the server's address, such as `https://traces.example`
 * @throws STORE_REFUSED (the key, or no server of a store), STORE_UNREACHABLE
 * @example const store = await openRemoteStore("http://127.0.0.1:4319", { key });
 */
export async function openRemoteStore(
  url: string,
  options: RemoteOptions = {},
): Promise<TraceStore> {
  const connection = new StoreConnection(url, options);
  const { requestBytes } = storeInfo.parse(await connection.open());
  const ask = (method: WireMethod, request: object): Promise<unknown> =>
    connection.ask(method, JSON.stringify(request));
  const write = async (method: WireMethod, body: string): Promise<void> => {
    if (Buffer.byteLength(body) > requestBytes) throw tooLarge(requestBytes);
    await connection.ask(method, body);
  };
  const trace = (json: unknown): Trace => readTrace(json, { where: url });

  const summaries = async function* (filter: TraceFilter = {}): AsyncGenerator<TraceSummary, void> {
    const read = (item: unknown): TraceSummary => item as TraceSummary;
    yield* listed(connection, "summaries", filter, { read, placeOf: ofTrace });
  };
  const traces = async function* (filter: TraceFilter = {}): AsyncGenerator<Trace, void> {
    yield* listed(connection, "traces", filter, { read: trace, placeOf: ofTrace });
  };
  const failures = async function* (filter: TraceFilter = {}): AsyncGenerator<Failure, void> {
    const read = (item: unknown): Failure => item as Failure;
    yield* listed(connection, "failures", filter, { read, placeOf: ofFailure });
  };

  return {
    url,
    append: async (batch) => write("append", appendRequest(batch)),
    async put(given) {
      for (const body of putRequests(given.map(encodeTrace), requestBytes)) {
        await write("put", body);
      }
    },
    async get(id) {
      const found = await ask("get", { id });
      return found === null ? undefined : trace(found);
    },
    ids: async (beginning, limit) => (await ask("ids", { beginning, limit })) as readonly string[],
    async query(query = {}) {
      checkQuery(query);
      return (await connection.ask("query", `{"query":${filterText(query)}}`)) as TracePage;
    },
    async aggregate(filter = {}, by) {
      checkFilter(filter);
      const body = `{"filter":${filterText(filter)}${fieldsText({ by })}}`;
      return (await connection.ask("aggregate", body)) as readonly TraceStatistics[];
    },
    async overview(filter = {}, { by, every } = {}) {
      checkFilter(filter);
      checkEvery(every);
      const body = `{"filter":${filterText(filter)}${fieldsText({ by, every })}}`;
      return (await connection.ask("overview", body)) as readonly TraceOverview[];
    },
    traces,
    summaries,
    async *spans(filter) {
      for await (const { spans } of traces(filter)) yield* spans;
    },
    failures,
    delete: async (ids) => (await ask("delete", { ids })) as number,
    prune: async (before) => (await ask("prune", { before })) as number,
    settle: async () => void (await ask("settle", {})),
    async check() {
      const problems = (await ask("check", {})) as readonly ErrorJson[];
      return problems.map(errorFromJson).filter(isHoneError);
    },
    close: () => connection.close(),
  };
}

/** The place of an item in a list: its trace, and which part of it the item is. */
interface ListPlace {
  readonly startedAt: number;
  readonly id: string;
  readonly part: string;
}

const ofTrace = ({ startedAt, id }: Pick<TraceSummary, "startedAt" | "id">): ListPlace => ({
  ...{ startedAt, id },
  part: "",
});

const ofFailure = ({ startedAt, traceId: id, spanId: part = "" }: Failure): ListPlace => ({
  ...{ startedAt, id, part },
});

/** How the items of a list are read. */
interface ListedItems<T> {
  readonly read: (item: unknown) => T;
  readonly placeOf: (item: T) => ListPlace;
}

/** A list in the order of starts and ids of traces. After a broken answer it goes on behind the last item. */
async function* listed<T>(
  connection: StoreConnection,
  method: "traces" | "summaries" | "failures",
  filter: TraceFilter,
  { read, placeOf }: ListedItems<T>,
): AsyncGenerator<T, void> {
  checkFilter(filter);
  let last: ListPlace | undefined;
  /** The parts of the last trace that have come. */
  let parts = new Set<string>();
  const request = (): string => {
    const from = last === undefined ? {} : { from: last.startedAt };
    return `{"filter":${filterText({ ...filter, ...from })}}`;
  };
  for await (const item of connection.list(method, request)) {
    const next = read(item);
    const place = placeOf(next);
    if (last?.id !== place.id) {
      if (last !== undefined && !isBehind(place, last)) continue;
      parts = new Set();
    } else if (parts.has(place.part)) continue;
    parts.add(place.part);
    last = place;
    yield next;
  }
}

const isBehind = (one: ListPlace, other: ListPlace): boolean =>
  one.startedAt === other.startedAt
    ? compareText(one.id, other.id) > 0
    : one.startedAt > other.startedAt;

const tooLarge = (limitBytes: number): HoneError => {
  const problem = `it is larger than the ${limitBytes} bytes that the store's server takes at once`;
  return new HoneError("TRACE_INVALID", { name: "batch", problem });
};

/** Fields of a request behind its first one, without those that are undefined. */
const fieldsText = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join("");
