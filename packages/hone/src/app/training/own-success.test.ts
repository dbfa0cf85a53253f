import { describe, expect, it } from "vitest";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { withOwnSuccess, withOwnSuccesses } from "./own-success.ts";

const rolloutOf = (answer: string): UnscoredRollout<{ readonly id: string }, string> => ({
  ...{ id: answer, task: { id: "t" }, answer, turns: [], attempts: 1, seconds: 0 },
  failure: undefined,
});

/** Right is "yes"; an empty answer cannot be judged. */
const own = ({ answer }: { readonly answer: string }): number => {
  if (answer === "") throw new Error("no answer to compare with");
  return answer === "yes" ? 1 : 0;
};

describe("success by the tasks' own reward", () => {
  it("stands beside a score of another kind, and is absent where it cannot be said", async () => {
    const reward = withOwnSuccess(({ answer }) => answer.length - 5, own);
    const rewardOf = (answer: string) => reward(rolloutOf(answer));
    expect(await rewardOf("yes")).toMatchObject({ total: -2, components: { success: 1 } });
    expect(await rewardOf("long answer")).toMatchObject({ total: 6, components: { success: 0 } });
    expect(await rewardOf("")).toMatchObject({ total: -5, components: {} });
  });

  it("stands beside the scores of a group, whose missing scores stay missing", async () => {
    const rewards = withOwnSuccesses(
      ({ rollouts }) => rollouts.map((_, i) => [2, undefined][i]),
      own,
    );
    const rollouts = ["yes", "no"].map(rolloutOf);
    const { signal } = new AbortController();
    expect(await rewards({ task: { id: "t" }, rollouts, signal })).toEqual([
      { total: 2, components: { success: 1 }, source: "rule" },
      undefined,
    ]);
  });
});
