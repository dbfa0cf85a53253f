import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAction } from "../../environments/action-text.ts";
import { majorityAgent, randomAgent } from "../../environments/baseline-agents.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { type ActionAgent, runEpisode } from "../../environments/run-episode.ts";
import type { Episode, StepResult } from "../../ports/environment.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { openCorpora } from "./corpus.ts";
import { questionEnvironment } from "./environment.ts";
import { questionExpert } from "./expert.ts";
import { compactQuestionFormat } from "./format.ts";
import { questionEpisodeReward } from "./rewards.ts";
import { questionTask, type QuestionTask, questionTasks } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-mhqa-test-"));
const corpora = openCorpora();
afterAll(() => {
  corpora.close();
  rmSync(folder, { recursive: true });
});

const tasks = questionTasks({ split: "train", count: 30, levels: [1, 2, 3], seed: 3 });
const create = () => questionEnvironment({ corpora });

/** Plays these lines on a task. */
function play(
  task: QuestionTask,
  lines: readonly string[],
  maxActions = 20,
): readonly StepResult[] {
  const environment = questionEnvironment({ corpora, maxActions });
  environment.reset(task, 0);
  return lines.map((line) => environment.step(parseAction(line)!));
}

const episodes = (agentOf: (index: number) => ActionAgent): Promise<readonly Episode[]> =>
  Promise.all(tasks.map((task, i) => runEpisode(create(), task, agentOf(i))));
const solved = (all: readonly Episode[]): number =>
  all.filter(({ isSuccess }) => isSuccess).length / all.length;

/** About the sample world, in which the author of Umbrella is known and was born somewhere. */
const own = questionTask("Where was the author of Umbrella born?");
const [first, second] = own.hops!;
const writer = first!.mentions[1]!;
const answer = own.answer!;
const wayOf = (finalize: string): readonly string[] => [
  "search Umbrella author",
  `read ${first!.document}`,
  `reason the author of Umbrella is ${writer}`,
  `search ${writer} birthplace`,
  `read ${second!.document}`,
  `reason the birthplace of ${writer} is ${answer}`,
  finalize,
];

