/** Episodes of videos, with every reward by hand; tasks, questions and the expert. */
import { describe, expect, it } from "vitest";
import { environmentContract } from "../../testing/environment-contract.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { videoEnvironment } from "./environment.ts";
import { videoExpert } from "./expert.ts";
import { compactVideoFormat } from "./format.ts";
import { parseQuestion, questionText } from "./questions.ts";
import { videoEpisodeReward } from "./rewards.ts";
import { splitOf, type VideoLevel, videoTask, videoTasks } from "./tasks.ts";

const captions = [
  "0:02 - 0:05 Mia opens the door",
  "0:06 - 0:13 Tom washes the cup",
  "0:13 - 0:20 Mia fills the cup",
].join("\n");
const task = videoTask(`What happens right after "Tom washes the cup"?\n\n${captions}`);

const levels: readonly VideoLevel[] = [1, 2, 3];
environmentContract(it, {
  create: () => videoEnvironment(),
  tasks: videoTasks({ split: "train", count: 12, levels, seed: 3 }),
  expert: () => videoExpert(),
  arguments: ["", "1", "cup", "2 [1]"],
});

/** Takes actions one after the other. */
function play(asked: typeof task, ...actions: readonly Action[]) {
  const environment = videoEnvironment();
  environment.reset(asked, 0);
  return actions.map((action) => environment.step(action));
}

describe("an episode", () => {
  it("pays for captions that are found, placed, reasoned about and cited", async () => {
    const results = play(
      task,
      { name: "text_search", argument: "Tom washes cup" },
      { name: "timeline_next", argument: "2" },
      { name: "reason", argument: "3 follows 2" },
      { name: "finalize", argument: "Mia fills the cup [3; 2]" },
    );
    expect(results.map(({ observation }) => observation)).toEqual([
      "2 Tom washes the cup | 3 Mia fills the cup",
      "3 Mia fills the cup",
      ...["noted", "right"],
    ]);
    // Both captions are placed: half of the quality, 0.3 / 2. Both are named: 0.1. The answer: 0.4 + 0.2 and 0.3 / 2 for its evidence.
    const rewards = [0, 0.15, 0.1, 0.75];
    for (const [i, { reward }] of results.entries()) expect(reward).toBeCloseTo(rewards[i]!, 10);
    expect(results.at(-1)!.info).toEqual({ isSuccess: true, isValid: true });
    const episode = await runEpisode(videoEnvironment(), task, videoExpert());
    expect(videoEpisodeReward(task, episode).components).toEqual({
      ...{ completion: 1, efficiency: 1, quality: 1, reasoning: 1, grounding: 1, temporal: 1 },
      ...{ invalid: 0, success: 1, steps: 4 },
    });
  });

  it("pays less for an answer without evidence, and nothing for one that is guessed wrong", () => {
    const [guess] = play(task, { name: "finalize", argument: "Mia fills the cup [3]" });
    // Completion and efficiency; the caption that it cites was not shown.
    expect(guess!.reward).toBeCloseTo(0.6, 10);
    const [wrong] = play(task, { name: "finalize", argument: "Mia opens the door [1]" });
    expect([wrong!.observation, wrong!.reward, wrong!.terminated]).toEqual(["wrong", 0, true]);
    const [repeated] = play(task, { name: "finalize", argument: "cup cup cup [3]" });
    expect(repeated!.observation).toBe("wrong");
  });

  it("costs for what cannot be done, which no reward makes up for", () => {
    const results = play(
      task,
      { name: "timeline_next", argument: "9" },
      { name: "timeline_at" },
      { name: "text_search", argument: "the" },
      { name: "reason" },
      { name: "finalize", argument: "[2]" },
    );
    expect(results.map(({ observation, reward }) => [observation, reward])).toEqual(
      Array.from({ length: 5 }, () => ["invalid", -0.05]),
    );
  });

  it("answers times in seconds, in either form, and says where there is none", () => {
    const asked = videoTask(`How long does "Tom washes the cup" take?\n\n${captions}`);
    const said = (argument: string) =>
      play(asked, { name: "finalize", argument }).map(({ observation }) => observation);
    expect(["7 s", "7", "0:07", "7.0 seconds"].map(said)).toEqual(Array(4).fill(["right"]));
    expect(["6 s", "seven"].map(said)).toEqual([["wrong"], ["wrong"]]);
    const untimed = videoTask("What happens last?\n\nMia eats\nTom eats");
    const [at] = play(untimed, { name: "timeline_at", argument: "2" });
    expect(at!.observation).toBe("2 has no time");
  });

  it("takes an answer to an open question from the captions that it cites", () => {
    const open = videoTask(`Is any cup filled?\n\n${captions}`);
    expect(open.solution).toBeUndefined();
    const results = play(
      open,
      { name: "text_search", argument: "cup" },
      { name: "finalize", argument: "Mia fills the cup [3]" },
    );
    expect(results.at(-1)!.info["isSuccess"]).toBe(true);
    const unrelated = play(
      videoTask(`Where is the king of Bhutan?\n\n${captions}`),
      { name: "text_search", argument: "cup" },
      { name: "reason", argument: "3 says it" },
      { name: "finalize", argument: "Mia fills the cup [3]" },
    );
    expect(unrelated.at(-1)!.observation).toBe("wrong");
    expect(unrelated.reduce((sum, { reward }) => sum + reward, 0)).toBe(0);
    const unseen = play(open, { name: "finalize", argument: "Mia fills the cup [3]" });
    expect(unseen[0]!.info["isSuccess"]).toBe(false);
  });
});

