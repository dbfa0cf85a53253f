/** What every `TraceStore` promises of costs and of errors, as tests. */
import { expect, it } from "vitest";
import { callFacts } from "../core/call-facts.ts";
import { errorKey } from "../core/error-groups.ts";
import { failuresOf } from "../core/failure.ts";
import { costOfCalls, pricesByModel } from "../core/model-prices.ts";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import {
  meetsFilter,
  type TraceFilter,
  traceOrderKeys,
  type TraceQuery,
} from "../core/trace-query.ts";
import { summaryOf, type TraceSummary } from "../core/trace-summary.ts";
import { sampleTraces } from "./sample-traces.ts";
import {
  all,
  base,
  content,
  type Current,
  expectNear,
  noon,
  trace,
  withCode,
} from "./store-contract-parts.ts";

/** Costs by prices that a query brings. */
export function costs(store: Current): void {
  const prices = { "openai/gpt-4o": { input: 2.5, output: 10 }, m: { input: 1, output: 2 } };
  const call = (traceId: string, sequence: number, more: Partial<Span> = {}): Span =>
    ({
      ...base(traceId, sequence),
      ...{ kind: "prompt", input: "", model: "m", usage: { input: 1000, output: 500 } },
      ...more,
    }) as Span;
  const usage = { input: 0, output: 0 };
  const costly: readonly (readonly [trace: Trace, cost: number | undefined])[] = [
    [trace("one", { spans: [call("one", 0)] }), 0.002],
    [trace("two", { spans: [call("two", 0), call("two", 1, { model: "gpt-4o" })] }), 0.0095],
    [trace("unknown model", { spans: [call("unknown model", 0, { model: "x" })] }), undefined],
    [
      trace("uncounted", { spans: [call("uncounted", 0), call("uncounted", 1, { usage })] }),
      undefined,
    ],
    [
      trace("failed call", {
        spans: [
          call("failed call", 0),
          call("failed call", 1, { usage, error: { message: "no" } }),
        ],
      }),
      0.002,
    ],
    [trace("no call", { spans: [content("no call", 0, "text")] }), undefined],
  ];

  it("are in pages, streams and statistics where a query has prices, and nowhere else", async () => {
    await store().put(costly.map(([one]) => one));
    const { traces } = await store().query({ prices });
    const found = new Map(traces.map(({ id, cost }) => [id, cost]));
    for (const [{ id }, cost] of costly) expectNear(found.get(id), cost);
    expect((await all(store().summaries({ prices }))).toSorted(byId)).toEqual(
      traces.toSorted(byId),
    );
    const [row] = await store().aggregate({ prices });
    expect(row!.cost).toMatchObject({ count: 3, minimum: 0.002, maximum: 0.0095 });
    expect((await store().query({})).traces.every(({ cost }) => cost === undefined)).toBe(true);
    expect((await store().aggregate())[0]).not.toHaveProperty("cost");
  });

  it("are conditions, by pages and with others", async () => {
    await store().put(costly.map(([one]) => one));
    const found = async (filter: TraceFilter): Promise<string[]> =>
      (await all(store().summaries({ prices, ...filter }))).map(({ id }) => id).toSorted();
    expect(await found({ minCost: 0.001 })).toEqual(["failed call", "one", "two"]);
    expect(await found({ minCost: 0.005 })).toEqual(["two"]);
    expect(await found({ maxCost: 0.005 })).toEqual(["failed call", "one"]);
    expect(await found({ minCost: 0, agent: "nobody" })).toEqual([]);
    expect(await found({ minCost: 0.001, prices: {} })).toEqual([]);
    const first = await store().query({ prices, minCost: 0.001, limit: 2 });
    const rest = await store().query({ prices, minCost: 0.001, cursor: first.next! });
    expect([...first.traces, ...rest.traces].map(({ id }) => id)).toEqual([
      ...["failed call", "one", "two"],
    ]);
  });

  it("of samples are those of their calls, and tokens and times are conditions", async () => {
    const samples = sampleTraces(30);
    await store().put(samples);
    const byModel = pricesByModel(prices);
    for (const one of (await store().query({ prices, limit: 100 })).traces) {
      const calls = samples
        .find(({ id }) => id === one.id)!
        .spans.flatMap((s) => callFacts(s) ?? []);
      expectNear(one.cost, costOfCalls(calls, byModel));
    }
    const bounds = [
      { minTokens: 300 },
      { maxTokens: 300 },
      { minLatency: 1200 },
      { maxLatency: 1200, minTokens: 100 },
    ];
    for (const filter of bounds) {
      const wanted = samples.map(summaryOf).filter((one) => meetsFilter(one, filter));
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.length).toBeLessThan(30);
      expect(await all(store().summaries(filter))).toEqual(wanted);
    }
  });

  it("need prices that are numbers", async () => {
    for (const filter of [
      { minCost: 1 },
      { prices: { m: { input: -1, output: 0 } } },
      { prices: 3 },
    ])
      await expect(store().query(filter as TraceFilter)).rejects.toSatisfy(
        withCode("TRACE_QUERY_INVALID"),
      );
  });
}