describe("the environment of questions", () => {
  environmentContract(it, {
    create,
    tasks,
    expert: () => questionExpert(),
    arguments: ["", "Ember author", "Ember", "the author of Ember is Ada", "Ada [Ember]"],
  });

  it("pays each hop that is read and stated, then the answer, the way to it and its sources", () => {
    const cited = `finalize ${answer} [${first!.document}; ${second!.document}]`;
    const results = play(own, wayOf(cited));
    // 0.3 · hops / 2 for a document, 0.1 / 2 for a reason, and at the end 0.4 + 0.2 · 1 + 0.3 · evidence / 2.
    const rewards = [0, 0.075, 0.05, 0, 0.075, 0.05, 0.75];
    results.forEach(({ reward }, i) => expect(reward).toBeCloseTo(rewards[i]!, 9));
    expect(results.at(-1)).toMatchObject({
      ...{ observation: "right", terminated: true, info: { isSuccess: true } },
    });
  });

  it("pays less for fewer sources, for more of them, and for a longer way", () => {
    const last = (finalize: string, before: readonly string[] = []): number =>
      play(own, [...before, ...wayOf(finalize)]).at(-1)!.reward;
    // Evidence: precision 1 and recall 1/2 give 2/3; precision 2/3 and recall 1 give 4/5; a title that was not read counts as wrong.
    expect(last(`finalize ${answer} [${first!.document}]`)).toBeCloseTo(0.6 + 0.15 * (2 / 3), 9);
    const three = `${first!.document}; ${second!.document}; Nowhere`;
    expect(last(`finalize ${answer} [${three}]`)).toBeCloseTo(0.6 + 0.15 * (4 / 5), 9);
    expect(last(`finalize ${answer}`)).toBeCloseTo(0.6, 9);
    const longer = ["search Umbrella", "search Umbrella", "search Umbrella"];
    expect(last(`finalize ${answer}`, longer)).toBeCloseTo(0.4 + 0.2 * 0.7, 9);
  });

  it("pays a wrong answer for its evidence alone, and a guess for no more than its answer", () => {
    const wrong = play(own, wayOf(`finalize Nowhere [${first!.document}; ${second!.document}]`));
    expect(wrong.at(-1)).toMatchObject({ observation: "wrong", info: { isSuccess: false } });
    expect(wrong.at(-1)!.reward).toBeCloseTo(0.15, 9);
    expect(play(own, ["finalize Nowhere"])[0]!.reward).toBe(0);
    expect(play(own, [`finalize The ${answer}.`])[0]!.reward).toBeCloseTo(0.6, 9);
  });

  it("takes a reason only of what was read, and pays nothing twice", () => {
    const reason = `reason the author of Umbrella is ${writer}`;
    expect(play(own, [reason])[0]!.reward).toBe(0);
    const read = ["search Umbrella author", `read ${first!.document}`];
    const results = play(own, [...read, ...read, reason, reason]);
    expect(results.map(({ reward }) => reward > 0)).toEqual([
      ...[false, true, false, false, true, false],
    ]);
  });

  it.each([
    ["search ?", "invalid: no words"],
    ["read Umbrella", "invalid: no search has shown this title"],
    ["reason", "invalid: no words"],
    ["finalize [Umbrella]", "invalid: no answer"],
    ["dance", "invalid: unknown action"],
  ])("takes %s for invalid", (line, observation) => {
    expect(play(own, [line])[0]).toMatchObject({ observation, reward: -0.05, terminated: false });
  });

  it("says so when nothing is found, and cuts the episode off after its limit", () => {
    expect(play(own, ["search xyzzy"])[0]!.observation).toBe("nothing found");
    const results = play(own, ["search Umbrella", "search Umbrella"], 2);
    expect(results.map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(() => questionEnvironment({ maxActions: 0 })).toThrow(/OPTION_INVALID/);
  });
});

describe("a corpus of one's own", () => {
  mkdirSync(join(folder, "docs", "deep"), { recursive: true });
  writeFileSync(
    join(folder, "docs", "rivers.md"),
    "# Rivers\n\nThe Danube flows into the Black Sea.",
  );
  writeFileSync(
    join(folder, "docs", "deep", "long.txt"),
    ["one ".repeat(100), "two ".repeat(100), "short"].join("\n\n"),
  );
  writeFileSync(join(folder, "docs", "picture.png"), "no text");
  const task = {
    id: "own",
    question: "Where does the Danube end?",
    corpus: join(folder, "docs"),
  };

  it("is searched by passages, and an answer counts that stands in what it cites", () => {
    const way = ["search Danube", "read rivers.md", "reason the Danube flows into the Black Sea"];
    const results = play(task, [...way, "finalize the Black Sea [rivers.md]"]);
    expect(results[0]!.observation).toBe("rivers.md");
    expect(results.reduce((sum, { reward }) => sum + reward, 0)).toBeCloseTo(1, 9);
    expect(play(task, [...way, "finalize the Red Sea [rivers.md]"]).at(-1)!.observation).toBe(
      "wrong",
    );
    expect(play(task, [...way, "finalize the Black Sea"]).at(-1)!.observation).toBe("wrong");
    expect(play(task, ["search two", "search short"]).map((r) => r.observation)).toEqual([
      "deep/long.txt#2",
      "deep/long.txt#2",
    ]);
  });

  it("has a known answer and known documents where the task says them", () => {
    const known = { ...task, answer: "Black Sea", hops: [{ document: "rivers.md", mentions: [] }] };
    expect(play(known, ["finalize the black sea"])[0]!.observation).toBe("right");
  });

  it("may have titles and texts that begin as a refusal does", async () => {
    const corpus = join(folder, "refusals");
    mkdirSync(corpus);
    writeFileSync(join(corpus, "invalid-input.md"), "invalid: the token has expired.");
    const asked = { ...task, corpus };
    const lines = ["search token", "read invalid-input.md", "read other", "finalize x"];
    const agent = {
      selectAction: (_: string, __: unknown, { length }: readonly unknown[]) =>
        parseAction(lines[length]!)!,
    };
    const episode = await runEpisode(create(), asked, agent);
    const reward = questionEpisodeReward(asked, episode);
    expect(reward.components["invalid"]).toBeCloseTo(-0.05, 9);
    expect(play(asked, lines).map(({ info }) => info["isValid"])).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(episode.totalReward).toBeCloseTo(reward.total, 9);
  });

  it("must be a folder with texts", () => {
    const reset = (corpus: string) => () => create().reset({ ...task, corpus }, 0);
    expect(reset(join(folder, "nowhere"))).toThrow(/CORPUS_UNREADABLE.*no such file/);
    mkdirSync(join(folder, "empty"));
    expect(reset(join(folder, "empty"))).toThrow(/CORPUS_UNREADABLE.*no \.md or \.txt/);
  });

  it("is closed with the others, and opened again", () => {
    const some = openCorpora();
    const corpus = some.open({ world: 8 });
    const titles = corpus.search("Umbrella");
    some.close();
    expect(corpus.search("Umbrella")).toEqual(titles);
    for (let world = 0; world < 70; world++) some.open({ world }).search("Ada");
    expect(corpus.search("Umbrella")).toEqual(titles);
    some.close();
  });
});

describe("the expert of questions", () => {
  it("errs more often the higher its mistake rate, and the same way for the same seed", async () => {
    const at = (mistakeRate: number) => episodes((seed) => questionExpert({ mistakeRate, seed }));
    const shares = [solved(await at(0)), solved(await at(0.2)), solved(await at(0.6))];
    expect(shares[0]).toBe(1);
    expect(shares[1]).toBeLessThan(1);
    expect(shares[2]).toBeLessThan(shares[1]! - 0.2);
    expect(await at(0.5)).toEqual(await at(0.5));
    expect(() => questionExpert({ mistakeRate: 2 })).toThrow(/OPTION_INVALID/);
  });

  it("does far better than chance, and than doing always what is most frequent", async () => {
    const known = await episodes(() => questionExpert());
    expect(solved(await episodes((seed) => randomAgent(known, seed)))).toBeLessThan(0.2);
    expect(solved(await episodes(() => majorityAgent(known)))).toBeLessThan(0.2);
  });

  it("answers a question of other words with the sentence that has most of them", async () => {
    const seen = async (text: string): Promise<readonly unknown[]> => {
      const { steps, isSuccess } = await runEpisode(create(), questionTask(text), questionExpert());
      return [...steps.map(({ action }) => action.name), steps.at(-1)!.action.argument, isSuccess];
    };
    expect(await seen("Who wrote The Hobbit and what other works did they create?")).toEqual([
      ...["search", "read", "read", "reason", "finalize"],
      "His works are The Hobbit, The Lord of the Rings and The Silmarillion [J. R. R. Tolkien]",
      true,
    ]);
    expect(await seen("Who sings?\n\nAnn hums.\n\nBen sings.")).toEqual([
      ...["search", "read", "reason", "finalize", "Ben sings [text]", true],
    ]);
    expect(await seen("Xyzzy?")).toEqual(["search", "finalize", "not known", false]);
    expect((await seen("Who wrote Emma?")).slice(-2)).toEqual([
      "Her works are Pride and Prejudice, Emma and Persuasion [Jane Austen]",
      true,
    ]);
  });

  it("is not right about what no document says, however it is cited", async () => {
    const bhutan = questionTask("Who is the king of Bhutan?");
    const { steps } = await runEpisode(create(), bhutan, questionExpert());
    expect(steps.at(-1)!.action.argument).toBe("not known");
    const environment = create();
    environment.reset(bhutan, 0);
    const title = "The Lord of the Rings";
    const results = [
      { name: "search", argument: title },
      { name: "read", argument: title },
      { name: "reason", argument: "a fantasy novel" },
      { name: "finalize", argument: `a fantasy novel [${title}]` },
    ].map((action) => environment.step(action));
    expect(results.at(-1)!.observation).toBe("wrong");
    expect(results.reduce((sum, { reward }) => sum + reward, 0)).toBe(0);
  });

  it("reads a question in few words", async () => {
    const episode = await runEpisode(create(), own, questionExpert());
    const said = conversationOf(episode, compactQuestionFormat).map(({ content }) => content);
    expect(said[0]).toBe("question author Umbrella born");
    expect(said).toContain(`reason author Umbrella ${writer}`);
    const sources = `${first!.document} ${second!.document}`;
    expect(said.at(-1)).toBe(`finalize ${answer} from ${sources}`);
    const { observe, format, parse } = compactQuestionFormat;
    for (const { action } of episode.steps.filter(({ action }) => action.name !== "reason"))
      expect(parse!(format!(action))).toEqual(action);
    expect(parse!("finalize Ada")).toEqual({ name: "finalize", argument: "Ada" });
    expect(observe!("Ada wrote Ember. The setting of Ember is Arvik.")).toBe(
      "text Ada wrote Ember . setting of Ember is Arvik .",
    );
    expect(
      ["Ember; Ada", "nothing found", "invalid: no words"].map((one) => observe!(one)),
    ).toEqual([...["found Ember Ada", "nothing", "invalid"]]);
  });
});

describe("the reward of questions", () => {
  it("is the sum of the steps, in the four parts with their weights and the costs", async () => {
    for (const mistakeRate of [0, 0.4]) {
      const all = await episodes((seed) => questionExpert({ mistakeRate, seed }));
      all.forEach((episode, i) => {
        const { total, components } = questionEpisodeReward(tasks[i]!, episode);
        const {
          completion = 0,
          efficiency = 0,
          quality = 0,
          reasoning = 0,
          invalid = 0,
        } = components;
        expect(total).toBeCloseTo(episode.totalReward, 9);
        const weighed = 0.4 * completion + 0.2 * efficiency + 0.3 * quality + 0.1 * reasoning;
        expect(weighed + invalid).toBeCloseTo(total, 9);
        expect(components["success"]).toBe(completion);
        expect(quality).toBeCloseTo((components["hops"]! + components["evidence"]!) / 2, 9);
      });
    }
  });

  it("counts the costs of invalid actions", async () => {
    const lines = ["dance", "search Umbrella author", "read Nothing"];
    const agent = {
      selectAction: (_: string, __: unknown, { length }: readonly unknown[]) =>
        parseAction(lines[length] ?? "finalize x")!,
    };
    const episode = await runEpisode(create(), own, agent);
    expect(questionEpisodeReward(own, episode).components["invalid"]).toBeCloseTo(-0.1, 9);
    expect(episode.totalReward).toBeCloseTo(-0.1, 9);
  });
});
