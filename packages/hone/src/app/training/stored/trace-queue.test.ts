import { describe, expect, it, vi } from "vitest";
import { HoneError } from "../../../core/errors.ts";
import type { Trace } from "../../../core/trace.ts";
import type { BatchWriter } from "../../../recording/writing/batch-writer.ts";
import type { TraceBatch } from "../../../ports/trace-store.ts";
import { TraceQueue, type WaitingTrace } from "./trace-queue.ts";

const trace = (id: string): Trace => ({
  ...{ id, agent: "a", task: "t", attempt: 1, status: "completed", startedAt: 0, tags: [] },
  ...{ metadata: {}, rewards: [], spans: [] },
});
const waiting = (...ids: string[]): WaitingTrace[] =>
  ids.map((id) => ({ make: () => trace(id), size: 100 }));

/** A store in memory that can fail, refuse single traces, or take its time. */
function fakeStore() {
  const stored: string[] = [];
  const state = {
    stored,
    writes: 0,
    error: undefined as Error | undefined,
    refuses: "none",
    gate: Promise.resolve(),
    kept: [] as string[],
  };
  const idsOf = (text: readonly string[]): string[] =>
    (JSON.parse(text.join("")) as TraceBatch).heads!.map(({ id }) => id);
  const writer: BatchWriter = {
    url: "fake:",
    write: async (text) => {
      await state.gate;
      if (state.error) throw state.error;
      state.writes++;
      const ids = idsOf(text);
      if (ids.includes(state.refuses))
        throw new HoneError("TRACE_INVALID", { name: `trace ${state.refuses}`, problem: "odd" });
      stored.push(...ids);
    },
    keep: (batches) => {
      state.kept.push(...batches.flatMap(idsOf));
      return () => undefined;
    },
    close: async () => undefined,
  };
  return { state, writer };
}

describe("traces on their way into a store", () => {
  it("are written in their order, and nothing waits after settle", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer);
    const ids = Array.from({ length: 70 }, (_, i) => `t${i}`);
    await queue.add(waiting(...ids));
    expect(await queue.settle(5000)).toEqual({ written: 70, dropped: 0, waiting: 0, kept: 0 });
    expect(state.stored).toEqual(ids);
  });

  it("of a step are one transaction: 64 rollouts of 5,000 characters", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer);
    const long = (id: string): Trace => ({ ...trace(id), task: "x".repeat(5000) });
    await queue.add(
      Array.from({ length: 64 }, (_, i) => ({ make: () => long(`t${i}`), size: 5000 })),
    );
    await queue.settle(5000);
    expect([state.stored.length, state.writes]).toEqual([64, 1]);
  });

  it("wait for a store that fails, are tried again, and settle does not wait for it", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer);
    state.error = new Error("locked\nby another");
    await queue.add(waiting("a", "b"));
    expect(await queue.settle(5000)).toMatchObject({ written: 0, waiting: 2, problem: "locked" });
    state.error = undefined;
    expect(await queue.settle(5000)).toEqual({ written: 2, dropped: 0, waiting: 0, kept: 0 });
  });

  it("are dropped and counted where a store that fails leaves no room for them", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer, 250);
    state.error = new Error("disk full");
    await queue.add(waiting("a"));
    await queue.settle(5000);
    await queue.add(waiting("b", "c", "d", "e"));
    // "a" is with the writer, so two more have room.
    expect(queue.report()).toMatchObject({ written: 0, dropped: 2, waiting: 3 });
    state.error = undefined;
    await queue.settle(5000);
    expect(state.stored).toEqual(["a", "b", "c"]);
    expect(queue.report()).toMatchObject({ written: 3, dropped: 2, waiting: 0 });
  });

  it("make the caller wait for a store that is only slow, and none is lost", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer, 250);
    const { promise, resolve } = Promise.withResolvers<void>();
    state.gate = promise;
    const added = vi.fn<() => void>();
    await queue.add(waiting("a"));
    const more = queue.add(waiting("b", "c", "d", "e")).then(added);
    await new Promise((done) => setImmediate(done));
    expect(added).not.toHaveBeenCalled();
    resolve();
    await more;
    await queue.settle(5000);
    expect(state.stored).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are written without the one that the store refuses or that cannot be made", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer);
    state.refuses = "bad";
    const broken = { make: () => JSON.parse("{") as Trace, size: 1 };
    await queue.add([...waiting("a", "bad"), broken, ...waiting("c")]);
    const report = await queue.settle(5000);
    expect(state.stored).toEqual(["a", "c"]);
    expect(report).toMatchObject({ written: 2, dropped: 2, waiting: 0 });
    expect(report.problem).toMatch(/JSON|odd/);
  });

  it("are kept for the next opening of the store where it does not take them before the end", async () => {
    const { state, writer } = fakeStore();
    const queue = new TraceQueue(writer);
    state.error = new Error("gone");
    await queue.add(waiting("a", "b"));
    expect(await queue.close(1000)).toMatchObject({ written: 0, dropped: 0, waiting: 0, kept: 2 });
    expect(state.kept).toEqual(["a", "b"]);
  });
});
