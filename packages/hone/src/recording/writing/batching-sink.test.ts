import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { HoneError, isError } from "../../core/errors.ts";
import type { TraceBatch } from "../../ports/trace-store.ts";
import { type BatchingOptions, batchingSink } from "./batching-sink.ts";
import { type BatchText, readBatch } from "./batch-text.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { createTracer } from "../create-tracer.ts";

/** A writer whose store does what a test says, and keeps what became durable. */
function writerOf(behave: (batch: TraceBatch) => Promise<void> | void) {
  const batches: TraceBatch[] = [];
  const writer: BatchWriter = {
    url: "test:",
    async write(pieces) {
      const batch = readBatch(pieces);
      await behave(batch);
      batches.push(batch);
    },
    close: async () => undefined,
  };
  const spans = (): string[] =>
    batches.flatMap((batch) => (batch.spans ?? []).map(({ name }) => name ?? ""));
  return { writer, batches, spans };
}

function record(
  behave: (batch: TraceBatch) => Promise<void> | void,
  options: BatchingOptions = { intervalMs: 5 },
) {
  const { writer, batches, spans } = writerOf(behave);
  const sink = batchingSink(writer, options);
  const tracer = createTracer({ sink });
  const trace = tracer.trace({ agent: "a", task: "t", id: "t1" });
  const add = (name: string, content = "x"): void =>
    trace.span({ kind: "content", name, content }).end();
  return { sink, tracer, trace, add, batches, spans };
}

const fine = (): void => undefined;
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `s${i}`);

