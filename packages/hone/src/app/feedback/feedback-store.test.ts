import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { pairsToCompare, tracesToRate } from "../../rewards/feedback-questions.ts";
import { withId } from "../../core/feedback.ts";
import { keepFeedback } from "../../rewards/keep-feedback.ts";
import { answeredTrace } from "../../testing/answered-trace.ts";

const trace = (id: string, answer: string, task = "t"): Trace => answeredTrace(id, answer, task);

const rating = (author: string, traceId: string, value: number) =>
  withId({ kind: "rating", author, at: 1, traceId, rating: value, low: 1, high: 5 });

const comparison = (author: string, first: string, second: string) =>
  withId({ kind: "comparison", author, at: 1, first, second, preferred: "first" });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("feedback that is kept", () => {
  it("is replaced by what its author says later, and gives the trace one reward", async () => {
    const store = memoryStore();
    await store.put([trace("x", "1"), trace("y", "2")]);
    await keepFeedback(store, [comparison("ada", "x", "y")]);
    expect((await store.get("x"))!.rewards).toMatchObject([{ id: "human", total: 1 }]);
    await keepFeedback(store, [rating("ada", "x", 2), rating("ben", "x", 5)]);
    await keepFeedback(store, [rating("ada", "x", 3)]);
    const { feedback, rewards } = (await store.get("x"))!;
    expect(feedback).toHaveLength(3);
    // The mean of ½ and 1.
    expect(rewards).toMatchObject([
      { id: "human", total: 0.75, components: { rating: 0.75, preference: 1 }, by: "ada, ben" },
    ]);
    expect((await store.get("y"))!.rewards).toMatchObject([{ total: 0 }]);
    // The pair is the same whichever is named first.
    await keepFeedback(store, [comparison("ada", "y", "x")]);
    expect((await store.get("y"))!.feedback).toHaveLength(1);
    expect((await store.get("y"))!.rewards).toMatchObject([{ total: 1 }]);
  });

  it("gives the reward of what two people say at the same time", async () => {
    const inner = memoryStore();
    await inner.put([trace("x", "1")]);
    const waiting: (() => void)[] = [];
    // Both have read the trace before either writes.
    const store: TraceStore = {
      ...inner,
      append: async (batch) => {
        if (waiting.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
        else waiting[0]!();
        await inner.append(batch);
      },
    };
    await Promise.all([
      keepFeedback(store, [rating("ada", "x", 1)]),
      keepFeedback(store, [rating("ben", "x", 5)]),
    ]);
    expect((await inner.get("x"))!.rewards).toMatchObject([{ total: 0.5, by: "ada, ben" }]);
  });

  it("of a trace that is not there is refused", async () => {
    const store = memoryStore();
    await expect(keepFeedback(store, [rating("ada", "gone", 1)])).rejects.toSatisfy((error) =>
      isError(error, "TRACE_NOT_FOUND"),
    );
  });
});

describe("questions", () => {
  it("about ratings leave out what this author has rated", async () => {
    const store = memoryStore();
    await store.put([trace("x", "1"), trace("y", "2"), trace("z", "3")]);
    await keepFeedback(store, [rating("ada", "y", 1), rating("ben", "x", 1)]);
    const asked = await all(tracesToRate(store, "ada"));
    expect(asked.map(({ place, count, trace: { id } }) => [place, count, id])).toEqual([
      [1, 3, "x"],
      [3, 3, "z"],
    ]);
  });

  it.each([4, 5])("about pairs of %i traces draw each pair once, as the seed says", async (n) => {
    const store = memoryStore();
    const ids = Array.from({ length: n }, (_, i) => `t${i}`);
    await store.put(ids.map((id) => trace(id, `answer ${id}`)));
    const pairs = async (seed: number): Promise<string[][]> =>
      (await all(pairsToCompare(store, "ada", { seed }))).map((q) => [q.first.id, q.second.id]);
    const drawn = await pairs(1);
    expect(drawn).toHaveLength((n * (n - 1)) / 2);
    expect(new Set(drawn.map((pair) => pair.toSorted().join()))).toHaveProperty(
      "size",
      drawn.length,
    );
    expect(await pairs(1)).toEqual(drawn);
    expect(await pairs(2)).not.toEqual(drawn);
    const [first, second] = drawn[0]!;
    await keepFeedback(store, [comparison("ada", second!, first!)]);
    expect(await pairs(1)).toEqual(drawn.slice(1));
    // Sides are drawn, too.
    const isInOrder = drawn.map(([a, b]) => a! < b!);
    expect(new Set([...isInOrder, ...(await pairs(3)).map(([a, b]) => a! < b!)]).size).toBe(2);
  });

  it("about pairs pass over equal answers, other prompts, other tasks and none", async () => {
    const store = memoryStore();
    const other = trace("other prompt", "9");
    await store.put([
      trace("x", "1"),
      trace("same", "1"),
      trace("none", " "),
      trace("other task", "2", "u"),
      { ...other, spans: [{ ...other.spans[0]!, kind: "prompt", input: "another", output: "9" }] },
    ]);
    expect(await all(pairsToCompare(store, "ada", { seed: 0 }))).toEqual([]);
  });
});
