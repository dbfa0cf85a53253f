/** Statistics of calls: every number by hand. */
import { expect, it } from "vitest";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { memoryStore } from "./memory-store.ts";

const call = (traceId: string, i: number, more: Partial<Span & { kind: "prompt" }>): Span => ({
  kind: "prompt",
  id: `${traceId}-${i}`,
  traceId,
  sequence: i,
  startedAt: 1000 * i,
  input: "",
  attributes: {},
  ...more,
});

const trace = (id: string, spans: readonly Span[], more: Partial<Trace> = {}): Trace => ({
  id,
  agent: "a",
  task: "t",
  attempt: 1,
  status: "completed",
  startedAt: 0,
  endedAt: 5000,
  tags: [],
  metadata: {},
  rewards: [],
  ...more,
  spans,
});

it("counts calls by model: latency, first token, tokens, errors", async () => {
  const store = memoryStore();
  await store.put([
    trace("x", [
      call("x", 0, {
        model: "large",
        endedAt: 400,
        usage: { input: 10, output: 5 },
        attributes: { "hone.first_chunk_ms": 100, "gen_ai.request.stream": true },
      }),
      // The first byte of an answer in one piece is no first token.
      call("x", 1, {
        model: "small",
        endedAt: 1100,
        usage: { input: 3, output: 1 },
        attributes: { "hone.first_chunk_ms": 90 },
      }),
    ]),
    trace(
      "y",
      [
        call("y", 0, {
          model: "large",
          endedAt: 200,
          usage: { input: 20, output: 2 },
          // Seconds, as OpenTelemetry has it.
          attributes: { "gen_ai.response.time_to_first_chunk": 0.05 },
        }),
        call("y", 1, { model: "large", error: { message: "late" } }),
      ],
      { status: "failed", tags: ["night", "slow"], user: "ada" },
    ),
  ]);
  const [large, small] = await store.aggregate({}, "model");
  expect(large).toMatchObject({
    key: "large",
    count: 2,
    calls: { count: 3, failed: 1 },
    errorCount: 1,
    errorRate: 0.5,
    tokens: { input: 30, output: 7 },
    // numpy.percentile([200, 400], [50, 90, 99]) = 300, 380, 398; of [50, 100]: 75, 95, 99.5
    latency: { count: 2, median: 300, p90: 380, p99: 398 },
    firstToken: { count: 2, median: 75, p90: 95, p99: 99.5 },
  });
  expect(small).toMatchObject({
    key: "small",
    count: 1,
    calls: { count: 1, failed: 0 },
    errorRate: 0,
    tokens: { input: 3, output: 1 },
    latency: { count: 1, median: 100, p99: 100 },
  });
  expect(small).not.toHaveProperty("firstToken");
});

it("a trace of several tags counts in each, one without in none of them", async () => {
  const store = memoryStore();
  await store.put([
    trace("x", [], { tags: ["night", "slow"], session: "s1" }),
    trace("y", [], { tags: ["night"], session: "s1", endedAt: 7000 }),
    trace("z", []),
  ]);
  const counts = async (by: "tag" | "session" | "user") =>
    (await store.aggregate({}, by)).map(({ key, count }) => [key, count]);
  expect(await counts("tag")).toEqual([
    ["", 1],
    ["night", 2],
    ["slow", 1],
  ]);
  expect(await counts("session")).toEqual([
    ["", 1],
    ["s1", 2],
  ]);
  const [all] = await store.aggregate();
  expect(all).toMatchObject({ latency: { count: 3, median: 5000, p90: 6600, p99: 6960 } });
});

it("tells how many traces are counted, while it counts them", async () => {
  const store = memoryStore();
  await store.put(Array.from({ length: 1200 }, (_, i) => trace(`t${i}`, [])));
  const told: string[] = [];
  const [all] = await store.aggregate({}, undefined, {
    onProgress: ({ what }) => void told.push(what),
  });
  expect(all?.count).toBe(1200);
  expect(told).toEqual(["counted 500 traces", "counted 1000 traces"]);
});
