import { describe, expect, it } from "vitest";
import type { Span } from "../core/span.ts";
import { spanLimit } from "../core/cut-texts.ts";
import { isError } from "../core/errors.ts";
import { sampleTraces } from "../testing/sample-traces.ts";
import { encodeSpan, encodeTrace } from "./encode-trace.ts";
import { readTrace, traceSchema, writeTrace } from "./trace-format.ts";

const day = Date.UTC(2025, 0, 9);
const place = { where: "trace_abc123.json", startedAt: day };

/** The tree's example as another program writes it, with some keys more. */
const foreign = {
  trace_id: "trace_abc123",
  agent_id: "agent_1",
  task: "Analyze quantum computing",
  spans: [
    { span_type: "prompt", input: "Hi", output: "Hello", model: "gpt-4o", temperature: 0.7 },
    { span_type: "prompt", input: [{ role: "user", content: [{ type: "text" }] }], output: null },
    { span_type: "tool", tool_name: "web_search", arguments: { q: 1 }, result: { hits: [] } },
    { span_type: "reward", reward: 1, reward_type: "tool" },
    { span_type: "coordination", event: "vote", round: 2 },
    { span_type: "content", content: "said" },
  ],
  total_reward: 2.5,
  status: "completed",
  start_time: 17,
};

describe("the format of traces", () => {
  it("has the seed's keys, and everything else under hone", () => {
    const [trace] = sampleTraces(1);
    const json = writeTrace(trace!);
    const keys = ["trace_id", "agent_id", "task", "spans", "total_reward", "status", "hone"];
    expect(Object.keys(json).toSorted()).toEqual(keys.toSorted());
    expect(json.spans.map((span) => Object.keys(span))).toEqual([
      ["span_type", "input", "output", "model", "hone"],
      ["span_type", "hone"],
      ["span_type", "tool_name", "arguments", "result", "hone"],
      ["span_type", "reward", "reward_type", "hone"],
      ["span_type", "hone"],
      ["span_type", "hone"],
    ]);
  });

  it("comes back as it was, and fits its schema", () => {
    for (const trace of sampleTraces(20)) {
      const json: unknown = JSON.parse(encodeTrace(trace));
      expect(traceSchema.safeParse(json).error).toBeUndefined();
      expect(json).toEqual(writeTrace(trace));
      expect(readTrace(json, place)).toEqual(trace);
    }
  });

  it("reads version 0, a trace of another program, and keeps the keys it does not know", () => {
    const trace = readTrace(foreign, place);
    expect(trace).toMatchObject({
      id: "trace_abc123",
      agent: "agent_1",
      task: "Analyze quantum computing",
      status: "completed",
      totalReward: 2.5,
      startedAt: day,
      attempt: 1,
      metadata: { start_time: 17 },
    });
    const base = { traceId: "trace_abc123", startedAt: day };
    expect(trace.spans).toEqual([
      {
        ...base,
        id: "span_0",
        sequence: 0,
        kind: "prompt",
        input: "Hi",
        output: "Hello",
        model: "gpt-4o",
        attributes: { temperature: 0.7 },
      },
      {
        ...base,
        id: "span_1",
        sequence: 1,
        kind: "prompt",
        input: '[{"role":"user","content":[{"type":"text"}]}]',
        attributes: {},
      },
      {
        ...base,
        id: "span_2",
        sequence: 2,
        kind: "tool",
        toolName: "web_search",
        arguments: { q: 1 },
        result: { hits: [] },
        attributes: {},
      },
      {
        ...base,
        id: "span_3",
        sequence: 3,
        kind: "reward",
        reward: 1,
        rewardType: "tool",
        attributes: {},
      },
      {
        ...base,
        id: "span_4",
        sequence: 4,
        kind: "coordination",
        event: "vote",
        details: null,
        attributes: { round: 2 },
      },
      { ...base, id: "span_5", sequence: 5, kind: "content", content: "said", attributes: {} },
    ]);
    expect(readTrace(writeTrace(trace), place)).toEqual(trace);
  });

  it("believes whoever edited total_reward", () => {
    const [trace] = sampleTraces(1);
    const json = { ...writeTrace(trace!), total_reward: 7 };
    expect(readTrace(json, place)).toEqual({ ...trace, totalReward: 7 });
  });

  it.each([
    ["a newer version", { ...foreign, hone: { version: 2 } }, "FORMAT_UNKNOWN_VERSION"],
    ["a newer span", { ...foreign, spans: [{ hone: { version: 9 } }] }, "FORMAT_UNKNOWN_VERSION"],
    ["an unknown kind", { ...foreign, spans: [{ span_type: "dream" }] }, "FILE_DAMAGED"],
    ["no spans", { ...foreign, spans: undefined }, "FILE_DAMAGED"],
    ["no id", { ...foreign, trace_id: 3 }, "FILE_DAMAGED"],
    [
      "a reward that is a word",
      { ...foreign, spans: [{ span_type: "reward", reward: "x" }] },
      "FILE_DAMAGED",
    ],
    ["a list", [], "FILE_DAMAGED"],
  ] as const)("refuses %s with a code", (_, json, code) => {
    expect(() => readTrace(json, place)).toThrow(
      expect.toSatisfy((error) => isError(error, code)) as Error,
    );
  });
});

