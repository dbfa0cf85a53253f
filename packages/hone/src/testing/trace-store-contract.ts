/** The promises of a `TraceStore` as tests. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Feedback } from "../core/feedback.ts";
import type { JsonValue } from "../core/json.ts";
import { packNumbers } from "../core/packed-numbers.ts";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import {
  comparePositions,
  meetsFilter,
  positionOf,
  type TraceFilter,
  type TraceOrder,
  traceOrderKeys,
  type TraceQuery,
} from "../core/trace-query.ts";
import { callFacts } from "../core/call-facts.ts";
import { traceGroupings } from "../core/trace-grouping.ts";
import { type CountedTrace, groupStatistics, OverviewCounter } from "../core/trace-statistics.ts";
import { summaryOf, type TraceSummary } from "../core/trace-summary.ts";
import { hasWords } from "../core/trace-words.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { costs, failures } from "./costs-and-failures-contract.ts";
import { rewardTotals } from "./reward-totals-contract.ts";
import { sampleTraces } from "./sample-traces.ts";
import {
  all,
  base,
  content,
  type Current,
  expectNear,
  head,
  noon,
  trace,
  withCode,
} from "./store-contract-parts.ts";

/** How the tests open the store that they check. */
export interface TraceStoreContractOptions {
  /** Opens an empty store that no other test uses; called before each test. */
  readonly open: () => Promise<TraceStore>;
  /** Opens the store of the last `open` again, after it was closed; absent for stores that keep nothing. */
  readonly reopen?: () => Promise<TraceStore>;
  /** Removes what `open` made; called after each test. */
  readonly clean?: () => Promise<void>;
}

/**
 * Defines the tests of the promises of a `TraceStore`, for vitest. A new store is done when they pass.
 *
 * @param name  names the store in the tests' names
 * @example traceStoreContract("memory", { open: async () => memoryStore() });
 */
export function traceStoreContract(name: string, options: TraceStoreContractOptions): void {
  describe(`${name} store`, () => {
    let store: TraceStore;
    beforeEach(async () => {
      store = await options.open();
    });
    afterEach(async () => {
      await store.close();
      await options.clean?.();
    });
    const current = (): TraceStore => store;

    describe("writes", () => {
      writes(current);
    });
    describe("hostile content", () => {
      hostileContent(current);
    });
    describe("queries", () => {
      queries(current);
    });
    describe("text", () => {
      textSearch(current);
    });
    describe("total rewards", () => {
      rewardTotals(current);
    });
    describe("labels", () => {
      labels(current);
    });
    describe("aggregates", () => {
      aggregates(current);
    });
    describe("costs", () => {
      costs(current);
    });
    describe("failures", () => {
      failures(current);
    });
    describe("ids", () => {
      ids(current);
    });
    describe("deletes", () => {
      deletes(current);
    });
    describe("life", () => {
      life(current);
      const { reopen } = options;
      // A store in memory ends with its process.
      if (reopen === undefined) return;
      it("keeps everything over closing and opening", async () => {
        const traces = sampleTraces(8);
        await store.put(traces);
        await store.append({ rewards: [{ traceId: traces[0]!.id, reward: humanReward("r") }] });
        await store.close();
        store = await reopen();
        expect(await store.get(traces[3]!.id)).toEqual(traces[3]);
        expect((await store.get(traces[0]!.id))!.rewards).toContainEqual(humanReward("r"));
        expect(await all(store.traces())).toHaveLength(8);
        await store.settle();
        expect((await store.query({ text: "web_search" })).traces).toHaveLength(8);
      });
    });
  });
}

const humanReward = (id: string) =>
  ({
    id,
    total: 0.5,
    components: { rating: 0.5 },
    source: "human",
    at: noon + 1,
    by: "ada",
    reason: "fine",
  }) as const;

const rating = (traceId: string, value: number): Feedback => ({
  kind: "rating",
  id: "said-2",
  author: "ada",
  at: noon,
  traceId,
  rating: value,
  low: 1,
  high: 5,
  reason: "clear",
});

const comparison = (first: string, second: string): Feedback => ({
  kind: "comparison",
  id: "said-1",
  author: "ada",
  at: noon,
  first,
  second,
  preferred: "first",
});

