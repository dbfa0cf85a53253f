/** NO_LEARNING_SIGNAL advises what fits the cause: five batches without signal, each for another reason. */
import { describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Rollout, RolloutFailure, Turn } from "../../core/rollout.ts";
import { noSignalCause } from "./no-signal-cause.ts";
import { scoreGroups } from "./scored-answers.ts";

const turn = (token: number): Turn => ({
  messages: [],
  reply: { role: "assistant", content: "" },
  promptTokens: [1],
  tokens: [token],
  logProbs: [0],
  samplingLogProbs: [0],
  temperature: 1,
  isTruncated: false,
  stopReason: "stop",
  weightsVersion: "w",
});

function adviceFor(
  rollouts: readonly { reward?: number; tokens?: readonly number[]; failure?: RolloutFailure }[],
): string {
  const made = rollouts.map(({ reward, tokens = [], failure }, i): Rollout => ({
    id: `r${i}`,
    task: { id: "t" },
    turns: tokens.map(turn),
    answer: undefined,
    reward: reward === undefined ? undefined : { total: reward, components: {}, source: "rule" },
    isSuccess: (reward ?? 0) > 0,
    failure,
    attempts: 1,
    seconds: 0,
  }));
  const batch = scoreGroups([{ task: { id: "t" }, rollouts: made }], { scale: "none" });
  const facts = { where: "grpo", steps: 10, groupSize: 2, reward: "0", ...noSignalCause(batch) };
  return new HoneError("NO_LEARNING_SIGNAL", facts).message;
}

describe("the advice of NO_LEARNING_SIGNAL", () => {
  it("is to mend the code where most rollouts fail", () => {
    const failure: RolloutFailure = { boundary: "reward", message: "no key", place: "/a/b.ts:3:4" };
    const said = adviceFor([{ failure }, { failure }, { reward: 1, tokens: [1] }]);
    expect(said).toContain(
      "2 of 3 rollouts failed, most of them in the reward: no key (at /a/b.ts:3:4).",
    );
    expect(said).toContain("Correct the reward function");
    expect(said).not.toContain("temperature");
  });

  it("is to call the model where nothing was sampled", () => {
    expect(adviceFor([{ reward: 1 }, { reward: 1 }])).toContain("Let the agent call the `model`");
  });

  it("is to sample more differently where the answers are equal", () => {
    const same = { reward: 0, tokens: [7] };
    expect(adviceFor([same, same])).toContain("a higher `temperature`");
  });

  it("is harder tasks where all are done", () => {
    const said = adviceFor([
      { reward: 1, tokens: [7] },
      { reward: 1, tokens: [8] },
    ]);
    expect(said).toContain("Give harder tasks");
  });

  it("is easier tasks or partial credit where none is done", () => {
    const said = adviceFor([
      { reward: 0, tokens: [7] },
      { reward: 0, tokens: [8] },
    ]);
    expect(said).toContain("Choose tasks that the model solves sometimes");
  });
});