describe("long texts", () => {
  const [sample] = sampleTraces(1);
  const [, , tool] = sample!.spans;

  it("are cut deep inside JSON, and cutting again changes nothing", () => {
    const long = { page: "x".repeat(3_000_000), short: "kept" };
    if (tool?.kind !== "tool") throw new Error("no tool span");
    const text = encodeSpan({
      ...tool,
      result: [long],
      attributes: { body: "y".repeat(2_000_000) },
    });
    expect(text.length).toBeLessThanOrEqual(spanLimit);
    const trace = readTrace(
      { ...writeTrace({ ...sample!, spans: [] }), spans: [JSON.parse(text)] },
      place,
    );
    const [span] = trace.spans;
    if (span?.kind !== "tool") throw new Error("no tool span");
    const [page] = span.result as readonly (typeof long)[];
    expect(page!.page).toMatch(/^x+… \[cut by hone: it had 3000000 characters\]$/);
    expect(page!.short).toBe("kept");
    expect(span.attributes["body"]).toMatch(/^y+… \[cut by hone: it had 2000000 characters\]$/);
    expect(span.attributes["hone.cut"]).toEqual({ body: 2_000_002, result: 3_000_028 });
    expect(encodeSpan(span)).toBe(text);
  });

  it("that are many short ones become the beginning of their JSON", () => {
    if (tool?.kind !== "tool") throw new Error("no tool span");
    const span = { ...tool, result: Array.from({ length: 400_000 }, (_, i) => i) };
    const { result } = JSON.parse(encodeSpan(span)) as { result: string };
    expect(result).toMatch(/^\[0,1,2,.*… \[cut by hone: it had 2688891 characters\]$/);
  });

  it("never cut a character in half", () => {
    if (tool?.kind !== "tool") throw new Error("no tool span");
    for (const start of ["", "a"]) {
      const { result } = JSON.parse(
        encodeSpan({ ...tool, result: start + "🙂".repeat(700_000) }),
      ) as { result: string };
      expect(result.isWellFormed()).toBe(true);
    }
  });
});

it("a total of an older version, the sum of rewards of all sources, is no edit", () => {
  const reward = { components: {}, at: 0 };
  const rewards = [
    { ...reward, id: "human", source: "human" as const, total: 0.5 },
    { ...reward, id: "rule", source: "rule" as const, total: 1 },
  ];
  const { totalReward: _, ...head } = sampleTraces(1)[0]!;
  const json = writeTrace({ ...head, rewards });
  expect(json.total_reward).toBe(0.5);
  expect(readTrace({ ...json, total_reward: 1.5 }, { where: "x" })).not.toHaveProperty(
    "totalReward",
  );
  expect(readTrace({ ...json, total_reward: 2 }, { where: "x" })).toMatchObject({ totalReward: 2 });
});

it("a total without the rewards of spans, as versions before wrote it, is no edit", () => {
  const rule = { id: "r", components: {}, at: 0, source: "rule" as const, total: 1 };
  const { totalReward: _, ...sample } = sampleTraces(1)[0]!;
  const given = { ...sample.spans[3]!, kind: "reward", reward: 0.5, rewardType: "tool" } as Span;
  const trace = { ...sample, rewards: [rule], spans: [given] };
  const json = writeTrace(trace);
  expect(json.total_reward).toBe(1.5);
  const read = (total: number) => readTrace({ ...json, total_reward: total }, { where: "x" });
  expect(read(1.5)).toEqual(trace);
  expect(read(1)).toEqual(trace);
  expect(read(0.5)).toEqual({ ...trace, totalReward: 0.5 });
});
