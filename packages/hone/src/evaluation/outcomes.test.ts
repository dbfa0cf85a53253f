import { describe, expect, it } from "vitest";
import type { Rollout } from "../core/rollout.ts";
import type { Episode } from "../ports/environment.ts";
import { countOutcomes, outcomeOf } from "./outcomes.ts";

const rollout = (facts: Partial<Rollout>): Rollout => ({
  id: "r",
  task: { id: "t" },
  turns: [],
  answer: undefined,
  reward: undefined,
  isSuccess: false,
  failure: undefined,
  attempts: 1,
  seconds: 0,
  ...facts,
});

function episode(names: readonly string[], terminated: boolean): Episode {
  const steps = names.map((name) => ({ state: "", action: { name }, reward: 0, nextState: "" }));
  return { steps, totalReward: 0, isSuccess: false, terminated, truncated: !terminated };
}

describe("how a rollout ended", () => {
  it.each([
    ["done", { isSuccess: true, answer: episode(["answer"], true) }],
    ["wrong answer", { answer: episode(["look", "answer"], true) }],
    ["cut off after too many actions", { answer: episode(["look", "look"], false) }],
    [
      "cut off, with replies that name no action",
      { answer: episode(["malformed", "look"], false) },
    ],
    ["failed at reward", { failure: { boundary: "reward", message: "it threw" } }],
    ["not done", { answer: "forty-two" }],
  ] as const)("is %s", (outcome, facts) => {
    expect(outcomeOf(rollout(facts))).toBe(outcome);
  });

  it("is counted, the most frequent first", () => {
    const wrong = rollout({ answer: "no" });
    const counts = countOutcomes([wrong, rollout({ isSuccess: true }), wrong]);
    expect(Object.entries(counts)).toEqual([
      ["not done", 2],
      ["done", 1],
    ]);
  });
});
