import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { RelativeJudge } from "../ports/judge.ts";
import type { UnscoredRollout } from "../ports/reward.ts";
import { groupReward, judgedGroup } from "./group-reward.ts";
import { relativeJudge } from "./judges/relative-judge.ts";

const rollout = (id: string, answer: string): UnscoredRollout => ({
  ...{ id, task: { id: "t" }, answer, failure: undefined, attempts: 1, seconds: 0 },
  turns: [
    {
      messages: [{ role: "user", content: "Name a prime." }],
      reply: { role: "assistant", content: answer },
      ...{ promptTokens: [], tokens: [], logProbs: [], samplingLogProbs: [], temperature: 1 },
      ...{ isTruncated: false, stopReason: "stop", weightsVersion: "w" },
    },
  ],
});
const request = (...answers: string[]) => ({
  ...{ task: { id: "t" }, signal: new AbortController().signal },
  rollouts: answers.map((answer, i) => rollout(`r${i}`, answer)),
});

describe("a judged group", () => {
  it("has the scores of a relative judge with its reasons, of the task and the conversations", async () => {
    const asked: string[] = [];
    const judge = relativeJudge({
      name: "scripted",
      model: {
        chat: async (messages: readonly Message[]) => {
          const text = messages.map(({ content }) => content).join("\n");
          asked.push(text);
          const [, first] = /Candidate 1:[^]*?([78])/.exec(text)!;
          const scores = [1, 2].map((candidate) => ({
            id: candidate,
            reason: `reason ${candidate}`,
            score: (candidate === 1) === (first === "7") ? 1 : 0.25,
          }));
          return { role: "assistant", content: JSON.stringify({ scores }) };
        },
      },
    });
    const rewards = await judgedGroup({ judge })(request("7", "8"));
    expect(asked[0]).toContain("Name a prime.");
    expect(rewards).toEqual([
      { total: 1, components: { judge: 1 }, source: "judge", reason: expect.any(String) },
      { total: 0.25, components: { judge: 0.25 }, source: "judge", reason: expect.any(String) },
    ]);
  });

  const counting = (status: "scored" | "excluded"): RelativeJudge => ({
    name: "j",
    rank: async ({ candidates }) =>
      status === "scored"
        ? { status, scores: candidates.map(() => 0.5), reasons: candidates.map(() => ""), calls: 2 }
        : { status, problem: "no JSON", calls: 3 },
    report: () => ({
      asked: 0,
      scored: 0,
      excluded: 0,
      cached: 0,
      calls: 0,
      malformed: 0,
      failed: 0,
    }),
  });

  it("fails without a verdict, and stops the run once the budget of calls is spent", async () => {
    await expect(judgedGroup({ judge: counting("excluded") })(request("a"))).rejects.toThrow(
      /JUDGE_FAILED.* j .*3 calls.*no JSON/,
    );
    const rewards = judgedGroup({ judge: counting("scored"), maxCalls: 3 });
    await rewards(request("a"));
    await rewards(request("a"));
    await expect(rewards(request("a"))).rejects.toThrow(
      /RUN_JUDGE_BUDGET_SPENT.* 4 calls of 3 calls\./,
    );
  });

  it("refuses options that it cannot use", () => {
    expect(() => judgedGroup({ judge: counting("scored"), maxCalls: 0 })).toThrow("OPTION_INVALID");
    expect(() => groupReward("judge" as never)).toThrow("OPTION_INVALID");
    expect(() => groupReward(() => [], { alone: 1 } as never)).toThrow("OPTION_INVALID");
  });
});
