import { describe, expect, it } from "vitest";
import type { OtlpSpan } from "../../core/otlp.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { noon, otlpSpan, resource, traceId } from "../../otel/otlp-fixture.ts";
import { storeIngest } from "../../otel/store-ingest.ts";

const root = otlpSpan({
  spanId: "1".repeat(16),
  name: "invoke_agent clerk",
  attributes: {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "clerk",
    "gen_ai.agent.version": "3",
    "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Refund it"}]}]',
  },
  events: [
    {
      name: "gen_ai.evaluation.result",
      time: noon + 9_000_000n,
      attributes: { "gen_ai.evaluation.name": "solved", "gen_ai.evaluation.score.value": 1 },
    },
  ],
});
const chat = otlpSpan({
  spanId: "2".repeat(16),
  parentSpanId: root.spanId,
  at: 1,
  attributes: {
    "gen_ai.operation.name": "chat",
    "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"inner"}]}]',
  },
});
const tool = otlpSpan({
  spanId: "3".repeat(16),
  parentSpanId: root.spanId,
  at: 2,
  attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay" },
  status: { code: 2, message: "no money" },
});
const spans = [root, chat, tool];

/** All orders of three. */
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

describe("spans that arrive", () => {
  it("in any order, each in a request of its own, give the same trace", async () => {
    const results = [];
    for (const order of orders) {
      const store = memoryStore();
      const ingest = storeIngest(store);
      for (const i of order) await ingest.spans([spans[i]!]);
      results.push(await store.get(traceId));
    }
    expect(results[0]).toMatchObject({
      agent: "clerk",
      agentVersion: "3",
      task: "Refund it",
      status: "completed",
      startedAt: 1_736_424_000_000,
      endedAt: 1_736_424_000_005,
      metadata: { "otel.resource": resource.attributes },
      rewards: [{ total: 1, components: { solved: 1 }, source: "judge" }],
    });
    expect(results[0]!.spans.map(({ kind }) => kind)).toEqual([
      "content",
      "prompt",
      "tool",
      "reward",
    ]);
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  it("have as root the earliest of several, whatever their ids", async () => {
    const early = { ...root, spanId: "f".repeat(16) };
    const late = otlpSpan({
      spanId: "4".repeat(16),
      at: 3,
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "late" },
      status: { code: 2, message: "too late" },
    });
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      const store = memoryStore();
      const ingest = storeIngest(store);
      for (const span of order) await ingest.spans([span]);
      expect(await store.get(traceId)).toMatchObject({ agent: "clerk", status: "completed" });
    }
  });

  it("go on after a restart, from what is stored", async () => {
    const store = memoryStore();
    await storeIngest(store).spans([chat, tool]);
    expect(await store.get(traceId)).toMatchObject({
      status: "running",
      task: "inner",
      agent: "shop",
    });
    await storeIngest(store).spans([root]);
    const whole = memoryStore();
    await storeIngest(whole).spans(spans);
    expect(await store.get(traceId)).toEqual(await whole.get(traceId));
  });

  it("twice are stored once", async () => {
    const store = memoryStore();
    const ingest = storeIngest(store);
    await ingest.spans(spans);
    const before = await store.get(traceId);
    await ingest.spans(spans);
    expect(await store.get(traceId)).toEqual(before);
  });

  it("without a root complete after a while without news, or at the end", async () => {
    const time = { now: 0 };
    const store = memoryStore();
    const ingest = storeIngest(store, { idleMs: 1000, clock: () => time.now });
    await ingest.spans([chat]);
    time.now = 999;
    await ingest.sweep();
    expect((await store.get(traceId))!.status).toBe("running");
    time.now = 1000;
    await ingest.sweep();
    expect(await store.get(traceId)).toMatchObject({
      status: "completed",
      endedAt: 1_736_424_000_006,
    });
    await ingest.spans([{ ...chat, traceId: "a".repeat(32) }]);
    await ingest.drain();
    expect((await store.get("a".repeat(32)))!.status).toBe("completed");
  });

  it("are remembered for so many traces only; the others are read back", async () => {
    const store = memoryStore();
    const ingest = storeIngest(store, { traces: 2 });
    const of = (i: number, span: OtlpSpan) => ({ ...span, traceId: `${i}`.repeat(32) });
    for (const i of [1, 2, 3]) await ingest.spans([of(i, chat)]);
    await ingest.spans([of(1, root)]);
    expect(await store.get("1".repeat(32))).toMatchObject({ agent: "clerk", task: "Refund it" });
  });

  it("of another service say so, each", async () => {
    const store = memoryStore();
    const other = { attributes: { "service.name": "bank" } };
    await storeIngest(store).spans([root, { ...tool, resource: other }]);
    const stored = (await store.get(traceId))!;
    const named = stored.spans.map((span) => span.attributes["otel.resource"]);
    expect(named).toEqual([undefined, { "service.name": "bank" }, undefined]);
  });

  it("at once for one trace are put together one after the other", async () => {
    const store = memoryStore();
    const ingest = storeIngest(store);
    const many = Array.from({ length: 50 }, (_, i) =>
      otlpSpan({
        spanId: (i + 16).toString(16).padStart(16, "0"),
        parentSpanId: root.spanId,
        at: i,
      }),
    );
    await Promise.all([...many, root].map((span) => ingest.spans([span])));
    expect((await store.get(traceId))!.spans).toHaveLength(52);
  });

  it("leave a trace that hone's own tracer describes as it is", async () => {
    const store = memoryStore();
    const head = {
      id: traceId,
      agent: "mine",
      task: "mine",
      attempt: 1,
      status: "running",
      startedAt: 5,
      tags: [],
      metadata: {},
      rewards: [],
    } as const;
    await store.append({ heads: [head] });
    await storeIngest(store).spans(spans);
    const { spans: stored, ...after } = (await store.get(traceId))!;
    expect(after).toEqual(head);
    expect(stored).toHaveLength(4);
  });
});

