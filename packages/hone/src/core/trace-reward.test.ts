import { describe, expect, it } from "vitest";
import type { RewardSource } from "./rollout.ts";
import { rewardOfTrace, type TraceReward } from "./trace.ts";
import { sampleTraces } from "../testing/sample-traces.ts";

const reward = (source: RewardSource, total: number, id: string = source): TraceReward => ({
  ...{ id, source, total, components: {}, at: 0 },
});

const of = (...rewards: readonly TraceReward[]): number | undefined =>
  rewardOfTrace({ ...sampleTraces(1)[0]!, rewards });

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
});
