import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentContract } from "../../testing/environment-contract.ts";
import { parseAction } from "../../environments/action-text.ts";
import { majorityAgent, randomAgent } from "../../environments/baseline-agents.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { type ActionAgent, runEpisode } from "../../environments/run-episode.ts";
import type { Episode, StepResult } from "../../ports/environment.ts";
import { writingEnvironment, writingRewards } from "./environment.ts";
import { writingExpert } from "./expert.ts";
import { compactWritingFormat } from "./format.ts";
import { writingEpisodeReward } from "./rewards.ts";
import {
  splitOf,
  type WritingLevel,
  writingTask,
  type WritingTask,
  writingTasks,
} from "./tasks.ts";

const levels: readonly WritingLevel[] = [1, 2, 3];
const tasks = writingTasks({ split: "train", count: 60, levels, seed: 3 });
const own = writingTask("note about cat: apple, garden; 9 to 17 words; without dog");

/** Plays these lines on a task. */
function play(task: WritingTask, lines: readonly string[], maxActions = 12): readonly StepResult[] {
  const environment = writingEnvironment({ maxActions });
  environment.reset(task, 0);
  return lines.map((line) => environment.step(parseAction(line)!));
}
const seen = (results: readonly StepResult[]): string[] => results.map((r) => r.observation);
const total = (results: readonly StepResult[]): number =>
  results.reduce((sum, { reward }) => sum + reward, 0);

const episodes = (agentOf: (index: number) => ActionAgent): Promise<readonly Episode[]> =>
  Promise.all(tasks.map((task, i) => runEpisode(writingEnvironment(), task, agentOf(i))));
const solved = (all: readonly Episode[]): number =>
  all.filter(({ isSuccess }) => isSuccess).length / all.length;

const planned = ["brainstorm_ideas quiet, river", "create_outline garden, apple"];
const wrong =
  "write_paragraph The quiet cat waits in the garden. Then it sees a apple by the river.";

describe("the writing environment", () => {
  environmentContract(it, {
    create: () => writingEnvironment(),
    tasks,
    expert: () => writingExpert(),
    arguments: ["", "quiet, river", "apple, garden", "The cat waits in the garden.", "cat => owl"],
  });

  it("pays for ideas, outline, the text's quality, and its acceptance", () => {
    const right = wrong.replace("a apple", "an apple");
    const results = play(own, [...planned, right]);
    expect(seen(results)).toEqual(["ideas 2", "outline 2", "accepted"]);
    expect(results.map(({ reward }) => reward)).toEqual([0.5, 1, 9]);
    expect(results.at(-1)).toMatchObject({ terminated: true, info: { isSuccess: true } });
  });

  it("names the faults of a text, and pays an edit by what it mends: in the end as much as a text without fault", () => {
    const results = play(own, [...planned, wrong, "edit_content a apple => an apple"]);
    expect(seen(results).slice(2)).toEqual(["faults: a/an, missing apple", "accepted"]);
    expect(results[2]!.reward).toBeLessThan(3);
    expect(total(results)).toBeCloseTo(10.5, 9);
  });

  it("pays nothing for spoiling a text and mending it", () => {
    const spoil = "edit_content garden => gardens";
    const results = play(own, [
      ...planned,
      wrong,
      "edit_content quiet => a",
      "edit_content The a => The quiet",
      "edit_content quiet => a",
      spoil,
    ]);
    expect(results.slice(3).every(({ reward }) => reward === writingRewards.wrong_step)).toBe(true);
  });

  it("waits for the paragraphs of the brief, and takes no more", () => {
    const task = writingTask("note about cat: apple, garden; 9 to 30 words; 2 paragraphs");
    const results = play(task, [
      ...planned,
      "write_paragraph The quiet cat waits in the garden.",
      "write_paragraph Then it sees a apple by the river.",
      "write_paragraph It sings there.",
    ]);
    expect(seen(results).slice(2)).toEqual([
      "paragraphs left: 1",
      "faults: a/an, missing apple",
      "invalid: no more paragraphs",
    ]);
  });

  it("ends without success when a text is handed in with faults", () => {
    const result = play(own, [...planned, wrong, "edit_content"]).at(-1)!;
    expect(result).toMatchObject({ observation: "not accepted", reward: 0, terminated: true });
    expect(result.info["isSuccess"]).toBe(false);
  });

  it.each([
    ["brainstorm_ideas quiet", "invalid: two to five ideas"],
    ["brainstorm_ideas apple, river", "invalid: ideas of your own"],
    ["brainstorm_ideas the, of", "invalid: ideas of your own"],
    ["brainstorm_ideas quiet, quiet", "invalid: ideas of your own"],
    ["brainstorm_ideas quiet, dog", "invalid: a forbidden word"],
    ["create_outline apple", "invalid: every point once"],
    ["create_outline apple, apple", "invalid: every point once"],
    ["write_paragraph", "invalid: no text"],
    ["edit_content a => an", "invalid: no text yet"],
    ["dance", "invalid: unknown action"],
  ])("takes %s for invalid", (line, observation) => {
    expect(play(own, [line])[0]).toMatchObject({
      observation,
      reward: -0.5,
      info: { isValid: false },
    });
  });

  it("takes ideas and outline once, and an edit only of words that are there", () => {
    const lines = [
      ...planned,
      ...planned,
      wrong,
      "edit_content a boat => an apple",
      "edit_content a apple",
    ];
    expect(seen(play(own, lines)).slice(2)).toEqual([
      "invalid: there are ideas",
      "invalid: there is an outline",
      "faults: a/an, missing apple",
      "invalid: no such words",
      "invalid: old words => new words",
    ]);
  });

  it("never pays more than 10.5, whatever is done", () => {
    const lines = fc.constantFrom(
      ...planned,
      wrong,
      "write_paragraph The cat sees an apple in the garden. It sings.",
      "edit_content a apple => an apple",
      "edit_content an apple => a apple",
      "edit_content . => . It is quiet.",
      "edit_content It is quiet. =>",
      "edit_content cat => dog",
      "edit_content dog => cat",
      "edit_content quiet => warm",
    );
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 14 }), (chosen) => {
        expect(total(play(own, chosen))).toBeLessThanOrEqual(10.5 + 1e-9);
        expect(total(play(own, chosen))).toBeGreaterThanOrEqual(12 * writingRewards.wrong_step);
      }),
      { numRuns: 300 },
    );
  });

  it("cuts the episode off after its step limit", () => {
    const results = play(own, planned, 2);
    expect(results.map((r) => [r.terminated, r.truncated])).toEqual([
      [false, false],
      [false, true],
    ]);
    expect(() => writingEnvironment({ maxActions: 0 })).toThrow(/OPTION_INVALID/);
  });
});