describe("spans that cannot be", () => {
  it("are rejected alone, with the first reason", async () => {
    const store = memoryStore();
    const report = await storeIngest(store).spans([
      { ...root, traceId: "'; DROP TABLE hone_spans; --" },
      { ...root, spanId: "0".repeat(16) },
      chat,
    ]);
    expect(report).toMatchObject({ accepted: 1, rejected: 2 });
    expect(report.problem).toContain("DROP TABLE");
    expect((await store.get(traceId))!.spans).toHaveLength(1);
  });
});

describe("secrets", () => {
  it("in attributes, headers and texts are taken out before anything is stored", async () => {
    const store = memoryStore();
    const key = "sk-proj-abcdefghijklmnopqrstuvwx123456";
    await storeIngest(store).spans([
      otlpSpan({
        resource: { attributes: { "process.command_args": ["--api-key", key] } },
        attributes: {
          "http.request.header.authorization": ["Bearer abc123def456"],
          "http.request.header.x-api-key": [key],
          "langsmith.request.headers": `{"Authorization":"Bearer abc123def456","cookie":"sid=abc123def456"}`,
          "gen_ai.operation.name": "chat",
          "gen_ai.input.messages": JSON.stringify([
            { role: "user", parts: [{ type: "text", content: `my key is ${key}` }] },
          ]),
        },
      }),
    ]);
    const stored = JSON.stringify(await store.get(traceId));
    expect(stored).not.toContain(key);
    expect(stored).not.toContain("abc123def456");
    expect(stored).toContain("[redacted: api key]");
  });
});

describe("a span of 50 MB", () => {
  it("is cut, visibly", async () => {
    const store = memoryStore();
    const content = "word ".repeat(10_000_000);
    await storeIngest(store).spans([
      otlpSpan({
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.input.messages": JSON.stringify([
            { role: "user", parts: [{ type: "text", content }] },
          ]),
        },
      }),
    ]);
    const [span] = (await store.get(traceId))!.spans;
    expect(JSON.stringify(span).length).toBeLessThan(1_000_000);
    expect(JSON.stringify(span)).toContain("it had 50000000 characters");
    expect(span!.attributes["hone.cut"]).toBeDefined();
  });
});

describe("events sent as log records", () => {
  const log = {
    traceId,
    spanId: root.spanId,
    eventName: "gen_ai.evaluation.result",
    time: noon,
    severity: "",
    body: null,
    attributes: { "gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 0.5 },
    resource,
    scope: { name: "" },
  };

  it("judge the span they name, also when it comes later", async () => {
    const store = memoryStore();
    const ingest = storeIngest(store);
    expect(await ingest.logs([log])).toEqual({ accepted: 1, rejected: 0 });
    await ingest.spans(spans);
    const trace = (await store.get(traceId))!;
    expect(trace.rewards.map(({ components }) => components)).toEqual(
      expect.arrayContaining([{ tone: 0.5 }, { solved: 1 }]),
    );
    expect(trace.status).toBe("completed");
  });

  it("of other kinds are kept beside their span, or refused", async () => {
    const store = memoryStore();
    const details = {
      ...log,
      eventName: "gen_ai.client.inference.operation.details",
      body: "Hello",
    };
    const report = await storeIngest(store).logs([
      details,
      { ...log, eventName: "", body: "GET /" },
    ]);
    expect(report).toMatchObject({
      accepted: 1,
      rejected: 1,
      problem: expect.stringContaining("not kept"),
    });
    expect((await store.get(traceId))!.spans).toMatchObject([
      { kind: "content", content: "Hello", parentId: root.spanId, attributes: log.attributes },
    ]);
  });
});
