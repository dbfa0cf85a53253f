import { describe, expect, it } from "vitest";
import type { UnscoredRollout } from "../ports/reward.ts";
import {
  type AnsweredTask,
  type AnswerRewardName,
  answerRewards,
  lastNumber,
} from "./answer-rewards.ts";

const score = (name: AnswerRewardName, given: unknown, answer: string | number) => {
  const rollout: UnscoredRollout<AnsweredTask> = {
    ...{ id: "r", turns: [], attempts: 1, seconds: 0, failure: undefined },
    ...{ task: { id: "t", answer }, answer: given },
  };
  return answerRewards[name].reward(rollout);
};

describe("rewards by name", () => {
  it.each([
    ["exact", " Oslo\n", "Oslo", 1],
    ["exact", "oslo", "Oslo", 0],
    ["exact", "In Oslo", "Oslo", 0],
    ["exact", "", "Oslo", 0],
    ["exact", "42", 42, 1],
    ["exact", "42.0", 42, 0],
    ["numeric", "6 times 7 is 42.", 42, 1],
    ["numeric", "42 or 43", 42, 0],
    ["numeric", "$1,250.00", "so #### 1250", 1],
    ["numeric", "-3", 3, 0],
    ["numeric", "2e3", 2000, 1],
    ["numeric", "333.3334", 333.3333, 1],
    ["numeric", "0.3334", 0.3333, 0],
    ["numeric", "none", 0, 0],
    ["numeric", undefined, 1, 0],
  ] as const)("%s: %j beside %j is %d", (name, given, answer, expected) => {
    expect(score(name, given, answer)).toBe(expected);
  });

  it("say which answers they cannot compare with", () => {
    expect(answerRewards.exact.problemOf(undefined)).toBe(
      "expected a text or a number, got nothing",
    );
    expect(answerRewards.exact.problemOf(["a"])).toContain("expected a text or a number");
    expect(answerRewards.numeric.problemOf("none")).toBe('expected a number, got "none"');
    expect(answerRewards.numeric.problemOf("#### 7")).toBeUndefined();
  });

  it("read the last number as people write it", () => {
    expect(lastNumber("1,234,567.5 kg")).toBe(1_234_567.5);
    expect(lastNumber("1,2,3")).toBe(3);
    expect(lastNumber("about .5")).toBe(0.5);
    expect(lastNumber("no number")).toBeUndefined();
  });
});
