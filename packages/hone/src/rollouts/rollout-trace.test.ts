import { describe, expect, it } from "vitest";
import type { Rollout, Turn } from "../core/rollout.ts";
import { rewardOfTrace } from "../core/trace-reward.ts";
import { sumSpans } from "../core/trace-summary.ts";
import { isRolloutTrace, rolloutOfTrace } from "./trace-rollout.ts";
import { type RolloutOrigin, traceOfRollout } from "./rollout-trace.ts";

const origin: RolloutOrigin = {
  run: "math-1",
  phase: "grpo",
  split: "train",
  step: 3,
  group: 1,
  index: 2,
  tokenizer: "0123456789abcdef",
  agent: "math",
  endedAt: 10_000,
};

const first: Turn = {
  messages: [{ role: "user", content: "What is 6 times 7?" }],
  reply: {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "c1", name: "multiply", arguments: '{"a":6,"b":7}' }],
  },
  promptTokens: [1, 70_000, 3],
  tokens: [4, 5],
  logProbs: [-0.5, -0.25],
  samplingLogProbs: [-0.1, -0.2],
  entropies: [0.75, 1.5],
  temperature: 0.7,
  isTruncated: true,
  stopReason: "stop",
  weightsVersion: "w-2",
};
const second: Turn = {
  ...first,
  messages: [...first.messages, first.reply, { role: "tool", content: "42", toolCallId: "c1" }],
  reply: { role: "assistant", content: "42" },
  promptTokens: [1, 70_000, 3, 4, 5, 6],
  tokens: [7],
  logProbs: [-0.125],
  samplingLogProbs: [-0.125],
  entropies: [0.5],
  isTruncated: false,
  stopReason: "length",
};
const rollout: Rollout = {
  id: "step-00003-group-01-rollout-02",
  task: { id: "t1", question: "6 × 7" } as Rollout["task"],
  turns: [first, second],
  answer: { text: "42" },
  reward: {
    total: 0.75,
    components: { success: 1, brevity: -0.25 },
    source: "judge",
    reason: "ok",
  },
  isSuccess: true,
  failure: undefined,
  output: { stdout: "42\n", stderr: "" },
  metrics: { "tools/calls": 2, share: 0.1 },
  attempts: 2,
  seconds: 1.5,
};

