import { expect, it } from "vitest";
import type { RewardSpan } from "../core/span.ts";
import { answeredTrace } from "../testing/answered-trace.ts";
import { foreignRollout } from "./foreign-rollout.ts";

const span = (id: string, reward: number, more: Partial<RewardSpan> = {}): RewardSpan => ({
  ...{ id, traceId: "t", sequence: 1, startedAt: 0, attributes: {} },
  ...{ kind: "reward", reward, rewardType: "tool", ...more },
});

it("a trace's reward as a rollout is its total, whose parts add up by their names", () => {
  const trace = answeredTrace("t", "four", "2 + 2?");
  const rule = { id: "r", source: "rule", total: 0.5, components: { tool: 0.5 }, at: 0 } as const;
  const spans = [
    span("a", 1),
    span("b", -0.25),
    span("c", 1, { components: { x: 0.75, y: 0.25 } }),
  ];
  expect(foreignRollout({ ...trace, rewards: [rule], spans }).reward).toEqual({
    total: 2.25,
    components: { tool: 1.25, x: 0.75, y: 0.25 },
    source: "rule",
  });
  const judged = [...spans, span("d", 3, { source: "judge", rewardType: "quality" })];
  expect(foreignRollout({ ...trace, rewards: [rule], spans: judged }).reward).toEqual({
    total: 3,
    components: { quality: 3 },
    source: "judge",
  });
  expect(foreignRollout(trace).reward).toBeUndefined();
});
