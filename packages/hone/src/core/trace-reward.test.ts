import { describe, expect, it } from "vitest";
import type { RewardSource } from "./rollout.ts";
import type { TraceReward } from "./trace.ts";
import { rewardOfTrace } from "./trace-reward.ts";
import type { RewardSpan, Span } from "./span.ts";
import { sampleTraces } from "../testing/sample-traces.ts";

const reward = (source: RewardSource, total: number, id: string = source): TraceReward => ({
  ...{ id, source, total, components: {}, at: 0 },
});

const of = (...rewards: readonly TraceReward[]): number | undefined =>
  rewardOfTrace({ ...sampleTraces(1)[0]!, rewards, spans: [] });

describe("the number a trace counts for", () => {
  it("is the sum of the rewards of one source", () => {
    expect(of(reward("rule", 1, "a"), reward("rule", 0.5, "b"))).toBe(1.5);
    expect(of()).toBeUndefined();
  });

  it("is what people said before what a judge said before what rules gave, never their sum", () => {
    const rule = reward("rule", 3);
    const judge = reward("judge", 0.5);
    const human = reward("human", 0.25);
    expect(of(rule, judge)).toBe(0.5);
    expect(of(human, judge, rule)).toBe(0.25);
    expect(of(human, reward("human", 0.5, "second"), rule)).toBe(0.75);
  });

  it("is what the program gave, whatever the rewards", () => {
    const head = { ...sampleTraces(1)[0]!, rewards: [reward("human", 1)], totalReward: 7 };
    expect(rewardOfTrace(head)).toBe(7);
  });

  const span = (id: string, reward: number, more: Partial<RewardSpan> = {}): RewardSpan => ({
    ...{ id, traceId: "t", sequence: 0, startedAt: 0, attributes: {} },
    ...{ kind: "reward", reward, rewardType: "tool", ...more },
  });
  const withSpans = (rewards: readonly TraceReward[], ...spans: readonly Span[]) =>
    rewardOfTrace({ ...sampleTraces(1)[0]!, rewards, spans });

  it("counts the rewards of spans, those without a source as a rule's", () => {
    expect(withSpans([], span("a", 1), span("b", 0.5, { source: "rule" }))).toBe(1.5);
    expect(withSpans([reward("rule", 2)], span("a", 1))).toBe(3);
    expect(withSpans([reward("judge", 2)], span("a", 1))).toBe(2);
    expect(withSpans([reward("rule", 2)], span("a", 1, { source: "human" }))).toBe(1);
  });

  it("counts a reward once that is in the head and a span", () => {
    expect(withSpans([reward("judge", 0.5, "a")], span("a", 0.5), span("b", 9))).toBe(0.5);
    expect(withSpans([reward("rule", 0.5, "a")], span("a", 0.5), span("b", 9))).toBe(9.5);
    const repeated = span("reward", 0.75, { rewardType: "rollout" });
    expect(withSpans([reward("rule", 0.75, "rollout")], repeated)).toBe(0.75);
  });
});