function writes(store: Current): void {
  it("gives back whole traces as they were put, of all six kinds of spans", async () => {
    const traces = sampleTraces(12);
    await store().put(traces);
    for (const one of traces) expect(await store().get(one.id)).toEqual(one);
    expect(await store().get("nobody")).toBeUndefined();
  });

  it("grows a trace by its head, spans in any order, a new head and rewards", async () => {
    const running = head("grows", { status: "running" });
    await store().append({ heads: [running], spans: [content("grows", 1, "b")] });
    await store().append({ spans: [content("grows", 0, "a"), content("grows", 2, "c")] });
    await store().append({ rewards: [{ traceId: "grows", reward: humanReward("r1") }] });
    const ended = head("grows", { endedAt: noon + 5 });
    await store().append({ heads: [ended] });
    expect(await store().get("grows")).toEqual({
      ...ended,
      rewards: [humanReward("r1")],
      spans: [content("grows", 0, "a"), content("grows", 1, "b"), content("grows", 2, "c")],
    });
  });

  it("keeps feedback in each trace that it concerns, also when a new head comes later", async () => {
    await store().append({ heads: [head("x"), head("y")] });
    await store().append({ feedback: [rating("x", 4), comparison("x", "y")] });
    await store().append({ heads: [head("x", { status: "failed" })] });
    expect((await store().get("x"))!.feedback).toEqual([comparison("x", "y"), rating("x", 4)]);
    expect((await store().get("y"))!.feedback).toEqual([comparison("x", "y")]);
    await store().append({ feedback: [rating("x", 2)] });
    expect((await store().get("x"))!.feedback).toEqual([comparison("x", "y"), rating("x", 2)]);
    const whole = (await store().get("x"))!;
    await store().put([whole]);
    expect(await store().get("x")).toEqual(whole);
  });

  it("keeps what two people say at the same time", async () => {
    await store().append({ heads: [head("x")] });
    const said = Array.from({ length: 8 }, (_, i) => ({ ...rating("x", 3), id: `r${i}` }));
    await Promise.all(said.map((one) => store().append({ feedback: [one] })));
    expect((await store().get("x"))!.feedback).toEqual(said);
  });

  it("writes nothing twice when a batch is sent again", async () => {
    const reward = { traceId: "x", reward: humanReward("r") };
    const batch = { heads: [head("x")], spans: [content("x", 0, "a")], rewards: [reward] };
    await store().append(batch);
    await store().append(batch);
    const { traces } = await store().query();
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({ spanCount: 1, reward: 0.5 });
    expect((await store().get("x"))!.rewards).toHaveLength(1);
  });

  it("replaces a span of the same id, and all spans by put", async () => {
    await store().append({
      heads: [head("x")],
      spans: [content("x", 0, "old"), content("x", 1, "b")],
    });
    await store().append({ spans: [content("x", 0, "new")] });
    expect((await store().get("x"))!.spans).toEqual([content("x", 0, "new"), content("x", 1, "b")]);
    await store().put([trace("x", { spans: [content("x", 7, "only")] })]);
    expect((await store().get("x"))!.spans).toEqual([content("x", 7, "only")]);
  });

  it("moves a trace whose agent or day changed, and keeps one of it", async () => {
    await store().put([trace("x")]);
    await store().put([trace("x", { agent: "b", startedAt: noon + 86_400_000 })]);
    expect(await all(store().traces())).toEqual([
      trace("x", { agent: "b", startedAt: noon + 86_400_000 }),
    ]);
  });

  it("takes batches sent at the same time, all for one trace", async () => {
    await store().append({ heads: [head("x")] });
    const spans = Array.from({ length: 20 }, (_, i) => content("x", i, `text ${i}`));
    await Promise.all(spans.map((span) => store().append({ spans: [span] })));
    expect((await store().get("x"))!.spans).toEqual(spans);
  });

  it("refuses spans and rewards of a trace it does not know, and the whole batch with them", async () => {
    const spans = [content("x", 0, "a"), content("nobody", 0, "a")];
    await expect(store().append({ heads: [head("x")], spans })).rejects.toSatisfy(
      withCode("TRACE_NOT_FOUND"),
    );
    const rewards = [{ traceId: "nobody", reward: humanReward("r") }];
    await expect(store().append({ rewards })).rejects.toSatisfy(withCode("TRACE_NOT_FOUND"));
    await expect(store().append({ feedback: [rating("nobody", 4)] })).rejects.toSatisfy(
      withCode("TRACE_NOT_FOUND"),
    );
    expect(await store().get("x")).toBeUndefined();
  });

  it("refuses what its formats do not allow, and the whole batch with it", async () => {
    const nan = trace("nan", { totalReward: Number.NaN });
    await expect(store().put([trace("good"), nan])).rejects.toSatisfy(withCode("TRACE_INVALID"));
    const stray = trace("stray", { spans: [content("another", 0, "")] });
    await expect(store().put([trace("good"), stray])).rejects.toSatisfy(withCode("TRACE_INVALID"));
    await expect(store().append({ heads: [head("")] })).rejects.toSatisfy(
      withCode("TRACE_INVALID"),
    );
    expect((await store().query()).traces).toEqual([]);
  });

  it("refuses times that no date can name and values nested without end, on every way in", async () => {
    let deep: JsonValue = [];
    for (let level = 0; level < 5000; level++) deep = level % 2 === 0 ? [deep] : { deep };
    const reward = { ...humanReward("r"), at: 1e16 };
    const traces: Trace[] = [
      trace("bad", { startedAt: 1e16 }),
      trace("bad", { startedAt: -1 }),
      trace("bad", { endedAt: 8.64e15 + 2 }),
      trace("bad", { rewards: [reward] }),
      trace("bad", { feedback: [{ ...rating("bad", 4), at: 1e300 }] }),
      trace("bad", { spans: [{ ...content("bad", 0, "a"), startedAt: 1e16 }] }),
      trace("bad", { metadata: { deep } }),
      trace("bad", { spans: [{ ...content("bad", 0, "a"), attributes: { deep } }] }),
    ];
    for (const bad of traces) {
      const { spans, ...rest } = bad;
      const refused = { rejects: withCode("TRACE_INVALID") };
      await expect(store().put([trace("good"), bad])).rejects.toSatisfy(refused.rejects);
      await expect(store().append({ heads: [rest], spans })).rejects.toSatisfy(refused.rejects);
    }
    await store().append({ heads: [head("x")] });
    const late = store().append({ rewards: [{ traceId: "x", reward }] });
    await expect(late).rejects.toSatisfy(withCode("TRACE_INVALID"));
    await store().put([trace("x", { startedAt: 8.64e15, endedAt: 8.64e15 })]);
    expect((await store().query()).traces).toMatchObject([{ id: "x", startedAt: 8.64e15 }]);
    expect(await store().aggregate({}, "day")).toMatchObject([{ key: "+275760-09-13" }]);
  });

  it("keeps the tokens of a model call to the last bit, whatever their length", async () => {
    const tokens = Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 151_936);
    const logProbs = tokens.map((token) => Math.fround(-Math.sqrt(token + 1)));
    const sampled = {
      prompt: packNumbers(tokens),
      reply: packNumbers(tokens.slice(1)),
      logProbs: packNumbers(logProbs.slice(1)),
      samplingLogProbs: packNumbers([-0.1, Number.MIN_VALUE, -Infinity]),
      temperature: 0.7,
      stopReason: "length",
      weightsVersion: "w-1",
    } as const;
    const [trace] = sampleTraces(1);
    const call = trace!.spans.find((span) => span.kind === "prompt")!;
    await store().put([{ ...trace!, spans: [{ ...call, sampled }] }]);
    const read = (await store().get(trace!.id))!.spans[0]!;
    expect(read).toEqual({ ...call, sampled });
  });

  it("takes an empty batch", async () => {
    await store().append({});
    await store().put([]);
    expect(await store().query()).toEqual({ traces: [] });
  });

  it("keeps fractions of milliseconds, and the order of spans when the clock was set back", async () => {
    const spans = [0, 1, 2].map((i) => ({
      ...content("x", i, ""),
      startedAt: noon + 0.001 - i * 1e6,
    }));
    await store().put([trace("x", { startedAt: noon + 0.001, spans })]);
    expect(await store().get("x")).toEqual(trace("x", { startedAt: noon + 0.001, spans }));
  });

  it("counts a total that was given before the sum of the rewards", async () => {
    const rewards = [humanReward("a"), { ...humanReward("b"), total: 0.25 }];
    await store().put([trace("sum", { rewards }), trace("given", { rewards, totalReward: 2.5 })]);
    const { traces } = await store().query({ order: { by: "reward", direction: "ascending" } });
    expect(traces.map(({ id, reward }) => [id, reward])).toEqual([
      ["sum", 0.75],
      ["given", 2.5],
    ]);
  });
}