describe("videoTasks", () => {
  it("never gives a video of one split to the other, for several seeds and levels", () => {
    for (const seed of [0, 1, 2])
      for (const split of ["train", "test"] as const)
        for (const one of videoTasks({ split, count: 30, levels, seed }))
          expect(splitOf(one.captions)).toBe(split);
  });

  it("gives the questions of a level that its words ask", () => {
    const kinds = (level: VideoLevel) => {
      const some = videoTasks({ split: "train", count: 60, levels: [level], seed: 1 });
      return [...new Set(some.map(({ question }) => parseQuestion(question)!.kind))].toSorted();
    };
    expect(levels.map(kinds)).toEqual([
      ["first", "last", "who"],
      ["after", "before", "duration", "when"],
      ["order"],
    ]);
    for (const { question } of videoTasks({ split: "test", count: 30, levels, seed: 1 }))
      expect(questionText(parseQuestion(question)!)).toBe(question);
  });
});

describe("videoTask", () => {
  it("asks about the sample where no captions are given, also in the words of a first scene", () => {
    expect(videoTask("What happens in the first scene?").solution).toEqual({
      ...{ answer: "Ana walks into the kitchen", evidence: [1] },
    });
    expect(videoTask("Who puts a pan on the stove?").solution!.answer).toBe("Leo");
  });

  it("keeps what is odd about the captions", () => {
    const odd = videoTask("What happens first?\n\n0:01 - 0:04 a\n0:03 - 0:05 b");
    expect(odd.warnings).toEqual(["line 2: it overlaps the caption of line 1 by 1 s"]);
  });

  it.each([
    ['What happens after "Bo sings"?', /no caption says "Bo sings"/],
    ['When does "cup" begin?', /captions 2 and 3 both say "cup"/],
    ['What happens before "Mia opens the door"?', /nothing happens before it/],
    ['Which comes first, "Tom washes" or "washes the cup"?', /both are one caption/],
    ["Who Tom washes the cup?", /names nobody/],
  ])("refuses %s", (question, problem) => {
    expect(() => videoTask(`${question}\n\n${captions}`)).toThrow(problem);
    expect(() => videoTask(`${question}\n\n${captions}`)).toThrow(/^VIDEO_QUESTION_INVALID/);
  });
});

it("makes mistakes at the rate that is asked for, of which the score tells", async () => {
  const tasks = videoTasks({ split: "train", count: 40, levels, seed: 5 });
  const totals = await Promise.all(
    tasks.map(async (one, seed) => {
      const expert = videoExpert({ mistakeRate: 0.5, seed });
      const episode = await runEpisode(videoEnvironment(), one, expert);
      expect(videoEpisodeReward(one, episode).total).toBeCloseTo(episode.totalReward, 10);
      return episode.totalReward;
    }),
  );
  const mean = totals.reduce((sum, one) => sum + one, 0) / totals.length;
  expect(mean).toBeGreaterThan(0.5);
  expect(mean).toBeLessThan(0.95);
});

it("is written in few words for a model made from nothing, which the environment reads again", () => {
  const { observe, format } = compactVideoFormat;
  expect(observe!('Which comes first, "Mia eats the bread" or "Tom eats the apple"?')).toBe(
    "which Mia eats bread or Tom eats apple",
  );
  expect(observe!("2 from 3 s to 5.5 s, takes 2.5 s")).toBe("2 3 5.5 2.5");
  expect(format!({ name: "finalize", argument: "Mia eats the bread [1; 2]" })).toBe(
    "finalize Mia eats bread [1; 2]",
  );
});