const byId = (a: TraceSummary, b: TraceSummary): number => (a.id < b.id ? -1 : 1);

/** Errors of traces and of their spans. */
export function failures(store: Current): void {
  it("are the errors of traces that ended badly and of spans, in the order of traces", async () => {
    const error = { message: "gone", type: "ToolError" };
    const broken: Span = { ...content("a", 1, ""), name: "look", agent: "helper", error };
    await store().put([
      trace("b", { status: "failed", startedAt: noon + 1, error, spans: [broken].map(ofB) }),
      trace("a", { spans: [content("a", 0, ""), broken] }),
      trace("c", { status: "cancelled", startedAt: noon + 2, error, endedAt: noon + 9 }),
      trace("d", { status: "completed", startedAt: noon + 3, error }),
    ]);
    const ofSpan = {
      spanId: "s1",
      kind: "content",
      name: "look",
      agent: "helper",
      error,
      at: noon,
    };
    expect(await all(store().failures())).toEqual([
      { traceId: "a", startedAt: noon, ...ofSpan },
      { traceId: "b", startedAt: noon + 1, agent: "a", error, at: noon + 1 },
      { traceId: "b", startedAt: noon + 1, ...ofSpan },
      { traceId: "c", startedAt: noon + 2, agent: "a", error, at: noon + 9 },
    ]);
    expect(await all(store().failures({ status: "cancelled" }))).toHaveLength(1);
  });

  const ofB = (span: Span): Span => ({ ...span, traceId: "b" });

  it("of samples are those of each trace", async () => {
    const samples = sampleTraces(30);
    await store().put(samples);
    const wanted = samples.flatMap((one) => [...failuresOf(one)]);
    expect(wanted.length).toBeGreaterThan(5);
    expect(await all(store().failures())).toEqual(wanted);
  });

  it("of one kind lead to their traces, page after page in every order, and in every count", async () => {
    const samples = [...sampleTraces(30), ...slowTraces];
    await store().put(samples);
    const kinds = new Set(samples.flatMap((one) => kindsOf(one)));
    expect(kinds.size).toBeGreaterThan(2);
    for (const error of kinds) {
      const wanted = samples.filter((one) => kindsOf(one).includes(error)).map(({ id }) => id);
      expect((await all(store().summaries({ error }))).map(byItsId).toSorted()).toEqual(
        wanted.toSorted(),
      );
      const [counted] = await store().overview({ error });
      expect(counted!.count).toBe(wanted.length);
      for (const by of traceOrderKeys) {
        const order = { by, direction: "ascending" } as const;
        const everyTrace = await pages({ order });
        expect(await pages({ error, order })).toEqual(
          everyTrace.filter((id) => wanted.includes(id)),
        );
      }
    }
    expect((await store().query({ error: "another" })).traces).toEqual([]);
    expect(await store().overview({ error: "another" })).toEqual([]);
    const slow = { error: "ETIMEDOUT: no answer after <n> ms" };
    expect(await pages({ ...slow, agent: "slow", status: "completed" })).toEqual(["slow 2"]);
    expect(await pages({ ...slow, text: "patience" })).toEqual(["slow 1"]);
  });

  const kindsOf = (one: Trace): string[] =>
    [...failuresOf(one)].map(({ error }) => errorKey(error));
  const byItsId = ({ id }: TraceSummary): string => id;

  /** Two that wait in vain, one of them in a span, and one whose error does not count, since it ended well. */
  const slowTraces: readonly Trace[] = [1, 2, 3].map((n) => {
    const id = `slow ${n}`;
    const error = { message: `no answer after ${n}000 ms`, code: "ETIMEDOUT" };
    if (n === 2) return trace(id, { agent: "slow", spans: [{ ...content(id, 0, ""), error }] });
    return trace(id, { task: "patience", status: n === 1 ? "failed" : "completed", error });
  });

  /** The ids of a query, two a page. */
  async function pages(query: TraceQuery): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store().query({ ...query, limit: 2, ...(cursor && { cursor }) });
      ids.push(...page.traces.map(byItsId));
      cursor = page.next;
    } while (cursor !== undefined);
    return ids;
  }
}
