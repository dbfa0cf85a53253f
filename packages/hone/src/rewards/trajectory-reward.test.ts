import { describe, expect, it } from "vitest";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../core/unified-trajectory.ts";
import { completionOf, efficiencyOf, reasoningOf, trajectoryReward } from "./trajectory-reward.ts";

const base = { traceId: "t", startedAt: 0, attributes: {} };
const prompt = (sequence: number, output = "said"): Span => ({
  ...base,
  id: `p${sequence}`,
  sequence,
  kind: "prompt",
  input: "go",
  output,
});
const tool = (sequence: number, isFailed = false): Span => ({
  ...base,
  id: `t${sequence}`,
  sequence,
  kind: "tool",
  toolName: "search",
  arguments: {},
  ...(isFailed ? { error: { message: "no" } } : { result: "x" }),
});
const thought = (sequence: number, content: string): Span => ({
  ...base,
  id: `r${sequence}`,
  sequence,
  kind: "reasoning",
  content,
});
const trace = (spans: readonly Span[], status: Trace["status"] = "completed"): Trace => ({
  id: "t",
  agent: "a",
  task: "do it",
  attempt: 1,
  status,
  startedAt: 0,
  tags: [],
  metadata: {},
  rewards: [],
  spans,
});

const long = "first the moon pulls the water";

describe("the reward of a trajectory", () => {
  it("weighs its four parts 0.4, 0.2, 0.3, 0.1", async () => {
    // 2 calls and 10 tools = 12 steps, half way from 4 to 20; one of two calls with a thought.
    const spans = [
      prompt(0),
      thought(1, long),
      ...Array.from({ length: 10 }, (_, i) => tool(i + 2)),
    ];
    const reward = await trajectoryReward({ quality: () => 0.6 }).compute(
      trace([...spans, prompt(12)]),
    );
    expect(reward.components).toEqual({
      completion: 1,
      efficiency: 0.5,
      quality: 0.6,
      reasoning: 0.5,
    });
    expect(reward.total).toBeCloseTo(0.4 + 0.1 + 0.18 + 0.05, 12);
  });

  it("takes other weights and other parts", async () => {
    const rewards = trajectoryReward({
      quality: () => 1,
      reasoning: () => 0,
      weights: { quality: 1, completion: 0 },
    });
    expect((await rewards.compute(trace([prompt(0)]))).total).toBeCloseTo(1.2, 12);
    expect(rewards.range.high).toBeCloseTo(1.3, 12);
  });

  it("is 0 for a trace of nothing that failed", async () => {
    const rewards = trajectoryReward({ quality: () => 0 });
    expect((await rewards.compute(trace([], "failed"))).total).toBe(0);
  });
});

it("calls a trace complete when it completed and gave something out", () => {
  expect(completionOf(trace([prompt(0)]))).toBe(1);
  expect(completionOf(trace([prompt(0, " ")]))).toBe(0.5);
  expect(completionOf(trace([prompt(0)], "cancelled"))).toBe(0);
  expect(completionOf({ ...trace([prompt(0)]), error: { message: "x" } })).toBe(0);
});

it("counts steps beyond the free ones and steps that failed against efficiency", () => {
  const tools = (count: number): Span[] => Array.from({ length: count }, (_, i) => tool(i));
  expect(efficiencyOf(trace(tools(4)))).toBe(1);
  expect(efficiencyOf(trace(tools(20)))).toBe(0);
  expect(efficiencyOf(trace(tools(40)))).toBe(0);
  expect(efficiencyOf(trace([tool(0), tool(1, true)]))).toBe(0.5);
  expect(efficiencyOf(trace(tools(3)), { free: 2, most: 2 })).toBe(0);
  expect(efficiencyOf(trace([]))).toBe(0);
});

it("counts model calls that come with a thought", () => {
  expect(reasoningOf(trace([prompt(0), thought(1, long), prompt(2)]))).toBe(0.5);
  expect(reasoningOf(trace([prompt(0), thought(1, "hm"), prompt(2)]))).toBe(0);
  const under = { ...thought(5, long), parentId: "p0" };
  expect(reasoningOf(trace([prompt(0), prompt(2), under]))).toBe(0.5);
  const message = { role: "assistant", content: "", reasoning: long } as const;
  expect(reasoningOf(trace([{ ...prompt(0), output: [message] } as Span]))).toBe(1);
  expect(reasoningOf(trace([]))).toBe(0);
});

describe("a unified trajectory", () => {
  const step = (
    turn: number,
    tool: string,
    more: Partial<TrajectoryStep> = {},
  ): TrajectoryStep => ({
    ...{ index: turn, turn, kind: "respond", tool, text: tool },
    ...more,
  });
  const unified = (...steps: readonly TrajectoryStep[]): UnifiedTrajectory => ({
    ...{ id: "u", domain: "mhqa", task: { id: "t", question: "who?" }, tools: [], steps },
    ...{ answer: "Tolkien", outcome: { status: "completed" }, provenance: { source: "test" } },
  });
  const reason = step(3, "reason", { kind: "reason", text: "reason Tolkien did" });
  const answer = step(4, "finalize", { kind: "answer", text: "finalize Tolkien" });
  const mhqa = unified(step(0, "search"), step(1, "read"), step(2, "read"), reason, answer);

  it("is rewarded as a trace is, and its quality is asked of the trajectory itself", async () => {
    const quality = ({ answer: said }: UnifiedTrajectory) => (said === "Tolkien" ? 0.5 : 0);
    const { total, components } = await trajectoryReward({ quality }).compute(mhqa);
    // 5 calls are one over 4: 1 − 1/16. The step that reasons and the one behind it, of 5.
    expect(components).toEqual({ completion: 1, efficiency: 0.9375, quality: 0.5, reasoning: 0.4 });
    expect(total).toBeCloseTo(0.4 + 0.2 * 0.9375 + 0.3 * 0.5 + 0.1 * 0.4, 12);
  });

  it("reasons by steps of the tool reason, by thoughts, and by words beside calls, not by a call's name", () => {
    const call = { kind: "call", arguments: {} } as const;
    const thinks = step(0, "read", { ...call, text: "", thought: long });
    const explains = step(1, "read", { ...call, text: long });
    expect(reasoningOf(unified(thinks, explains, step(2, "read", { ...call, text: "hm" })))).toBe(
      2 / 3,
    );
    expect(reasoningOf(unified(step(0, "reason", { kind: "reason", text: " " }), answer))).toBe(0);
    expect(reasoningOf(unified())).toBe(0);
  });

  it("is refused in the form of a file, with what reads files", async () => {
    // As a program in JavaScript would give it.
    const file = JSON.parse(
      '{"trace_id":"t","status":"completed","spans":[{"span_type":"prompt"}]}',
    ) as Trace;
    const computer = trajectoryReward({ quality: () => 0.5 });
    await expect(computer.compute(file)).rejects.toThrow(
      /OPTION_INVALID.*readTrajectories of hone-rl/s,
    );
  });
});
