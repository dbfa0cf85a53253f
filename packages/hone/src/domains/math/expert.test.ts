import { describe, expect, it } from "vitest";
import { conversationOf } from "../../environments/chat-format.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { mathEnvironment } from "./environment.ts";
import { expertEpisodes, mathExpert } from "./expert.ts";
import { compactMathFormat, instructedMathFormat } from "./format.ts";
import { episodeReward, mathReward } from "./rewards.ts";
import { type EquationTask, equationTask, equationTasks } from "./tasks.ts";

const tasks = equationTasks({ split: "train", count: 200, levels: [1, 2, 3, 4, 5] });

describe("the math expert", () => {
  it("solves equations of every level without a wrong step", async () => {
    const episodes = await expertEpisodes(tasks);
    expect(episodes.every((episode) => episode.isSuccess)).toBe(true);
    expect(episodes.flatMap(({ steps }) => steps).every(({ reward }) => reward > 0)).toBe(true);
  });

  it("errs more often the higher its mistake rate, and the same way for the same seed", async () => {
    const share = async (mistakeRate: number): Promise<number> => {
      const episodes = await expertEpisodes(tasks, { mistakeRate, seed: 1 });
      return episodes.filter((episode) => episode.isSuccess).length / episodes.length;
    };
    const shares = [await share(0), await share(0.2), await share(0.6)];
    expect(shares[0]).toBe(1);
    expect(shares[1]).toBeGreaterThan(0.4);
    expect(shares[1]).toBeLessThan(0.9);
    expect(shares[2]).toBeLessThan(shares[1]!);
    const options = { mistakeRate: 0.5, seed: 4 };
    expect(await expertEpisodes(tasks, options)).toEqual(await expertEpisodes(tasks, options));
  });

  it("keeps only solved episodes when asked to", async () => {
    const solved = await expertEpisodes(tasks, { mistakeRate: 0.4, solvedOnly: true });
    expect(solved.length).toBeLessThan(tasks.length);
    expect(solved.every((episode) => episode.isSuccess)).toBe(true);
  });

  it("recovers from its own mistakes: some solved episodes hold wrong steps", async () => {
    const solved = await expertEpisodes(tasks, { mistakeRate: 0.3, solvedOnly: true });
    expect(solved.some(({ steps }) => steps.some(({ reward }) => reward < 0))).toBe(true);
  });

  it("speaks in short lines", async () => {
    const episode = await runEpisode(mathEnvironment(), equationTask("3x + 7 = 16"), mathExpert());
    expect(conversationOf(episode, compactMathFormat).map(({ content }) => content)).toEqual([
      "solve 3x+7=16",
      "identify_operation subtract",
      "3x+7=16",
      "subtract_terms 7",
      "3x=9",
      "divide_terms 3",
      "x=3",
      "state_answer 3",
    ]);
    expect(compactMathFormat.observe!("-3x - 14 = -5")).toBe("-3x-14 = -5");
    expect(conversationOf(episode, instructedMathFormat)[0]!.role).toBe("system");
  });
});

describe("the math reward", () => {
  it("is the sum of the steps, in named parts", async () => {
    const environment = mathEnvironment();
    const lines = [
      { name: "identify_operation", argument: "add" },
      { name: "identify_operation", argument: "subtract" },
      { name: "subtract_terms", argument: "7" },
      { name: "state_answer", argument: "3" },
    ];
    const agent = {
      selectAction: (_s: string, _v: readonly string[], done: readonly unknown[]) =>
        lines[done.length]!,
    };
    const episode = await runEpisode(environment, equationTask("3x + 7 = 16"), agent);
    expect(episodeReward(episode)).toEqual({
      total: 6,
      components: {
        identify: 1.5,
        moves: 2,
        answer: 3,
        costs: -0.5,
        success: 1,
        steps: 4,
        wrong_steps: 1,
      },
      source: "rule",
    });
  });

  it("is 0 without success for a rollout that has no episode", () => {
    type Unscored = UnscoredRollout<EquationTask, never>;
    const rollout = { answer: undefined } as Partial<Unscored> as Unscored;
    expect(mathReward(rollout)).toEqual({ total: 0, components: { success: 0 }, source: "rule" });
  });
});
