/**
 * One store in a process of its own: fills it, asks it, streams it out, and prints what that took as one line of JSON.
 *
 * `node store-side.ts '{"url":"sqlite:…","traces":100000,"phases":["fill","ask"]}'`; "stream" runs in a process apart where
 * the store outlives the one that filled it, so that its memory is that of streaming alone.
 */
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { headOf } from "../../packages/hone/src/core/trace.ts";
import type { TraceFilter, TraceQuery } from "../../packages/hone/src/core/trace-query.ts";
import type { TraceStore } from "../../packages/hone/src/ports/trace-store.ts";
import { median } from "../median.ts";
import { spansPerTrace, traceId, wordOf, zipfTrace } from "./zipf-traces.ts";

export interface StoreCommand {
  readonly url: string;
  readonly traces: number;
  readonly phases: readonly ("fill" | "ask" | "stream")[];
}

/** Times in milliseconds, rates a second; each a median unless it says otherwise. */
export interface StoreFigures {
  readonly spansWritten?: number;
  readonly growingSpansWritten?: number;
  readonly searchableAfterMs?: number;
  readonly newestMs?: number;
  readonly filteredMs?: number;
  /** The slowest of the filters. */
  readonly slowestFilterMs?: number;
  readonly orderedMs?: number;
  readonly rareWordMs?: number;
  readonly commonWordMs?: number;
  readonly tracesRead?: number;
  readonly spansStreamed?: number;
  /** Largest resident size while streaming, above that with the store open, MB. */
  readonly streamingMb?: number;
}

const tracesPerBatch = 100;
/** Repetitions of one question, fewer when they take long. */
const repetitions = 9;
const patienceMs = 3000;

const { url, traces, phases } = JSON.parse(process.argv[2]!) as StoreCommand;
const store = await openStore(url);
const figures: StoreFigures = {
  ...(phases.includes("fill") ? await fill(store) : {}),
  ...(phases.includes("ask") ? await ask(store) : {}),
  ...(phases.includes("stream") ? await stream(store) : {}),
};
await store.close();
console.log(JSON.stringify(figures));

async function fill(store: TraceStore): Promise<StoreFigures> {
  const rates: number[] = [];
  for (let first = 0; first < traces; first += tracesPerBatch) {
    const batch = Array.from({ length: tracesPerBatch }, (_, i) => zipfTrace(first + i));
    const heads = batch.map(headOf);
    const spans = batch.flatMap((trace) => trace.spans);
    const ms = await timed(() => store.append({ heads, spans }));
    rates.push((1000 * spans.length) / ms);
    if (first % 10_000 === 0 && first > 0) console.error(`${url.split(":")[0]}: ${first} traces`);
  }
  return {
    // Of the whole: batches that wait for a merge of the index or a checkpoint count.
    spansWritten: rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0),
    growingSpansWritten: await grow(store),
    searchableAfterMs: await searchableAfter(store),
  };
}

/** Spans that come one tenth of a trace at a time, as from agents that run side by side. */
async function grow(store: TraceStore): Promise<number> {
  const batch = Array.from({ length: tracesPerBatch }, (_, i) => zipfTrace(traces + i));
  await store.append({ heads: batch.map(headOf) });
  let ms = 0;
  for (let k = 0; k < spansPerTrace; k++) {
    const spans = batch.map((trace) => trace.spans[k]!);
    ms += await timed(() => store.append({ spans }));
  }
  await store.delete(batch.map(({ id }) => id));
  return (1000 * spansPerTrace * tracesPerBatch) / ms;
}

/** From the answer of a write until a search finds a word of it. */
async function searchableAfter(store: TraceStore): Promise<number> {
  return repeated(async (i) => {
    const trace = { ...zipfTrace(traces + i), task: `needle${i} in a stack` };
    await store.put([trace]);
    const ms = await timed(async () => {
      await store.settle();
      const { traces: found } = await store.query({ text: `needle${i}` });
      if (found[0]?.id !== trace.id) throw new Error(`${url} does not find needle${i}`);
    });
    await store.delete([trace.id]);
    return ms;
  });
}

async function ask(store: TraceStore): Promise<StoreFigures> {
  const start = zipfTrace(0).startedAt;
  const day = 86_400_000;
  const filters: readonly TraceFilter[] = [
    { agent: "critic" },
    { status: "failed" },
    { agent: "writer", status: "failed", minReward: 0.5 },
    { tag: "held-out" },
    { task: "task-7" },
    { agentVersion: "v2", from: start + day, to: start + 3 * day },
    { minReward: 0.9 },
    { agent: "nobody" },
  ];
  const filtered: number[] = [];
  for (const filter of filters) filtered.push(await page(store, filter));
  const descending = "descending";
  const ordered = [
    await page(store, { order: { by: "reward", direction: descending } }),
    await page(store, { order: { by: "latency", direction: descending } }),
    await page(store, { order: { by: "tokens", direction: descending }, tag: "held-out" }),
  ];
  return {
    newestMs: await page(store, {}),
    filteredMs: median(filtered),
    slowestFilterMs: Math.max(...filtered),
    orderedMs: Math.max(...ordered),
    rareWordMs: await page(store, { text: wordOf(19_999) }),
    commonWordMs: await page(store, { text: wordOf(300) }),
    tracesRead: await readTraces(store),
  };
}

/** One page of 50 of a list. */
function page(store: TraceStore, query: TraceQuery): Promise<number> {
  return repeated(() => timed(() => store.query(query)));
}

/** Whole traces by their ids, all over the store. */
async function readTraces(store: TraceStore): Promise<number> {
  const count = 500;
  const ms = await timed(async () => {
    for (let i = 0; i < count; i++) {
      const id = traceId((i * 7919) % traces);
      if ((await store.get(id))?.spans.length !== spansPerTrace)
        throw new Error(`${id} is not whole`);
    }
  });
  return (1000 * count) / ms;
}

async function stream(store: TraceStore): Promise<StoreFigures> {
  await store.query({});
  const before = process.memoryUsage.rss();
  let most = before;
  let spans = 0;
  const ms = await timed(async () => {
    for await (const span of store.spans()) {
      spans++;
      if (spans % 1000 === 0) most = Math.max(most, process.memoryUsage.rss());
      if (span.id === "") throw new Error("a span without an id");
    }
  });
  if (spans !== traces * spansPerTrace) throw new Error(`${spans} spans came out of ${url}`);
  return { spansStreamed: (1000 * spans) / ms, streamingMb: (most - before) / 1e6 };
}

/** The median, the first one left out where there are others. */
async function repeated(run: (i: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  const start = performance.now();
  for (let i = 0; i <= repetitions && performance.now() - start < patienceMs; i++) {
    times.push(await run(i));
  }
  return median(times.length > 1 ? times.slice(1) : times);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
