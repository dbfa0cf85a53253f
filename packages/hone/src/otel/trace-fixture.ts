/** A trace with a span of every kind, with every field, for tests. */
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** The trace. @param spanId  gives the id of the i-th span */
export function everyKind(traceId: string, spanId: (i: number) => string): Trace {
  const at = 1_736_424_000_000.25;
  const common = (i: number) => ({
    id: spanId(i),
    traceId,
    sequence: i,
    startedAt: at + i,
    endedAt: at + i + 0.5,
    attributes: { plain: "a", nested: { list: [1, null, 2.5, true, "7"] }, empty: "" },
  });
  const inside = { parentId: spanId(1) };
  const spans: Span[] = [
    { ...common(0), kind: "content", content: "An answer", name: "run", agent: "planner" },
    {
      ...common(1),
      kind: "prompt",
      input: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Oslo?", images: [{ url: "a.png", mediaType: "image/png" }] },
        {
          role: "assistant",
          content: "",
          reasoning: "Look it up.",
          toolCalls: [{ id: "call_1", name: "weather", arguments: "{broken" }],
        },
        { role: "tool", content: "7 °C", toolCallId: "call_1" },
      ],
      output: "Cold",
      model: "gpt-4o",
      provider: "openai",
      usage: { input: 40, output: 12, reasoning: 3, cached: 30 },
      sampled: {
        prompt: "u16:AQACAA==",
        reply: "i32://///3ARAQA=",
        logProbs: "f32:AAAAvwAAgD4=",
        samplingLogProbs: "f64:mpmZmZmZub+amZmZmZm5vw==",
        temperature: 0.7,
        isTruncated: true,
        stopReason: "length",
        weightsVersion: "abc-3",
      },
    },
    {
      ...common(2),
      ...inside,
      kind: "tool",
      toolName: "weather",
      callId: "call_1",
      arguments: { city: "Oslo", days: 1 },
      result: "7",
    },
    {
      ...common(3),
      ...inside,
      kind: "tool",
      toolName: "broken",
      arguments: null,
      error: { message: "no such city", type: "RangeError", code: "E_CITY" },
    },
    {
      ...common(4),
      ...inside,
      kind: "reward",
      reward: -0.25,
      rewardType: "tool",
      source: "rule",
      components: { found: 0.5, late: -0.75 },
      reason: "late",
      targetId: spanId(2),
    },
    { ...common(5), kind: "coordination", event: "vote", details: { for: "agent2", weight: 1 } },
    { ...common(6), kind: "reasoning", content: "Cold is cold." },
    { ...common(7), kind: "prompt", input: "A text alone" },
  ];
  const { endedAt: _, ...running } = spans[7]!;
  return {
    id: traceId,
    agent: "planner",
    agentVersion: "v2",
    task: "Oslo?",
    taskId: "task 1",
    attempt: 2,
    status: "failed",
    startedAt: at,
    endedAt: at + 20,
    error: { message: "late", type: "TimeoutError" },
    tags: ["cold"],
    metadata: { run: "7f3a" },
    rewards: [
      { id: "r1", total: 0.5, components: { a: 0.25, b: 0.25 }, source: "human", at, by: "Ada" },
    ],
    totalReward: 0.75,
    feedback: [
      { id: "f1", kind: "rating", traceId, author: "Ada", at, rating: 4, low: 1, high: 5 },
      { id: "f2", kind: "correction", traceId, author: "Ada", at, answer: "7 °C", reason: "short" },
    ],
    spans: [...spans.slice(0, 7), running as Span],
  };
}
