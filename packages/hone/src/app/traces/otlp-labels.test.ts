/** Sessions, users, tags and metadata, by the names of every program that writes them to OpenTelemetry. */
import { describe, expect, it } from "vitest";
import type { OtlpAttributes } from "../../core/otlp.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { otlpSpan, traceId } from "../../otel/otlp-fixture.ts";
import { labelsOfAttributes } from "../../otel/span-labels.ts";
import { storeIngest } from "../../otel/store-ingest.ts";

const cases: readonly (readonly [string, OtlpAttributes, object])[] = [
  ["OpenTelemetry's own", { "session.id": "s1", "user.id": "u1" }, { session: "s1", user: "u1" }],
  [
    "OpenTelemetry's for generative AI, and the older user",
    { "gen_ai.conversation.id": "c1", "enduser.id": "u2" },
    { session: "c1", user: "u2" },
  ],
  [
    "Langfuse",
    {
      "langfuse.session.id": "s2",
      "langfuse.user.id": "u3",
      "langfuse.trace.tags": ["a", "b"],
      "langfuse.trace.metadata.plan": "pro",
      "langfuse.trace.metadata": '{"seats":3}',
    },
    { session: "s2", user: "u3", tags: ["a", "b"], metadata: { plan: "pro", seats: 3 } },
  ],
  [
    "LangSmith",
    {
      "langsmith.metadata.thread_id": "t1",
      "langsmith.metadata.user_id": "u4",
      "langsmith.metadata.ls_model_name": "gpt-4o",
      "langsmith.span.tags": "x, y",
    },
    { session: "t1", user: "u4", tags: ["x", "y"], metadata: { thread_id: "t1", user_id: "u4" } },
  ],
  [
    "the AI SDK",
    {
      "ai.telemetry.metadata.sessionId": "s3",
      "ai.telemetry.metadata.userId": 7,
      "ai.telemetry.metadata.tags": ["chat"],
      "ai.telemetry.metadata.plan": "free",
    },
    {
      session: "s3",
      user: "7",
      tags: ["chat"],
      metadata: { sessionId: "s3", userId: 7, tags: ["chat"], plan: "free" },
    },
  ],
  [
    "OpenInference",
    { "session.id": "s4", "tag.tags": ["q"], metadata: '{"tenant":"north","user_id":"u5"}' },
    { session: "s4", user: "u5", tags: ["q"], metadata: { tenant: "north", user_id: "u5" } },
  ],
  [
    "OpenLLMetry",
    {
      "traceloop.association.properties.chat_id": "c2",
      "traceloop.association.properties.user_id": "u6",
    },
    { session: "c2", user: "u6", metadata: { chat_id: "c2", user_id: "u6" } },
  ],
  [
    "Mastra",
    { "mastra.metadata.threadId": "t2", "mastra.metadata.resourceId": "u7" },
    { session: "t2", user: "u7", metadata: { threadId: "t2", resourceId: "u7" } },
  ],
  ["nothing of the kind", { "session.id": "", "user.id": {}, metadata: "text" }, {}],
];

describe("labels of a span", () => {
  it.each(cases)("by the names of %s", (_, attributes, labels) => {
    expect(labelsOfAttributes(attributes)).toEqual(labels);
  });
});

describe("a trace that is put together", () => {
  const childOf = { parentSpanId: "00f067aa0ba902b7" };
  const spans = [
    otlpSpan({ name: "GET /chat", attributes: { "http.route": "/chat" } }),
    otlpSpan({
      ...childOf,
      spanId: "1".repeat(16),
      at: 1,
      name: "chat",
      attributes: { "session.id": "first", "langfuse.trace.tags": ["b"] },
    }),
    otlpSpan({
      ...childOf,
      spanId: "2".repeat(16),
      at: 2,
      name: "chat",
      attributes: { "session.id": "second", "user.id": "ada", "langfuse.trace.tags": ["a"] },
    }),
  ];

  it.each([
    ["in the order of their start", spans],
    ["the other way round", spans.toReversed()],
  ])("has the labels of its spans, %s", async (_, given) => {
    const store = memoryStore();
    const ingest = storeIngest(store);
    for (const span of given) await ingest.spans([span]);
    expect(await store.get(traceId)).toMatchObject({
      session: "first",
      user: "ada",
      tags: ["b", "a"],
    });
    expect((await store.query({ session: "first", user: "ada", tag: "a" })).traces).toHaveLength(1);
  });

  it("keeps what was edited when a span comes late", async () => {
    const store = memoryStore();
    let now = 0;
    const ingest = storeIngest(store, { clock: () => now });
    await ingest.spans(spans.slice(0, 2));
    const { spans: _, ...head } = (await store.get(traceId))!;
    const edited = { ...head, session: "mine", tags: [...head.tags, "good"] };
    await store.append({ heads: [{ ...edited, metadata: { ...head.metadata, checked: true } }] });
    now = 10_000;
    await ingest.spans(spans.slice(2));
    expect(await store.get(traceId)).toMatchObject({
      session: "mine",
      user: "ada",
      tags: ["b", "good", "a"],
      metadata: { checked: true },
    });
  });
});
