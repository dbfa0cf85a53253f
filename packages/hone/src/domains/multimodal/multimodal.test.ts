import { afterAll, describe, expect, it } from "vitest";
import { environmentContract } from "../../testing/environment-contract.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { documentation, sampleDocumentation } from "./documentation.ts";
import { multimodalEnvironment, shownResults } from "./environment.ts";
import { multimodalExpert } from "./expert.ts";
import { imageSearch } from "./image-search.ts";
import { compactMultimodalFormat, instructedMultimodalFormat } from "./format.ts";
import { replyMetrics } from "./metrics.ts";
import { factsOf, questionOf } from "./questions.ts";
import { multimodalEpisodeReward } from "./rewards.ts";
import { parseReply } from "./reply.ts";
import { sampleSite } from "./sample-site.ts";

const sample = sampleDocumentation();
afterAll(() => sample.images.close());
const tasks = sample.questions({ split: "test", count: 60, seed: 1 });

const image = (url: string) => ({ url, alt: "", reason: "" });
const helped = tasks.find(({ helpful }) => helpful.length === 1)!;
const create = () => multimodalEnvironment({ images: sample.images });
const answer = (text: string, ...urls: string[]): Action => ({
  name: "answer",
  argument: JSON.stringify({ text, images: urls.map(image) }),
});

describe("the environment of questions", () => {
  environmentContract(it, {
    ...{ create, tasks, expert: () => multimodalExpert() },
    arguments: ["", "amber pump", "1", '{"text":"left","images":[]}'],
  });

  it("pays the overall score of the answer, minus what is invented", () => {
    const play = (...actions: Action[]): number => {
      const environment = create();
      environment.reset(helped, 0);
      return actions.map((action) => environment.step(action).reward).reduce((a, b) => a + b, 0);
    };
    const words = helped.facts.join(" ");
    const search: Action = { name: "search", argument: helped.question };
    expect(play(search, answer(words, helped.helpful[0]!))).toBeCloseTo(1);
    // By the number of the first result.
    expect(play(search, answer(words, "1"))).toBeCloseTo(1);
    // No image: (0.4 · 1 + 0.2 · 0) / 0.6.
    expect(play(search, answer(words))).toBeCloseTo(0.4 / 0.6);
    // The right one, without a search: it helps, and is called invented.
    expect(play(answer(words, helped.helpful[0]!))).toBeCloseTo(1 - 0.2);
    // One right, one invented: (0.4 + 0.3 · 0.5 + 0.2) / 0.9 − 0.2.
    expect(play(search, answer(words, "1", "9"))).toBeCloseTo(0.75 / 0.9 - 0.2);
    expect(play(search, { name: "answer", argument: "left, blue" })).toBeCloseTo(-0.1);
  });

  it("keeps a result's number over searches, and says when nothing is found", () => {
    const environment = create();
    environment.reset(helped, 0);
    const first = environment.step({ name: "search", argument: helped.question }).observation;
    expect(first).toMatch(/^1\. \w+: .* \(content\/images\/\S+\)\n2\. /);
    const again = environment.step({ name: "search", argument: `${helped.question} logo` });
    expect(again.observation).toContain(first.split("\n")[0]!);
    expect(environment.step({ name: "search", argument: "qqq" }).observation).toBe("no image");
  });

  it("shows a model the numbers that its answers are read by, also after a second search", () => {
    const alts = ["Red pump", "Blue pump", "Pump with a valve (new)", "Red valve", "Blue valve"];
    const pairs = alts.map((alt, line) => ({
      ...{ url: `my ${alt} (1).png`, alt, headings: [], before: "", after: "", source: "a.md" },
      ...{ line, type: "photo" as const, confidence: 1, band: "high" as const },
    }));
    const images = imageSearch(pairs);
    const environment = multimodalEnvironment({ images });
    const helpful = ["my Blue valve (1).png"];
    environment.reset({ ...helped, helpful }, 0);
    const searches = ["pump", "valve"].map((argument) =>
      environment.step({ name: "search", argument }),
    );
    const [first, second] = searches.map(({ observation }) => ({
      given: [...observation.matchAll(/^\d/gm)].map(([number]) => number).toSorted(),
      shown: compactMultimodalFormat.observe!(observation),
    }));
    expect(first!.given).toEqual(["1", "2", "3"]);
    // What both searches find keeps its number.
    expect(second!.given).toEqual([expect.stringMatching(/[123]/), "4", "5"]);
    for (const { given, shown } of [first!, second!]) expect(shown.match(/\d/g)).toEqual(given);
    const [, number] = /(\d) blue valve/.exec(second!.shown)!;
    expect(environment.step(answer(helped.facts.join(" "), number!)).reward).toBeCloseTo(1);
    const found = shownResults(searches.map(({ observation }) => observation));
    expect(found.find((result) => result.number === Number(number))?.url).toBe(helpful[0]);
    images.close();
  });

  it("reports the metrics that apply by name", async () => {
    const without = tasks.find(({ helpful }) => helpful.length === 0)!;
    const rewardOf = async (task: typeof helped) =>
      multimodalEpisodeReward(task, await runEpisode(create(), task, multimodalExpert()));
    expect((await rewardOf(helped)).components).toEqual({
      ...{ text_quality: 1, image_relevance: 1, image_completeness: 1, image_given: 1 },
      ...{ overall: 1, invented_urls: 0, searches: 1, success: 1 },
    });
    expect((await rewardOf(without)).components).toEqual({
      ...{ text_quality: 1, restraint: 1, overall: 1 },
      ...{ invented_urls: 0, searches: 1, success: 1 },
    });
  });

  it("has an expert whose mistakes cost", async () => {
    const expert = (i: number) => multimodalExpert({ mistakeRate: 0.5, seed: i });
    const episodes = await Promise.all(
      tasks.map((task, i) => runEpisode(create(), task, expert(i))),
    );
    const mean = episodes.reduce((sum, { totalReward }) => sum + totalReward, 0) / tasks.length;
    expect(mean).toBeLessThan(0.9);
    expect(mean).toBeGreaterThan(0.5);
  });
});

