import { leastTime } from "../../../../../test/doubles/least-time.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Span } from "../../core/span.ts";
import { headOf, type TraceHead } from "../../core/trace.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { followTraces, TraceFollower } from "./follow-traces.ts";

/** The real one takes no notice of fake timers. */
vi.mock("node:timers/promises", () => ({
  setTimeout: (ms: number, _: undefined, options?: { readonly signal?: AbortSignal }) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(resolve, ms);
      options?.signal?.addEventListener("abort", reject);
    }),
}));

const since = 1_000_000;

const head = (id: string, more: Partial<TraceHead> = {}): TraceHead => ({
  ...{ id, agent: "a", task: "t", attempt: 1, status: "running", startedAt: since + 1 },
  ...{ tags: [], metadata: {}, rewards: [] },
  ...more,
});

const span = (traceId: string, id: string, more: Partial<Span> = {}): Span =>
  ({
    ...{ kind: "content", content: "x", id, traceId, sequence: 0, attributes: {} },
    ...{ startedAt: since + 2, endedAt: since + 3 },
    ...more,
  }) as Span;

/** What a look tells, in short. */
const told = async (follower: TraceFollower): Promise<string[]> =>
  (await follower.look()).map(
    ({ trace, isNew, spans }) =>
      `${isNew ? "new " : ""}${trace.id} ${trace.status}: ${spans.map(({ id }) => id).join(" ")}`,
  );

describe("a follower", () => {
  it("tells each trace and each span once, and again what happens to them", async () => {
    const store = memoryStore();
    const follower = new TraceFollower(store, { since });
    expect(await told(follower)).toEqual([]);
    await store.append({ heads: [head("t")], spans: [span("t", "s1")] });
    expect(await told(follower)).toEqual(["new t running: s1"]);
    expect(await told(follower)).toEqual([]);
    await store.append({ spans: [span("t", "s2", { sequence: 1 })] });
    expect(await told(follower)).toEqual(["t running: s2"]);
    await store.append({ heads: [head("t", { status: "completed", endedAt: since + 9 })] });
    expect(await told(follower)).toEqual(["t completed: "]);
    const reward = { id: "r", total: 1, components: {}, source: "human", at: since } as const;
    await store.append({ rewards: [{ traceId: "t", reward }] });
    expect(await told(follower)).toEqual(["t completed: "]);
    expect(await told(follower)).toEqual([]);
  });

  it("tells a span that had no end again when it has one", async () => {
    const store = memoryStore();
    const follower = new TraceFollower(store, { since });
    const { endedAt: _, ...open } = span("t", "s");
    await store.append({ heads: [head("t")], spans: [open as Span] });
    expect(await told(follower)).toEqual(["new t running: s"]);
    const failed = span("t", "s", { error: { message: "e" } });
    await store.append({ spans: [failed] });
    expect(await told(follower)).toEqual(["t running: s"]);
  });

  it("tells nothing of what was there before, and what happens to that from then on", async () => {
    const store = memoryStore();
    const old = { startedAt: since - 500 };
    const before = span("t", "s1", { startedAt: since - 400, endedAt: since - 300 });
    await store.append({ heads: [head("t", old), head("done", { ...old, status: "failed" })] });
    await store.append({ spans: [before] });
    const follower = new TraceFollower(store, { since });
    expect(await told(follower)).toEqual([]);
    await store.append({ spans: [span("t", "s2", { sequence: 1 })] });
    expect(await told(follower)).toEqual(["t running: s2"]);
  });

  it("begins with what is there already when it is to", async () => {
    const store = memoryStore();
    await store.put(sampleTraces(250));
    const follower = new TraceFollower(store, { since: 0 });
    const first = await follower.look();
    expect(first).toHaveLength(250);
    expect(first.map(({ trace }) => trace.id)).toEqual(sampleTraces(250).map(({ id }) => id));
    expect(await follower.look()).toEqual([]);
  });

  it("sees the end of a trace that began before hundreds of others", async () => {
    const store = memoryStore();
    const follower = new TraceFollower(store, { since });
    await store.append({ heads: [head("long")] });
    await follower.look();
    const others = sampleTraces(300, { startedAt: since + 60_000 });
    await store.put(others);
    expect(await follower.look()).toHaveLength(300);
    await store.append({ heads: [head("long", { status: "completed", endedAt: since + 9 })] });
    expect(await told(follower)).toEqual(["long completed: "]);
    expect(await told(follower)).toEqual([]);
  });

  it("forgets a trace that was deleted, and goes on", async () => {
    const store = memoryStore();
    const follower = new TraceFollower(store, { since });
    await store.append({ heads: [head("t")] });
    await follower.look();
    await store.delete(["t"]);
    expect(await told(follower)).toEqual([]);
    await store.append({ heads: [head("t")] });
    expect(await told(follower)).toEqual(["new t running: "]);
  });
});