describe("the trace of a rollout", () => {
  it("has a prompt span for each turn, a tool span between them, and the reward with its parts", () => {
    const trace = traceOfRollout(rollout, origin);
    expect(trace.spans.map(({ kind, id, sequence }) => [kind, id, sequence])).toEqual([
      ["prompt", "turn-0", 0],
      ["tool", "tool-1", 1],
      ["prompt", "turn-1", 2],
      ["reward", "reward", 3],
    ]);
    expect(trace.spans[0]).toMatchObject({
      usage: { input: 3, output: 2 },
      sampled: {
        reply: "u16:BAAFAA==",
        logProbs: "f32:AAAAvwAAgL4=",
        temperature: 0.7,
        isTruncated: true,
        weightsVersion: "w-2",
      },
    });
    expect(trace.spans[1]).toMatchObject({
      toolName: "multiply",
      callId: "c1",
      arguments: { a: 6, b: 7 },
      result: "42",
    });
    expect(trace.spans[2]).not.toHaveProperty("sampled.samplingLogProbs");
    expect(trace.spans[3]).toMatchObject({ reward: 0.75, components: { brevity: -0.25 } });
  });

  it("says where it belongs, counts for its reward, and lasted as long as the rollout", () => {
    const trace = traceOfRollout(rollout, origin);
    expect(trace.metadata).toMatchObject({
      run: "math-1",
      phase: "grpo",
      split: "train",
      step: 3,
      group: 1,
    });
    expect(trace).toMatchObject({
      task: "What is 6 times 7?",
      taskId: "t1",
      rolloutId: rollout.id,
      attempt: 2,
      status: "completed",
      startedAt: 8500,
      endedAt: 10_000,
    });
    expect(rewardOfTrace(trace)).toBe(0.75);
    expect(sumSpans(trace.spans).tokens).toEqual({ input: 9, output: 3 });
  });

  it("has the same id for the same rollout of the same step, and another for any other", () => {
    const id = (changed: Partial<RolloutOrigin> = {}, one = rollout) =>
      traceOfRollout(one, { ...origin, ...changed }).id;
    expect(id({ endedAt: 20_000, index: 2 })).toBe(id());
    const others = [{ run: "math-2" }, { phase: "grpo-2" }, { step: 4 }].map((one) => id(one));
    expect(new Set([id(), ...others, id({}, { ...rollout, id: "other" })]).size).toBe(5);
    expect(id()).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is read back as the rollout that it was", () => {
    const trace = traceOfRollout(rollout, origin);
    const { rollout: read, ...place } = rolloutOfTrace(trace)!;
    expect(read).toEqual(rollout);
    const { agent: _, endedAt: __, ...given } = origin;
    expect(place).toEqual(given);
  });

  it("keeps what each turn offered and when it was: tools run between the turns", () => {
    const tools = '[{"type":"function","function":{"name":"multiply", "parameters":{"max":1.0}}}]';
    const timed: Rollout = {
      ...rollout,
      turns: [
        { ...first, tools, startedAt: 9000, endedAt: 9200 },
        { ...second, tools, startedAt: 9300, endedAt: 9700 },
      ],
      seconds: 0.75,
    };
    const trace = traceOfRollout(timed, origin);
    expect(rolloutOfTrace(trace)!.rollout).toEqual(timed);
    expect(trace).toMatchObject({ startedAt: 9000, endedAt: 9750 });
    expect(trace.spans.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
      ...[
        [9000, 9200],
        [9200, 9300],
        [9300, 9700],
      ],
      [9000, 9750],
    ]);
    // Another attempt took time before these turns.
    expect(traceOfRollout({ ...timed, seconds: 5 }, origin)).toMatchObject({
      startedAt: 5000,
      endedAt: 10_000,
    });
  });

  it("keeps a failure with its boundary and its place", () => {
    const failure = { boundary: "reward", message: "no", place: "/reward.ts:1:2" } as const;
    const failed: Rollout = {
      ...rollout,
      turns: [],
      answer: undefined,
      reward: undefined,
      isSuccess: false,
      failure,
    };
    const trace = traceOfRollout(failed, origin);
    expect(trace).toMatchObject({
      status: "failed",
      error: { message: "no", type: "reward" },
      task: '{"id":"t1","question":"6 × 7"}',
      metadata: { boundary: "reward" },
    });
    expect(rolloutOfTrace(trace)!.rollout).toEqual(failed);
  });

  it("holds what JSON can hold of an answer and a task, and says what it could not hold", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const task = { id: "t1", big: 1n } as Rollout["task"];
    const trace = traceOfRollout({ ...rollout, answer: circle, task, turns: [first] }, origin);
    expect(trace.metadata["rollout"]).toMatchObject({
      answerLost: expect.stringMatching(/circular/i),
      taskLost: expect.stringMatching(/BigInt/),
    });
    expect(rolloutOfTrace(trace)!.rollout).toMatchObject({ task: { id: "t1" }, answer: undefined });
  });

  it("is no rollout where a span is missing, tokens are cut, or a later version wrote it", () => {
    const trace = traceOfRollout(rollout, origin);
    const prompt = trace.spans[0]!;
    if (prompt.kind !== "prompt") throw new Error("the first span is a prompt");
    const cut = { ...prompt, sampled: { ...prompt.sampled!, reply: "u16:BA==" } };
    const facts = trace.metadata["rollout"] as object;
    const later = { ...trace, metadata: { ...trace.metadata, rollout: { ...facts, version: 2 } } };
    for (const one of [
      { ...trace, spans: trace.spans.slice(1) },
      { ...trace, spans: [cut, ...trace.spans.slice(1)] },
      later,
    ]) {
      expect(rolloutOfTrace(one)).toBeUndefined();
      expect(isRolloutTrace(one)).toBe(true);
    }
  });
});