describe("the wordings of episodes", () => {
  it("are read back as the actions that were written", async () => {
    const episode = await runEpisode(create(), helped, multimodalExpert());
    const compact = conversationOf(episode, compactMultimodalFormat).map(({ content }) => content);
    expect(compact[1]).toMatch(/^find [a-z ]+$/);
    expect(compact[2]).toMatch(/^1 [a-z ]+ 2 [a-z ]+ 3 [a-z ]+$/);
    expect(compact[3]).toMatch(/^[a-z ]+ \| 1$/);
    expect(compact.join(" ")).not.toMatch(/[*(.]|\bthe\b/);
    for (const format of [compactMultimodalFormat, instructedMultimodalFormat]) {
      const environment = create();
      environment.reset(helped, 0);
      const rewards = conversationOf(episode, format)
        .filter(({ role }) => role === "assistant")
        .map(({ content }) => environment.step(format.parse!(content)!).reward);
      expect(rewards).toEqual([0, 1]);
    }
  });

  it("make no action of what is none", () => {
    expect(compactMultimodalFormat.parse!("left blue")).toBeUndefined();
    expect(compactMultimodalFormat.parse!("find")).toBeUndefined();
    expect(compactMultimodalFormat.parse!("left | one")).toBeUndefined();
    expect(instructedMultimodalFormat.parse!("Here you are.")).toBeUndefined();
  });
});

describe("the metrics of an answer", () => {
  const facts = ["left", "blue cable"];
  const of = (text: string, urls: string[], helpful: string[], found = ["a", "b", "c"]) =>
    replyMetrics({ text, images: urls.map(image) }, { facts, helpful, found: new Set(found) });

  it("are worked out from what is given, helps and was found", () => {
    const words = "Take the blue cable to the left port.";
    expect(of(words, ["a", "b"], ["a", "c"])).toEqual({
      ...{ textQuality: 1, imageRelevance: 0.5, imageCompleteness: 0.5, invented: 0 },
      // (0.4 + 0.3 · 0.5 + 0.2 · 0.5) / 0.9
      overall: expect.closeTo(0.65 / 0.9) as number,
    });
    expect(of(words, [], [])).toMatchObject({ restraint: 1, overall: 1 });
    expect(of(words, [], [])).not.toHaveProperty("imageRelevance");
    expect(of(words, ["a"], [])).toMatchObject({
      ...{ restraint: 0, imageRelevance: 0, overall: expect.closeTo(0.5) as number },
    });
    expect(of(words, ["a", "a"], ["a"]).imageRelevance).toBe(1);
    expect(of(words, ["x"], ["a"]).invented).toBe(1);
    expect(replyMetrics(undefined, { facts, helpful: [] })).toMatchObject({
      ...{ textQuality: 0, restraint: 0, overall: 0 },
    });
  });

  it("ask of a text its facts, few other words, and no address of an image", () => {
    const quality = (text: string): number => of(text, [], []).textQuality;
    expect(quality("left")).toBeCloseTo(0.8 * 0.5 + 0.2);
    expect(quality("the cable is blue, the port left")).toBeCloseTo(0.8 * 0.5 + 0.2);
    expect(quality("left blue cable ![x](x.png)")).toBeCloseTo(0.8);
    // 12 + 4 · 3 words are enough.
    expect(quality(`left blue cable ${"more ".repeat(45)}`)).toBeCloseTo(0.8 + 0.2 * 0.5);
    expect(quality("")).toBe(0);
  });
});

describe("an answer in a model's words", () => {
  it("is a JSON object of its schema, whatever stands around it", () => {
    const reply = { text: "Left.", images: [{ url: "a", alt: "b", reason: "c" }] };
    expect(parseReply(`Sure:\n\`\`\`json\n${JSON.stringify(reply)}\n\`\`\``)).toEqual({ reply });
    const problems = [
      ["Left.", "no JSON object"],
      ['{"text":1,"images":[]}', '"text" is no text'],
      ['{"text":"a"}', '"images" is no list'],
      ['{"text":"a","images":[],"more":1}', 'no key "more"'],
      ['{"text":"a","images":["a.png"]}', "an image is not"],
      ['{"text":"a","images":[{"url":"a","alt":"b"}]}', "an image is not"],
    ] as const;
    for (const [words, problem] of problems)
      expect(parseReply(words)).toMatchObject({
        problem: expect.stringContaining(problem) as string,
      });
  });
});

describe("the questions of documents", () => {
  it("hold out whole documents, whatever the seed", () => {
    const documents = (split: "train" | "test", seed: number) =>
      new Set(
        sample.questions({ split, count: 2000, seed }).map(({ id }) => id.replace(/:.*/, "")),
      );
    for (const seed of [0, 1]) {
      const test = documents("test", seed);
      expect(test.size).toBe(39);
      expect([...documents("train", seed + 1)].filter((name) => test.has(name))).toEqual([]);
    }
    expect(sample.questions({ split: "train", count: 4000, seed: 0 })).toHaveLength(4000);
    expect(sample.questions({ split: "test", count: 60, seed: 1 })).toEqual(tasks);
  });

  it("show no fact's mark to a new model, and no image before it is searched", () => {
    for (const { question, context, helpful } of tasks) {
      expect(context).toMatch(/[*`]/);
      expect(compactMultimodalFormat.observe!(`${question}\n\n${context}`)).not.toMatch(/[*`]/);
      expect(helpful.some((url) => context.includes(url))).toBe(false);
    }
  });

  it("are made of any document: its headings, what stands out, its images", () => {
    const page = [
      "# Pump",
      "## Valves",
      "Open the `main` valve with **two turns**.\n\n![Where the main valve is](v.png)\n\n![Pump logo](logo.png)",
      "## Noise",
      "The pump makes 40 decibels of noise while pumping; pumping at night makes 35.",
    ].join("\n\n");
    const place = { source: "docs/pump.md", root: "/docs", path: "/docs/pump.md" };
    const made = documentation([{ ...place, text: page, isMdx: false }], () => true);
    const questions = made.questions({ split: "test", count: 9, seed: 0 });
    made.images.close();
    const valves = questions.find(({ question }) => question.includes("Valves"))!;
    expect(valves).toMatchObject({
      question: "What should I know about Valves (Pump)?",
      facts: ["main", "two turns"],
      helpful: ["docs/v.png"],
    });
    expect(questions.find(({ question }) => question.includes("Noise"))!.helpful).toEqual([]);
    expect(factsOf("It makes 40 decibels, and 35 decibels at night.")).toEqual([
      ...["40", "35", "decibels"],
    ]);
    expect(questionOf(["Pump", "How to oil the pump"])).toBe("How to oil the pump?");
  });
});

describe("the search for images", () => {
  it("finds by words, types and confidence, best first", () => {
    const found = sample.images.search("Where do I connect the amber pump?", { limit: 4 });
    expect(found).toHaveLength(4);
    expect(found.map(({ score }) => score)).toEqual(
      found.map((f) => f.score).toSorted((a, b) => b - a),
    );
    expect(sample.images.search("amber pump", { types: ["logo"], limit: 1 })).toEqual([
      {
        ...{
          url: "content/images/amber-pump-logo.svg",
          alt: "Logo of the amber pump",
          type: "logo",
        },
        ...{ score: expect.any(Number) as number, source: "content/machines/amber-pump.md" },
      },
    ]);
    expect(sample.images.search("amber pump", { minConfidence: 1 })).toEqual([]);
    expect(sample.images.search('"; drop table" AND OR')).toEqual([]);
  });

  it("scores every match above 0 in a small collection, and looks for no words of asking", () => {
    const words = ["A dashboard", "Dashboard of the dashboard service", "What to know about pumps"];
    const images = imageSearch(
      words.map((alt, i) => ({
        ...{ url: `https://a.example/${i}.png`, alt, headings: [], before: "", after: "" },
        ...{ source: "a/b.md", line: 1 + i, type: "other", confidence: 1, band: "high" },
      })),
    );
    const alts = (query: string) => images.search(query).map(({ alt }) => alt);
    expect(alts("What should I know about the dashboard?")).toEqual([words[1], words[0]]);
    expect(images.search("dashboard").every(({ score }) => score > 0)).toBe(true);
    expect(alts("dashboard service")).toEqual([words[1], words[0]]);
    images.close();
  });
});

it("makes the same documentation from the same seed, with pictures that can be opened", () => {
  const site = sampleSite(0);
  expect(sampleSite(0)).toEqual(site);
  expect(site.filter(({ path }) => path.endsWith(".md")).length).toBeGreaterThan(150);
  const png = site.find(({ path }) => path.endsWith(".png"))!.content as Uint8Array;
  expect(Buffer.from(png.slice(1, 4)).toString()).toBe("PNG");
});