describe("writing tasks", () => {
  it("are 500 to learn from and 100 held out at every level, without a subject with the same points in both", () => {
    const key = ({ brief }: WritingTask): string => {
      const [, subject = "", points = ""] = /about (.*): (.*?);/.exec(brief)!;
      return `${subject}: ${points.split(", ").toSorted().join(", ")}`;
    };
    for (const level of levels) {
      const of = (split: "train" | "test", count: number, seed: number) =>
        writingTasks({ split, count, levels: [level], seed });
      const train = new Set(of("train", 500, 0).map(key));
      const test = [...of("test", 100, 0), ...of("test", 100, 1)];
      expect(test.filter((task) => train.has(key(task)))).toEqual([]);
      expect(test.every(({ brief }) => splitOf(brief) === "test")).toBe(true);
    }
  });

  it("are the same for the same options, and others for another seed", () => {
    const draw = (seed: number) => writingTasks({ split: "train", count: 40, levels, seed });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(new Set(draw(5).map(({ id }) => id)).size).toBe(40);
    expect(() => writingTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
  });
});

describe("the writing expert", () => {
  it("errs more often the higher its mistake rate, and the same way for the same seed", async () => {
    const at = (mistakeRate: number) => episodes((seed) => writingExpert({ mistakeRate, seed }));
    const shares = [solved(await at(0)), solved(await at(0.3)), solved(await at(0.6))];
    expect(shares[0]).toBe(1);
    expect(shares[1]).toBeLessThan(1);
    expect(shares[2]).toBeLessThan(shares[1]! - 0.1);
    expect(await at(0.5)).toEqual(await at(0.5));
    expect(() => writingExpert({ mistakeRate: 2 })).toThrow(/OPTION_INVALID/);
  });

  it("corrects its own mistakes: some accepted texts were edited", async () => {
    const all = await episodes((seed) => writingExpert({ mistakeRate: 0.3, seed }));
    const edited = all.filter(({ steps }) =>
      steps.some(({ action }) => action.name === "edit_content"),
    );
    expect(edited.some(({ isSuccess }) => isSuccess)).toBe(true);
  });

  it("does far better than chance, and than doing always what is most frequent", async () => {
    const known = await episodes(() => writingExpert());
    expect(solved(await episodes((seed) => randomAgent(known, seed)))).toBeLessThan(0.1);
    expect(solved(await episodes(() => majorityAgent(known)))).toBeLessThan(0.1);
  });

  it("reads a brief in few words", async () => {
    const episode = await runEpisode(writingEnvironment(), own, writingExpert());
    expect(conversationOf(episode, compactWritingFormat)[0]!.content).toBe(
      "note cat apple garden 9 17 no dog",
    );
    expect(compactWritingFormat.observe!("faults: a/an, missing apple")).toBe(
      "faults a/an missing apple",
    );
    expect(compactWritingFormat.observe!("invalid: no text")).toBe("invalid");
  });
});

describe("the writing reward", () => {
  it("is the sum of the steps, in named parts, with what the checks say of the last text", async () => {
    for (const mistakeRate of [0, 0.4]) {
      const all = await episodes((seed) => writingExpert({ mistakeRate, seed }));
      all.forEach((episode, i) => {
        const { total: sum, components } = writingEpisodeReward(tasks[i]!, episode);
        const { plan = 0, text = 0, accepted = 0, costs = 0 } = components;
        expect(sum).toBeCloseTo(episode.totalReward, 9);
        expect(plan + text + accepted + costs).toBeCloseTo(sum, 9);
        if (episode.isSuccess)
          expect(components).toMatchObject({ grammar: 1, points: 1, accepted: 2 });
      });
    }
  });
});