describe("a batching sink", () => {
  it("writes in the background, in order, each trace's head before its spans", async () => {
    const { sink, trace, add, batches, spans } = record(fine);
    for (const name of names(1000)) add(name);
    expect(batches).toHaveLength(0);
    await expect.poll(() => batches.length).toBeGreaterThan(2);
    trace.end();
    expect(await sink.flush({ timeoutMs: 1000 })).toEqual({
      written: 1000,
      waiting: 0,
      dropped: 0,
    });
    expect(spans()).toEqual(names(1000));
    expect(batches[0]!.heads).toMatchObject([{ id: "t1", status: "running" }]);
    expect(batches.every((batch) => JSON.stringify(batch).length < 300_000)).toBe(true);
    const heads = batches.flatMap((batch) => batch.heads ?? []);
    expect(heads.at(-1)).toMatchObject({ status: "completed" });
  });

  it("waits for a store that is dead from the start, and loses nothing that fits", async () => {
    let isDead = true;
    const { sink, add, spans } = record(() => {
      if (isDead) throw new Error("no store");
    });
    for (const name of names(300)) add(name);
    await expect.poll(() => sink.report().problem).toBe("no store");
    expect(await sink.flush({ timeoutMs: 50 })).toMatchObject({ written: 0, waiting: 300 });
    isDead = false;
    expect(await sink.flush({ timeoutMs: 2000 })).toEqual({ written: 300, waiting: 0, dropped: 0 });
    expect(spans()).toEqual(names(300));
  });

  it("drops and counts what finds no room, at no cost to whoever records", async () => {
    const { sink, add } = record(() => sleep(100_000), { waitingCharacters: 1_000_000 });
    const text = "x".repeat(1000);
    const times = Array.from({ length: 20_000 }, () => {
      const start = performance.now();
      add("big", text);
      return performance.now() - start;
    });
    // What else the machine does meanwhile is in some of them.
    const perSpan = times.toSorted((a, b) => a - b)[10_000]!;
    const { written, waiting, dropped } = sink.report();
    expect(written).toBe(0);
    expect(waiting + dropped).toBe(20_000);
    expect(waiting).toBeLessThan(1000);
    expect(perSpan).toBeLessThan(0.1);
    expect(await sink.flush({ timeoutMs: 20 })).toMatchObject({ dropped });
  });

  it("goes on when a store becomes slow and fast again", async () => {
    let delay = 0;
    const { sink, add, spans } = record(() => sleep(delay));
    add("a");
    await expect.poll(spans).toEqual(["a"]);
    delay = 100;
    for (const name of names(10)) add(name);
    await sleep(20);
    delay = 0;
    for (const name of names(10)) add(`${name}'`);
    await sink.flush({ timeoutMs: 2000 });
    expect(spans()).toHaveLength(21);
  });

  it("drops alone what the store refuses", async () => {
    const { sink, add, spans } = record(({ spans: given }) => {
      if (given?.some(({ name }) => name === "bad")) {
        throw new HoneError("TRACE_INVALID", { name: "span", problem: "it is bad" });
      }
    });
    for (const name of [...names(100), "bad", ...names(100)]) add(name);
    const report = await sink.flush({ timeoutMs: 2000 });
    expect(report).toMatchObject({ written: 200, waiting: 0, dropped: 1 });
    expect(spans()).toEqual([...names(100), ...names(100)]);
    const why = /^content span bad: TRACE_INVALID: .* cannot be stored: it is bad\.$/;
    expect(report.problem).toMatch(why);
    add("good");
    expect((await sink.flush({ timeoutMs: 2000 })).problem).toMatch(why);
  });

  it("counts and writes once what was durable before the store failed in the middle of a batch", async () => {
    let failures = 0;
    const { sink, add, spans } = record((batch) => {
      const has = (name: string) => batch.spans?.some((span) => span.name === name) === true;
      if (has("bad"))
        throw new HoneError("TRACE_INVALID", { name: "the span bad", problem: "bad" });
      // The second half of what the refusal divided fails twice.
      if (has("s7") && !has("s0") && failures++ < 2) throw new Error("no store for a while");
    });
    for (const name of ["s0", "bad", ...names(8).slice(1)]) add(name);
    await expect.poll(() => failures, { timeout: 10_000 }).toBe(3);
    expect(await sink.flush({ timeoutMs: 5000 })).toMatchObject({
      written: 8,
      waiting: 0,
      dropped: 1,
    });
    expect(spans().toSorted()).toEqual(names(8));
  });

  describe("where a trace is damaged in the store", () => {
    const refuse = ({ heads = [], spans: given = [] }: TraceBatch): void => {
      if (![...heads.map(({ id }) => id), ...given.map(({ traceId }) => traceId)].includes("bad"))
        return;
      throw new HoneError("STORE_DAMAGED", { store: "test:", problem: 'trace "bad": cut' });
    };
    const recorded = (canKeep: boolean) => {
      const { writer, spans } = writerOf(refuse);
      const write = vi.spyOn(writer, "write");
      const files: TraceBatch[] = [];
      const keep = (given: readonly BatchText[]) => {
        files.push(...given.map(readBatch));
        return () => expect.unreachable("what is damaged stays in its file");
      };
      const sink = batchingSink({ ...writer, write, ...(canKeep ? { keep } : {}) });
      const tracer = createTracer({ sink });
      const traces = ["a", "bad", "b", "c"].map((id) => tracer.trace({ agent: "a", task: id, id }));
      const addAll = (name: string): void => {
        for (const one of traces) one.span({ kind: "content", name, content: "x" }).end();
      };
      return { sink, addAll, spans, files, write, traces };
    };

    it("stores the others, and puts each item of that one into a file, once, with its head", async () => {
      const { sink, addAll, spans, files, write, traces } = recorded(true);
      addAll("first");
      const report = await sink.flush({ timeoutMs: 1000 });
      expect(report).toMatchObject({ written: 3, waiting: 0, kept: 1, dropped: 0 });
      expect(report.problem).toMatch(/STORE_DAMAGED.*trace "bad"/);
      expect(spans()).toEqual(["first", "first", "first"]);
      const { length: writes } = write.mock.calls;
      addAll("second");
      traces[1]!.end();
      expect(await sink.close({ timeoutMs: 1000 })).toMatchObject({ written: 6, kept: 2 });
      // The store is not asked for the damaged trace again.
      expect(write.mock.calls).toHaveLength(writes + 1);
      expect(files).toMatchObject([
        { heads: [{ id: "bad", status: "running" }], spans: [{ name: "first" }] },
        { heads: [{ id: "bad", status: "completed" }], spans: [{ name: "second" }] },
      ]);
    });

    it("counts what there is no file for as dropped", async () => {
      const { sink, addAll } = recorded(false);
      addAll("first");
      const report = await sink.flush({ timeoutMs: 1000 });
      expect(report).toMatchObject({ written: 3, waiting: 0, dropped: 1 });
    });
  });

  it("begins a trace anew that somebody deleted while it runs", async () => {
    let known = new Set<string>();
    const { sink, add, batches } = record(({ heads = [], spans = [] }) => {
      for (const { id } of heads) known.add(id);
      if (spans.some(({ traceId }) => !known.has(traceId))) {
        throw new HoneError("TRACE_NOT_FOUND", { store: "test:", id: "t1" });
      }
    });
    add("a");
    await sink.flush({ timeoutMs: 1000 });
    known = new Set();
    add("b");
    expect(await sink.flush({ timeoutMs: 1000 })).toMatchObject({ written: 2, dropped: 0 });
    expect(batches[1]).toMatchObject({ heads: [{ id: "t1" }], spans: [{ name: "b" }] });
  });

  it("writes a trace that ended before the first batch with one head", async () => {
    const { sink, trace, add, batches } = record(fine);
    add("a");
    trace.end({ metadata: { pages: 3 } });
    await sink.flush({ timeoutMs: 1000 });
    expect(batches.flatMap(({ heads = [] }) => heads)).toMatchObject([
      { id: "t1", status: "completed", metadata: { pages: 3 } },
    ]);
  });

  it("drops the spans of a trace that has no form as JSON, and writes the others", async () => {
    const stored = new Set<string>();
    const { sink, tracer, add, spans } = record(({ heads = [], spans: given = [] }) => {
      for (const { id } of heads) stored.add(id);
      const lost = given.find(({ traceId }) => !stored.has(traceId));
      if (lost) throw new HoneError("TRACE_NOT_FOUND", { store: "test:", id: lost.traceId });
    });
    const odd = tracer.trace({ agent: "a", task: "t", attempt: 1n as never });
    odd.span({ kind: "content", name: "odd", content: "" }).end();
    add("fine");
    expect(await sink.flush({ timeoutMs: 1000 })).toMatchObject({ written: 1, dropped: 1 });
    expect(spans()).toEqual(["fine"]);
  });

  it("keeps no more traces than its limit, and takes spans that come after their trace's end", async () => {
    const { sink, tracer, trace, add, spans } = record(fine, { traces: 2, intervalMs: 5 });
    const late = trace.span({ kind: "content", name: "late", content: "" });
    trace.end();
    await sink.flush({ timeoutMs: 1000 });
    late.end();
    await sink.flush({ timeoutMs: 1000 });
    expect(spans()).toEqual(["late", "late"]);
    for (const id of ["t2", "t3"]) tracer.trace({ agent: "a", task: "t", id });
    // The trace that ended made room for t3, and is no longer known.
    add("too late");
    tracer.trace({ agent: "a", task: "t", id: "t4" }).span({ kind: "content", content: "" }).end();
    expect(await sink.flush({ timeoutMs: 1000 })).toMatchObject({ written: 2, dropped: 2 });
  });

  describe("that writes at once and goes on", () => {
    /** Its store takes as many batches at once as the test says; those in the background wait for `open`. */
    function standing() {
      let begin = fine;
      const underWay = new Promise<void>((resolve) => (begin = resolve));
      const { writer, batches, spans } = writerOf(() => {
        begin();
        return gate;
      });
      let open = fine;
      const gate = new Promise<void>((resolve) => (open = resolve));
      let room = Infinity;
      const taken = vi.fn((given: readonly BatchText[]) => {
        const done = given.slice(0, room);
        batches.push(...done.map(readBatch));
        return { batches: done.length };
      });
      /** What the spool holds now. */
      let spool: readonly TraceBatch[] = [];
      const keep = (given: readonly BatchText[]): (() => void) => {
        const held = given.map(readBatch);
        spool = held;
        return () => void (spool = spool === held ? [] : spool);
      };
      const sink = batchingSink({ ...writer, writeNow: taken, keep }, { intervalMs: 5 });
      const trace = createTracer({ sink }).trace({ agent: "a", task: "t", id: "t1" });
      const add = (name: string): void => trace.span({ kind: "content", name, content: "x" }).end();
      return {
        sink,
        add,
        spans,
        taken,
        kept: () => spool.flatMap((one) => (one.spans ?? []).map(({ name }) => name)),
        /** Resolves when the first batch has reached the writer. */
        underWay,
        release: () => open(),
        allow: (n: number) => void (room = n),
      };
    }

    it("writes nothing twice and leaves out nothing that waits or is under way", async () => {
      const { sink, add, spans, taken, underWay, release } = standing();
      add("under way");
      await underWay;
      expect(sink.flushNow(100, true)).toMatchObject({ written: 0, waiting: 1 });
      // An empty batch, whose turn comes after the one under way.
      expect(taken.mock.calls[0]![0].map(readBatch)).toEqual([{ heads: [], spans: [] }]);
      add("waits");
      expect(sink.flushNow(100, true)).toMatchObject({ written: 1, waiting: 1 });
      release();
      add("later");
      expect(await sink.flush({ timeoutMs: 1000 })).toEqual({ written: 3, waiting: 0, dropped: 0 });
      expect(spans()).toEqual(["waits", "under way", "later"]);
    });

    it("writes later what a dead store did not take, and takes no more for it each time", async () => {
      const { sink, add, spans, taken, kept, release, allow } = standing();
      allow(0);
      release();
      add("first");
      expect(sink.flushNow(100, true)).toEqual({ written: 0, waiting: 0, kept: 1, dropped: 0 });
      add("second");
      expect(sink.flushNow(100, true)).toMatchObject({ written: 0, waiting: 1, kept: 1 });
      expect(taken.mock.calls.map(([given]) => given.length)).toEqual([1, 1]);
      expect(kept()).toEqual(["first"]);
      expect(await sink.flush({ timeoutMs: 1000 })).toEqual({ written: 2, waiting: 0, dropped: 0 });
      expect(spans()).toEqual(["first", "second"]);
      // Its head is older than what the store has now.
      expect(kept()).toEqual([]);
    });

    it("keeps for the next process what the store does not take before the end", () => {
      const { sink, add, kept, allow } = standing();
      allow(0);
      add("first");
      sink.flushNow(100, true);
      add("second");
      expect(sink.flushNow(100)).toEqual({ written: 0, waiting: 0, kept: 2, dropped: 0 });
      expect(kept()).toEqual(["first", "second"]);
    });

    it("keeps what is under way when a signal comes, until it is durable", async () => {
      const { sink, add, kept, allow, underWay, release } = standing();
      add("under way");
      await underWay;
      allow(0);
      sink.flushNow(100, true);
      expect(kept()).toEqual(["under way"]);
      release();
      expect(await sink.flush({ timeoutMs: 1000 })).toEqual({ written: 1, waiting: 0, dropped: 0 });
      expect(kept()).toEqual([]);
    });
  });

  it("is closed once, and drops what comes afterwards", async () => {
    const { sink, add } = record(fine);
    add("a");
    expect(await sink.close({ timeoutMs: 1000 })).toMatchObject({ written: 1 });
    add("b");
    expect(sink.report()).toMatchObject({ written: 1, dropped: 1 });
  });

  it("refuses limits that are none", () => {
    for (const option of ["waitingCharacters", "traces", "intervalMs"]) {
      expect(() => record(fine, { [option]: 0 })).toThrow(
        expect.toSatisfy((error) => isError(error, "OPTION_INVALID")) as Error,
      );
    }
  });
});
