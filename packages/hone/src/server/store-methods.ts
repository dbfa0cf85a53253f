/** The methods of a served store and of its queue: each reads its request, does the work, and says what the answer's lines are. */
import type { z } from "zod";
import { HoneError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { problemsOf, withoutUndefined } from "../formats/json-value.ts";
import { readSpan, type SpanPlace } from "../formats/span-format.ts";
import {
  type AnswerLine,
  queueRequests,
  storeRequests,
  type WireMethod,
} from "../formats/store-wire.ts";
import { readHead, readTrace, writeTrace } from "../formats/trace-format.ts";
import type { LeaseKey, RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceBatch, TraceStore } from "../ports/trace-store.ts";

/** What a server of a store works with. */
export interface ServedStore {
  readonly store: TraceStore;
  /** The queue of the same store. Undefined for kinds of stores that have none. */
  readonly queue: (() => Promise<RolloutQueue>) | undefined;
  /** What could not be read so far; each answer to a client repeats it. */
  readonly problems: () => readonly HoneError[];
  /** Bytes of a request's body at most. */
  readonly requestBytes: number;
}

/** The lines of the answer to a request. */
export type StoreMethod = (served: ServedStore, body: JsonObject) => AsyncIterable<AnswerLine>;

const where = "the request";

/** A method with one result. */
const call = <T>(
  schema: z.ZodType<T>,
  work: (served: ServedStore, request: T) => Promise<unknown>,
): StoreMethod =>
  async function* (served, body) {
    const end = await work(served, checked(schema, body, "TRACE_INVALID"));
    yield* problemLines(served);
    yield { end: end ?? null };
  };

/** A method that gives a list, which is sent while it is read. */
const list = <T>(
  schema: z.ZodType<T>,
  items: (served: ServedStore, request: T) => AsyncIterable<unknown>,
): StoreMethod =>
  async function* (served, body) {
    for await (const item of items(served, checked(schema, body, "TRACE_INVALID"))) yield { item };
    yield* problemLines(served);
    yield { end: null };
  };

/** A method of the queue. */
const queued = <T>(
  schema: z.ZodType<T>,
  work: (queue: RolloutQueue, request: T) => Promise<unknown>,
): StoreMethod =>
  async function* ({ queue, store }, body) {
    const request = checked(schema, body, "ROLLOUT_INVALID");
    if (queue === undefined) throw new HoneError("STORE_WITHOUT_QUEUE", { store: store.url });
    yield { end: (await work(await queue(), request)) ?? null };
  };

function checked<T>(
  schema: z.ZodType<T>,
  body: JsonObject,
  code: "TRACE_INVALID" | "ROLLOUT_INVALID",
): T {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  throw new HoneError(code, { name: "request", problem: problemsOf(error) });
}

const problemLines = ({ problems }: ServedStore): readonly AnswerLine[] =>
  problems().map((problem) => ({ problem: problem.toJSON() }));

function batchOf({ heads, spans, ...rest }: z.infer<(typeof storeRequests)["append"]>): TraceBatch {
  return {
    heads: heads.map((head) => readHead(head, { where })),
    spans: spans.map(({ traceId, span }, index) => readSpan(span, placeOf(traceId, index))),
    ...rest,
  } as TraceBatch;
}

const placeOf = (traceId: string, index: number): SpanPlace => ({
  traceId,
  where,
  index,
  startedAt: 0,
});

type WireLease = z.infer<(typeof queueRequests)["heartbeat"]>["lease"];

const keyOf = ({ id, token, worker }: WireLease): LeaseKey => ({ rollout: { id }, token, worker });

/** Every method of the wire, by its path below `storePath`. */
export const storeMethods: Readonly<Record<WireMethod, StoreMethod>> = {
  info: call(storeRequests.info, async ({ queue, requestBytes }) => ({
    requestBytes,
    hasQueue: queue !== undefined,
  })),
  append: call(storeRequests.append, ({ store }, batch) => store.append(batchOf(batch))),
  put: call(storeRequests.put, ({ store }, { traces }) =>
    store.put(traces.map((trace) => readTrace(trace, { where }))),
  ),
  get: call(storeRequests.get, async ({ store }, { id }) => {
    const trace = await store.get(id);
    return trace && writeTrace(trace);
  }),
  ids: call(storeRequests.ids, ({ store }, { beginning, limit }) => store.ids(beginning, limit)),
  query: call(storeRequests.query, ({ store }, { query }) => store.query(query)),
  aggregate: call(storeRequests.aggregate, ({ store }, { filter, by }) =>
    store.aggregate(filter, by),
  ),
  overview: call(storeRequests.overview, ({ store }, { filter, ...options }) =>
    store.overview(filter, options),
  ),
  traces: list(storeRequests.traces, async function* ({ store }, { filter }) {
    for await (const trace of store.traces(filter)) yield writeTrace(trace);
  }),
  summaries: list(storeRequests.summaries, ({ store }, { filter }) => store.summaries(filter)),
  failures: list(storeRequests.failures, ({ store }, { filter }) => store.failures(filter)),
  delete: call(storeRequests.delete, ({ store }, { ids }) => store.delete(ids)),
  prune: call(storeRequests.prune, ({ store }, { before }) => store.prune(before)),
  settle: call(storeRequests.settle, ({ store }) => store.settle()),
  check: call(storeRequests.check, async ({ store }) =>
    (await store.check()).map((problem) => problem.toJSON()),
  ),
  "queue/enqueue": queued(queueRequests.enqueue, (queue, { rollouts }) =>
    queue.enqueue(rollouts.map(withoutUndefined)),
  ),
  "queue/lease": queued(queueRequests.lease, (queue, request) => queue.lease(request)),
  "queue/heartbeat": queued(queueRequests.heartbeat, (queue, { lease, leaseMs }) =>
    queue.heartbeat(keyOf(lease), leaseMs),
  ),
  "queue/complete": queued(queueRequests.complete, (queue, { lease, result }) =>
    queue.complete(keyOf(lease), result),
  ),
  "queue/fail": queued(queueRequests.fail, (queue, { lease, error, ...options }) =>
    queue.fail(keyOf(lease), withoutUndefined(error), withoutUndefined(options)),
  ),
  "queue/cancel": queued(queueRequests.cancel, (queue, { id }) => queue.cancel(id)),
  "queue/get": queued(queueRequests.get, (queue, { id }) => queue.get(id)),
  "queue/ended": queued(queueRequests.ended, (queue, { ids }) => queue.ended(ids)),
  "queue/held": queued(queueRequests.held, (queue) => queue.held()),
  "queue/remove": queued(queueRequests.remove, (queue, { ids }) => queue.remove(ids)),
  "queue/counts": queued(queueRequests.counts, (queue) => queue.counts()),
};