const nasty = [
  "x'; DROP TABLE spans; --",
  '"; DELETE FROM traces WHERE "1"="1',
  "../../x",
  "..",
  "a/b\\c:d*e?f",
  "CON",
  "%",
  "%2E",
  "trailing.",
  "名前 🙂 e\u0301 ñ",
  "trace_x",
  "x",
  "X",
  "\u{1d11e}",
  "\ufb01",
  `long ${"y".repeat(400)}`,
  `long ${"y".repeat(400)}2`,
];

function hostileContent(store: Current): void {
  it("keeps ids, agents, tasks and tags that are SQL, paths, empty or of any script apart", async () => {
    const traces = nasty.map((text) =>
      trace(text, { agent: text, task: text, tags: [text], spans: [content(text, 0, text)] }),
    );
    await store().put(traces);
    expect(await all(store().traces())).toHaveLength(nasty.length);
    for (const [i, text] of nasty.entries()) {
      expect(await store().get(text)).toEqual(traces[i]);
      for (const filter of [{ agent: text }, { task: text }, { tag: text }]) {
        const { traces: found } = await store().query(filter);
        expect(found.map(({ id }) => id)).toEqual([text]);
      }
    }
    expect(await store().delete([nasty[0]!])).toBe(1);
    expect((await store().query({ limit: 100 })).traces).toHaveLength(nasty.length - 1);
  });

  it("keeps an empty agent and task", async () => {
    await store().put([trace("x", { agent: "", task: "" })]);
    expect((await store().query({ agent: "" })).traces.map(({ id }) => id)).toEqual(["x"]);
  });

  it("keeps NUL, lone surrogates and control characters in texts", async () => {
    const text = "a\u0000b\ud800c\udc00d\u001b[31m\u2028\uffff";
    const one = trace("x", {
      task: text,
      metadata: { [`key ${text}`]: text },
      spans: [{ ...content("x", 0, text), attributes: { deep: [{ text }] } }],
    });
    await store().put([one]);
    expect(await store().get("x")).toEqual(one);
    expect(await all(store().spans())).toEqual(one.spans);
  });

  it("cuts a text of 5 MB where everyone can see it", async () => {
    const length = 5 * 1024 * 1024;
    const input = "word ".repeat(length / 5);
    const output = [{ role: "assistant", content: "short" }] as const;
    await store().append({
      heads: [head("x")],
      spans: [{ ...base("x", 0), attributes: { kept: 1 }, kind: "prompt", input, output }],
    });
    const [span] = (await store().get("x"))!.spans;
    if (span?.kind !== "prompt") throw new Error("the span is gone");
    expect(span.input.length).toBeLessThanOrEqual(1_000_000);
    expect(span.input).toMatch(/^word word .*… \[cut by hone: it had 5242880 characters\]$/);
    expect(span.output).toEqual(output);
    expect(span.attributes).toEqual({ kept: 1, "hone.cut": { input: length + 2 } });
  });
}