describe("what a follower remembers", () => {
  it("is bounded: of what has ended the oldest is forgotten, what runs never", async () => {
    const store = memoryStore();
    const follower = new TraceFollower(store, { since, maxRemembered: 150 });
    const others = sampleTraces(400, { startedAt: since + 60_000 });
    await store.append({ heads: [head("long")] });
    await store.put(others);
    expect(await follower.look()).toHaveLength(401);
    expect(await follower.look()).toEqual([]);
    // Whatever runs is listed: so it shows who is remembered.
    const again = ["long", "sample-0", "sample-250", "sample-251", "sample-399"];
    await store.append({ heads: again.map((id) => head(id, { endedAt: since + 1 })) });
    const changes = await follower.look();
    expect(changes.filter(({ isNew }) => isNew).map(({ trace }) => trace.id)).toEqual([
      "sample-0",
      "sample-250",
    ]);
    expect(changes).toHaveLength(5);
  });
});

describe("a trace that cannot be read", () => {
  it("is told as a problem once, again when its row changes, and the others are followed", async () => {
    const store = memoryStore();
    let isBad = true;
    const get: typeof store.get = async (id) => {
      if (id !== "bad" || !isBad) return store.get(id);
      throw new HoneError("STORE_DAMAGED", { store: "memory:", problem: "bad" });
    };
    const problems: string[] = [];
    const onUnreadable = ({ code }: HoneError): void => void problems.push(code);
    const follower = new TraceFollower({ ...store, get }, { since, onUnreadable });
    await store.append({ heads: [head("bad"), head("good")] });
    expect(await told(follower)).toEqual(["new good running: "]);
    expect(await told(follower)).toEqual([]);
    expect(problems).toEqual(["STORE_DAMAGED"]);
    await store.append({ heads: [head("bad", { status: "completed", endedAt: since + 9 })] });
    expect(await told(follower)).toEqual([]);
    expect(problems).toHaveLength(2);
    // When it can be read after all, it is new.
    isBad = false;
    await store.append({ heads: [head("bad", { status: "completed", endedAt: since + 10 })] });
    expect(await told(follower)).toEqual(["new bad completed: "]);
  });
});

describe("following", () => {
  it("goes on after a look that failed where somebody hears of it, and rests longer after slow ones", async () => {
    vi.useFakeTimers();
    const store = memoryStore();
    const looks: number[] = [];
    const query: typeof store.query = async () => {
      looks.push(performance.now());
      await sleep(1000);
      if (looks.length === 1) throw new Error("the disk is gone");
      return { traces: [] };
    };
    const follower = new TraceFollower(
      { ...store, query },
      { filter: { status: "failed" }, since },
    );
    const pressed = new AbortController();
    const problems: unknown[] = [];
    const onProblem = (problem: unknown): void => void problems.push(problem);
    const following = (async () => {
      const changes = follower.changes({ signal: pressed.signal, onProblem });
      for await (const some of changes) expect(some).toEqual([]);
    })();
    await vi.advanceTimersByTimeAsync(12_500);
    pressed.abort();
    await following;
    vi.useRealTimers();
    expect(problems).toEqual([new Error("the disk is gone")]);
    // A second for the look, four for the rest.
    expect(looks.map((at) => at - looks[0]!)).toEqual([0, 5000, 10_000]);
    await expect(
      (async () => {
        const failing = { ...store, query: () => Promise.reject(new Error("gone")) };
        const { signal } = new AbortController();
        for await (const _ of followTraces(failing, { since, signal }));
      })(),
    ).rejects.toThrow("gone");
  });

  it("yields changes within half a second and ends with the signal", async () => {
    const store = memoryStore();
    const pressed = new AbortController();
    const seen = new Map<string, number>();
    const following = (async () => {
      for await (const changes of followTraces(store, { since, signal: pressed.signal })) {
        for (const { trace } of changes) seen.set(trace.id, performance.now());
      }
    })();
    await sleep(300);
    let written = 0;
    const change = async (): Promise<number> => {
      const [id, begun] = [`t${written++}`, performance.now()];
      await store.append({ heads: [headOf({ ...head(id), spans: [] })] });
      await expect.poll(() => seen.has(id), { interval: 20, timeout: 30_000 }).toBe(true);
      return seen.get(id)! - begun;
    };
    expect(await leastTime(500, change)).toBeLessThan(500);
    pressed.abort();
    await following;
    expect([...seen.keys()]).toEqual(Array.from({ length: written }, (_, i) => `t${i}`));
  });
});