function queries(store: Current): void {
  const traces = sampleTraces(60);
  const known = traces.map(summaryOf);

  /** Pages through a query; every page but the last is full. */
  async function paged(query: TraceQuery, limit: number): Promise<TraceSummary[]> {
    const found: TraceSummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await store().query({
        ...query,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (page.next !== undefined) expect(page.traces).toHaveLength(limit);
      found.push(...page.traces);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  const expected = (filter: TraceFilter, order: TraceOrder): TraceSummary[] =>
    known
      .filter((one) => meetsFilter(one, filter))
      .toSorted((a, b) => comparePositions(positionOf(a, order), positionOf(b, order), order));

  it("filters by every condition, alone and together", async () => {
    await store().put(traces);
    const time = (minute: number): number => noon + minute * 60_000;
    const filters: TraceFilter[] = [
      {},
      { agent: "agent_1" },
      { agentVersion: "v2" },
      { task: "Analyze tidal energy" },
      { task: "tidal-energy" },
      { status: "failed" },
      { from: time(10) },
      { to: time(10) },
      { from: time(10), to: time(20) },
      { minReward: 0.125 },
      { maxReward: 0.125 },
      { minReward: -0.5, maxReward: 0.5 },
      { minReward: -Infinity },
      { tag: "held-out" },
      { agent: "agent_1", status: "completed", tag: "nightly", minReward: 0, to: time(50) },
      { agent: "nobody" },
    ];
    const order = { by: "startedAt", direction: "descending" } as const;
    for (const filter of filters) {
      const page = await store().query({ ...filter, limit: 1000 });
      expect(page, JSON.stringify(filter)).toEqual({ traces: expected(filter, order) });
    }
  });

  it("gives the newest 50 first where nothing is asked", async () => {
    await store().put(traces);
    const page = await store().query();
    expect(page.traces.map(({ id }) => id)).toEqual(
      traces
        .toReversed()
        .slice(0, 50)
        .map(({ id }) => id),
    );
    expect(page.next).toEqual(expect.any(String));
  });

  it.each(traceOrderKeys)(
    "orders and pages by %s, both ways, none twice, none lost",
    async (by) => {
      const running = trace("running", { status: "running", startedAt: noon + 7 });
      const twins = ["twin-b", "twin-a", "twin-\u{1d11e}", "twin-\ufb01"].map((id) => trace(id));
      await store().put([...traces, running, ...twins]);
      const list = [...known, ...[running, ...twins].map(summaryOf)];
      for (const direction of ["ascending", "descending"] as const) {
        const order = { by, direction };
        const wanted = list.toSorted((a, b) =>
          comparePositions(positionOf(a, order), positionOf(b, order), order),
        );
        for (const limit of [7, 13]) {
          const found = await paged({ order }, limit);
          expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
        }
      }
      const filtered = await paged(
        { order: { by, direction: "descending" }, status: "completed" },
        3,
      );
      expect(filtered.map(({ id }) => id)).toEqual(
        list
          .filter(({ status }) => status === "completed")
          .toSorted((a, b) => {
            const order = { by, direction: "descending" } as const;
            return comparePositions(positionOf(a, order), positionOf(b, order), order);
          })
          .map(({ id }) => id),
      );
    },
  );

  it("continues after a cursor whose trace was deleted, while others were added", async () => {
    await store().put(traces);
    const first = await store().query({ limit: 10 });
    await store().delete([first.traces.at(-1)!.id]);
    await store().put([trace("newest", { startedAt: noon + 1e9 })]);
    const second = await store().query({ limit: 10, cursor: first.next! });
    expect(second.traces.map(({ id }) => id)).toEqual(
      traces
        .toReversed()
        .slice(10, 20)
        .map(({ id }) => id),
    );
  });

  it("refuses conditions that mean nothing, by name", async () => {
    const next = (
      await (async () => {
        await store().put(traces.slice(0, 3));
        return store().query({ limit: 1 });
      })()
    ).next!;
    const order = { by: "reward", direction: "ascending" } as const;
    const bad: TraceQuery[] = [
      { limit: 0 },
      { limit: 1.5 },
      { limit: 1001 },
      { cursor: "nonsense" },
      { cursor: next, order },
      { minReward: Number.NaN },
      { text: " … " },
      { status: "done" as "completed" },
      { order: { by: "name" as "reward", direction: "ascending" } },
    ];
    for (const query of bad) {
      await expect(store().query(query), JSON.stringify(query)).rejects.toSatisfy(
        withCode("TRACE_QUERY_INVALID"),
      );
    }
  });

  it("streams traces, summaries and spans of a filter in the order of start, then id", async () => {
    const twins = ["twin-b", "twin-a"].map((id) => trace(id));
    await store().put([...traces.toReversed(), ...twins]);
    const order = { by: "startedAt", direction: "ascending" } as const;
    const filter = { agent: "agent_2" };
    const wanted = expected(filter, order).map(({ id }) => traces.find((one) => one.id === id)!);
    expect(await all(store().traces(filter))).toEqual(wanted);
    expect(await all(store().summaries(filter))).toEqual(expected(filter, order));
    expect(await all(store().spans(filter))).toEqual(wanted.flatMap(({ spans }) => spans));
    const ids = (await all(store().traces())).map(({ id }) => id);
    expect(ids).toHaveLength(62);
    expect(ids.indexOf("twin-b")).toBe(ids.indexOf("twin-a") + 1);
  });

  it("lets a stream be left early, and goes on working", async () => {
    await store().put(traces);
    for await (const one of store().traces()) if (one.id === traces[4]!.id) break;
    await store().put([trace("after")]);
    expect(await store().get("after")).toBeDefined();
  });
}

function textSearch(store: Current): void {
  const tool: Span = {
    ...base("tool", 0),
    kind: "tool",
    toolName: "web_search",
    arguments: { query: "Straße 12,5" },
    result: ["Ünïcode", { key: "Value" }],
  };
  const chat: Span = {
    ...base("chat", 0),
    kind: "prompt",
    input: [{ role: "user", content: "What is the TIDE today?" }],
    output: [{ role: "assistant", content: "High at noon.", reasoning: "Look it up" }],
    attributes: { hidden: "attributeword" },
  };
  const traces = [
    trace("tool", { spans: [tool] }),
    trace("chat", { spans: [chat] }),
    trace("task", { task: "Measure the tide, please", spans: [content("task", 0, "量子计算 ok")] }),
    trace("marks", { spans: [content("marks", 0, "cafe\u0301 ﬁne don't x_y")] }),
  ];

  async function found(text: string): Promise<string[]> {
    const { traces: page } = await store().query({
      text,
      order: { by: "startedAt", direction: "ascending" },
    });
    return page.map(({ id }) => id);
  }

  it("finds words of tasks, inputs and outputs in any case and order, whole words only", async () => {
    await store().put(traces);
    await store().settle();
    const cases: Readonly<Record<string, readonly string[]>> = {
      tide: ["chat", "task"],
      "TIDE!": ["chat", "task"],
      "noon tide": ["chat"],
      "tide noon high look": ["chat"],
      tid: [],
      tides: [],
      "tide tool": [],
      "web search": ["tool"],
      web_search: ["tool"],
      straße: ["tool"],
      ünïcode: ["tool"],
      unicode: [],
      value: ["tool"],
      key: [],
      "12 5": ["tool"],
      量: ["task"],
      计算: ["task"],
      café: ["marks"],
      "cafe\u0301": ["marks"],
      cafe: [],
      fine: ["marks"],
      "don't": ["marks"],
      y: ["marks"],
      attributeword: [],
      "NOT tide": [],
      "tide OR value": [],
      'tide" OR 1=1 --': [],
      "tide*": ["chat", "task"],
    };
    for (const [text, ids] of Object.entries(cases)) expect(await found(text), text).toEqual(ids);
  });

  it("finds the same as the shared words on many traces, with other conditions and pages", async () => {
    const samples = sampleTraces(40);
    await store().put(samples);
    await store().settle();
    for (const text of ["steel", "steel root", "quantum tide measure", "web_search"]) {
      const words = text.split(/[ _]/);
      const wanted = samples.filter((one) => hasWords(one, words) && one.status === "completed");
      const first = await store().query({ text, status: "completed", limit: 4 });
      const rest =
        first.next === undefined
          ? []
          : (await store().query({ text, status: "completed", cursor: first.next })).traces;
      const ids = [...first.traces, ...rest].map(({ id }) => id);
      expect(ids, text).toEqual(wanted.toReversed().map(({ id }) => id));
      const streamed = await all(store().traces({ text, status: "completed" }));
      expect(streamed).toEqual(wanted);
    }
  });

  it("forgets the words of spans that were replaced or deleted", async () => {
    await store().put([trace("x", { spans: [content("x", 0, "before")] })]);
    await store().append({ spans: [content("x", 0, "after")] });
    await store().settle();
    expect(await found("before")).toEqual([]);
    expect(await found("after")).toEqual(["x"]);
    await store().delete(["x"]);
    await store().settle();
    expect(await found("after")).toEqual([]);
  });

  it("finds the words of a task that was changed", async () => {
    await store().append({ heads: [head("x", { task: "first words" })] });
    await store().append({ heads: [head("x", { task: "other words" })] });
    await store().settle();
    expect(await found("first")).toEqual([]);
    expect(await found("other words")).toEqual(["x"]);
  });
}

/** Sessions, users, tags and metadata: conditions, words, and what changes with a head. */
function labels(store: Current): void {
  const found = async (query: TraceQuery): Promise<string[]> => {
    await store().settle();
    return (await store().query(query)).traces.map(({ id }) => id).toSorted();
  };

  it("finds traces by session, user and metadata", async () => {
    await store().put([
      trace("a", { session: "s1", user: "ada", metadata: { plan: "pro", seats: 3, beta: true } }),
      trace("b", { session: "s1", user: "bob", metadata: { plan: "free", seats: null } }),
      trace("c", { session: "s\u0000'2", user: "ada", metadata: { plan: "pro", list: [1, "x"] } }),
      trace("d", { metadata: { "": "pro", seats: "3" } }),
    ]);
    expect(await found({ session: "s1" })).toEqual(["a", "b"]);
    expect(await found({ session: "s\u0000'2" })).toEqual(["c"]);
    expect(await found({ session: "s" })).toEqual([]);
    expect(await found({ user: "ada" })).toEqual(["a", "c"]);
    expect(await found({ user: "ada", session: "s1" })).toEqual(["a"]);
    expect(await found({ metadata: { plan: "pro" } })).toEqual(["a", "c"]);
    expect(await found({ metadata: { plan: "pro", beta: true } })).toEqual(["a"]);
    expect(await found({ metadata: { seats: 3 } })).toEqual(["a", "d"]);
    expect(await found({ metadata: { seats: null } })).toEqual(["b"]);
    expect(await found({ metadata: { list: [1, "x"] } })).toEqual(["c"]);
    expect(await found({ metadata: { "": "pro" } })).toEqual(["d"]);
    expect(await found({ metadata: { plan: "pro" }, user: "ada", text: "pro" })).toEqual([
      "a",
      "c",
    ]);
    const summaries = (await store().query({ session: "s1", user: "ada" })).traces;
    expect(summaries).toMatchObject([{ id: "a", session: "s1", user: "ada" }]);
    const ids: string[] = [];
    for await (const { id } of store().traces({ metadata: { plan: "pro" } })) ids.push(id);
    expect(ids).toEqual(["a", "c"]);
  });

  it("finds traces by the words of their labels", async () => {
    await store().put([
      trace("a", { session: "harbour-7", user: "Ada L.", tags: ["night watch"] }),
    ]);
    await store().append({ heads: [head("b", { metadata: { note: "rusty crane" } })] });
    expect(await found({ text: "harbour" })).toEqual(["a"]);
    expect(await found({ text: "ada watch" })).toEqual(["a"]);
    expect(await found({ text: "crane" })).toEqual(["b"]);
    expect(await found({ text: "note" })).toEqual([]);
  });

  it("follows the labels of a head that replaces another", async () => {
    await store().append({ heads: [head("a", { session: "s1", metadata: { n: 1 } })] });
    const next = head("a", { session: "s2", user: "eve", tags: ["late"], metadata: { n: 2 } });
    await store().append({ heads: [next] });
    expect(await found({ session: "s1" })).toEqual([]);
    expect(await found({ session: "s2", user: "eve", tag: "late" })).toEqual(["a"]);
    expect(await found({ metadata: { n: 1 } })).toEqual([]);
    expect(await found({ metadata: { n: 2 } })).toEqual(["a"]);
    expect(await found({ text: "s1" })).toEqual([]);
    expect(await found({ text: "eve" })).toEqual(["a"]);
    await store().delete(["a"]);
    expect(await found({ metadata: { n: 2 } })).toEqual([]);
  });

  it("refuses conditions that there are not, and values of another type", async () => {
    for (const filter of [{ sesion: "s1" }, { session: 7 }, { metadata: "plan=pro" }]) {
      const asked = store().query(filter as TraceFilter);
      await expect(asked).rejects.toMatchObject({ code: "TRACE_QUERY_INVALID" });
      const counted = store().aggregate(filter as TraceFilter);
      await expect(counted).rejects.toMatchObject({ code: "TRACE_QUERY_INVALID" });
    }
  });
}

function aggregates(store: Current): void {
  it("gives count, spread of rewards and latency, tokens and error rate, worked out by hand", async () => {
    const usage = (traceId: string, input: number, output: number): Span => ({
      ...base(traceId, input),
      kind: "prompt",
      input: "",
      usage: { input, output },
    });
    const rewarded = (id: string, totalReward: number, more: Partial<Trace>): Trace =>
      trace(id, { totalReward, endedAt: noon + 1000 * totalReward, ...more });
    await store().put([
      rewarded("a", 1, { spans: [usage("a", 10, 1), usage("a", 20, 2)] }),
      rewarded("b", 2, { status: "failed" }),
      rewarded("c", 3, {}),
      rewarded("d", 4, {}),
      trace("e", { status: "running", spans: [usage("e", 5, 0)] }),
    ]);
    const [row, ...others] = await store().aggregate();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      key: "all",
      count: 5,
      spanCount: 3,
      tokens: { input: 35, output: 3 },
      errorRate: 0.2,
      reward: { count: 4, mean: 2.5, minimum: 1, p25: 1.75, median: 2.5, p75: 3.25, maximum: 4 },
      latency: { count: 4, mean: 2500, minimum: 1000, median: 2500, maximum: 4000 },
    });
    expect(row!.reward!.p95).toBeCloseTo(3.85, 12);
    expect(await store().aggregate({ agent: "nobody" })).toEqual([]);
  });

  it.each(traceGroupings)("groups by %s as the shared statistics do", async (by) => {
    const traces = [
      ...sampleTraces(30),
      ...sampleTraces(30, { first: 30, startedAt: noon + 11.5 * 3_600_000 }),
      trace("none"),
    ];
    await store().put(traces);
    for (const filter of [{}, { status: "completed" }, { tag: "held-out" }] as TraceFilter[]) {
      const list = traces.map(counted).filter(({ summary }) => meetsFilter(summary, filter));
      const rows = await store().aggregate(filter, by);
      const wanted = groupStatistics(list, by);
      expect(rows.map(({ key }) => key)).toEqual(wanted.map(({ key }) => key));
      for (const [i, row] of rows.entries()) expectNear(row, wanted[i]);
    }
  });

  it.each([undefined, ...traceGroupings])(
    "tells of traces by %s, in stretches of time, what statistics of each stretch tell",
    async (by) => {
      const traces = [
        ...sampleTraces(30),
        ...sampleTraces(30, { first: 30, startedAt: noon + 11.5 * 3_600_000 }),
        trace("none"),
        trace("early", { startedAt: 1500, endedAt: 1501.5, status: "failed" }),
      ];
      await store().put(traces);
      const prices = { "gpt-4o": { input: 2.5, output: 10 } };
      const filters: TraceFilter[] = [{}, { status: "completed" }, { tag: "held-out" }, { prices }];
      for (const filter of filters) {
        const list = traces.map(counted).filter(({ summary }) => meetsFilter(summary, filter));
        for (const every of [undefined, 3_600_000]) {
          const counter = new OverviewCounter({ by, every }, filter.prices);
          for (const one of list) counter.add(one);
          const rows = await store().overview(filter, { by, every });
          const wanted = counter.overviews();
          expect(rows.map(({ key, from }) => [key, from])).toEqual(
            wanted.map(({ key, from }) => [key, from]),
          );
          for (const [i, row] of rows.entries()) expectNear(row, wanted[i]);
        }
      }
    },
  );

  it("gives no overview of no traces, and refuses stretches without a length", async () => {
    expect(await store().overview({ agent: "nobody" }, { by: "session" })).toEqual([]);
    for (const every of [0, -1, NaN])
      await expect(store().overview({}, { every })).rejects.toMatchObject({
        code: "TRACE_QUERY_INVALID",
      });
  });
}

/** A trace as statistics need it. */
const counted = (one: Trace): CountedTrace => ({
  summary: summaryOf(one),
  calls: one.spans.flatMap((span) => callFacts(span) ?? []),
});

function ids(store: Current): void {
  it("are found by their beginning, the smallest first, as many as asked for", async () => {
    const given = ["a1", "a2", "a", "A1", "b", "a\u{10ffff}x", "\u0000", "aé"];
    await store().put(given.map((id) => trace(id)));
    expect(await store().ids("a", 9)).toEqual(["a", "a1", "a2", "aé", "a\u{10ffff}x"]);
    expect(await store().ids("a", 2)).toEqual(["a", "a1"]);
    expect(await store().ids("a2", 9)).toEqual(["a2"]);
    expect(await store().ids("\u0000", 9)).toEqual(["\u0000"]);
    expect(await store().ids("c", 9)).toEqual([]);
    expect(await store().ids("%", 9)).toEqual([]);
  });
}

function deletes(store: Current): void {
  it("deletes by id, counts what was there, and leaves the others", async () => {
    const traces = sampleTraces(6);
    await store().put(traces);
    const ids = [traces[1]!.id, traces[4]!.id, "nobody", traces[1]!.id];
    expect(await store().delete(ids)).toBe(2);
    expect(await store().get(traces[1]!.id)).toBeUndefined();
    expect((await all(store().traces())).map(({ id }) => id)).toEqual(
      [0, 2, 3, 5].map((i) => traces[i]!.id),
    );
    expect(await store().delete([])).toBe(0);
    await store().put([traces[1]!]);
    expect(await store().get(traces[1]!.id)).toEqual(traces[1]);
  });

  it("prunes what started before a time", async () => {
    const traces = sampleTraces(10);
    await store().put(traces);
    expect(await store().prune(traces[4]!.startedAt)).toBe(4);
    expect((await all(store().summaries())).map(({ id }) => id)).toEqual(
      traces.slice(4).map(({ id }) => id),
    );
    expect(await store().prune(traces[4]!.startedAt)).toBe(0);
  });
}

function life(store: Current): void {
  it("has nothing to report of a healthy store", async () => {
    await store().put(sampleTraces(3));
    expect(await store().check()).toEqual([]);
  });

  it("refuses every call after close, with a code, and closes twice", async () => {
    const closed = store();
    await closed.put(sampleTraces(2));
    await closed.close();
    await closed.close();
    const calls: (() => Promise<unknown>)[] = [
      () => closed.append({}),
      () => closed.put([]),
      () => closed.get("x"),
      () => closed.query(),
      () => closed.aggregate(),
      () => closed.overview(),
      () => all(closed.traces()),
      () => all(closed.summaries()),
      () => all(closed.spans()),
      () => all(closed.failures()),
      () => closed.ids("x", 1),
      () => closed.delete(["x"]),
      () => closed.prune(0),
      () => closed.settle(),
      () => closed.check(),
    ];
    for (const call of calls) {
      const refused = Promise.resolve().then(call);
      await expect(refused, String(call)).rejects.toSatisfy(withCode("STORE_CLOSED"));
    }
  });
}
