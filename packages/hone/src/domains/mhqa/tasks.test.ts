import { describe, expect, it } from "vitest";
import { searchWords } from "../../core/search-words.ts";
import { factsOfChain, parseQuestion, questionText } from "./questions.ts";
import { filled, relationNames, relations } from "./relations.ts";
import {
  problemOf,
  questionSplitOf,
  questionSplits,
  questionTask,
  questionTasks,
} from "./tasks.ts";
import { makeWorld, namePool } from "./world.ts";

describe("worlds", () => {
  it("state each fact in one document, in a sentence that names its subject and its object", () => {
    for (const number of [0, 8, 77]) {
      const { facts, documents, names } = makeWorld(number);
      expect(facts).toHaveLength(6 + 6 + 6 + 6 + 5);
      expect(documents).toHaveLength(20);
      for (const { relation, subject, object, document } of facts) {
        const sayings = relations[relation].sentences.map((one) => filled(one, subject, object));
        const stating = documents.filter(({ text }) => sayings.some((one) => text.includes(one)));
        expect(stating.map(({ title }) => title)).toEqual([document]);
        expect(names[relations[relation].object]).toContain(object);
      }
    }
  });

  it("are the same for the same number, and have other facts about the same names otherwise", () => {
    expect(makeWorld(5)).toEqual(makeWorld(5));
    expect(makeWorld(5).facts).not.toEqual(makeWorld(6).facts);
  });

  it("are made of names that are one word each and no part of a sentence", () => {
    const names = Object.values(namePool).flat();
    expect(new Set(names).size).toBe(names.length);
    const said = new Set(
      Object.values(relations).flatMap(({ sentences }) => sentences.flatMap(searchWords)),
    );
    expect(
      names.filter((name) => searchWords(name).length !== 1 || said.has(name.toLowerCase())),
    ).toEqual([]);
  });
});

describe("questions", () => {
  it.each([
    ["Who wrote Ember?", "Ember", ["author"]],
    ["where was Ada born", undefined, undefined],
    ["Where was Ada born", "Ada", ["birthplace"]],
    ["In which country is the birthplace of Ada?", "Ada", ["birthplace", "country"]],
    ["Who taught the teacher of the author of Ember?", "Ember", ["author", "teacher", "teacher"]],
    ["Who is Ada?", undefined, undefined],
    [`Who wrote ${"the author of ".repeat(60)}Ember?`, undefined, undefined],
  ])("%j are read as a start and its relations", (text, start, hops) => {
    expect(parseQuestion(text)).toEqual(start && { start, relations: hops });
  });

  it("are read back as they are written, in each wording", () => {
    for (const first of relationNames)
      for (const last of relationNames) {
        const chain = { start: "Ada", relations: [first, last] };
        for (const form of [0, 1]) expect(parseQuestion(questionText(chain, form))).toEqual(chain);
      }
  });
});

describe("tasks of questions", () => {
  const of = (split: (typeof questionSplits)[number], seed: number) =>
    questionTasks({ split, count: 90, levels: [1, 2, 3], seed });

  it("share neither worlds nor questions between the splits, whatever the seed", () => {
    const all = questionSplits.map((split) => [...of(split, 0), ...of(split, 1)]);
    const worlds = all.map((tasks) => new Set(tasks.map(({ world }) => world)));
    const asked = all.map(
      (tasks) => new Set(tasks.map(({ question }) => JSON.stringify(parseQuestion(question)))),
    );
    for (const sets of [worlds, asked])
      for (const [i, j] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const)
        expect([...sets[i]!].filter((one) => sets[j]!.has(one as never))).toEqual([]);
    all.forEach((tasks, i) => {
      for (const { question } of tasks) expect(questionSplitOf(question)).toBe(questionSplits[i]);
    });
  });

  it("take as many hops as their level says, to an answer that the world's facts give", () => {
    for (const task of of("test", 2)) {
      const facts = factsOfChain(makeWorld(task.world!), parseQuestion(task.question)!)!;
      expect(facts).toHaveLength(task.level!);
      expect(facts.at(-1)!.object).toBe(task.answer);
      expect(task.hops!.map(({ document }) => document)).toEqual(
        facts.map((fact) => fact.document),
      );
      expect(new Set([facts[0]!.subject, ...facts.map((fact) => fact.object)]).size).toBe(
        task.level! + 1,
      );
    }
  });

  it("are the same for the same options, and others for another seed", () => {
    expect(of("train", 5)).toEqual(of("train", 5));
    expect(of("train", 5)).not.toEqual(of("train", 6));
    expect(new Set(of("train", 5).map(({ id }) => id)).size).toBe(90);
    expect(() => questionTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
    expect(() => questionTasks({ split: "test", count: 1, levels: [4 as 3] })).toThrow(
      /levels = 4/,
    );
  });

  it("are made of questions of one's own about the sample world, which may not know their names", () => {
    const task = questionTask("  Who wrote Umbrella? ");
    expect(task).toMatchObject({ question: "Who wrote Umbrella?", world: 8, level: 1 });
    const { level, ...other } = of("test", 0)[2]!;
    expect(questionTask(problemOf({ ...other }))).toMatchObject({ ...other, level });
    expect(() => questionTask("Who wrote Nothing?")).toThrow(
      /QUESTION_INVALID.*knows no answer; it has .*Umbrella.*; nor does the sample library.*Jane Austen/,
    );
    expect(() => questionTask("world 8: Who wrote Emma?")).toThrow(/it has .*Umbrella[^;]*$/m);
    expect(() => questionTask("world 17: Who are you?")).toThrow(/QUESTION_INVALID.*none of the/);
    expect(() => questionTask(" \n ")).toThrow(/QUESTION_INVALID.*empty/);
  });

  it("are made of questions in other words about a text, or about the sample library", () => {
    const free = questionTask("Who wrote The Hobbit and what else?");
    expect(Object.keys(free)).toEqual(["id", "question", "warnings"]);
    expect(questionTask("Who wrote Emma?").warnings).toEqual([
      "it is asked of the sample library, since world 8 has no Emma",
      ...free.warnings!,
    ]);
    const own = questionTask("Who came?\n\nMia came.\n\nTom left.");
    expect(own).toMatchObject({ question: "Who came?", text: "Mia came.\n\nTom left." });
    for (const task of [free, own]) expect(questionTask(problemOf(task))).toEqual(task);
    expect(questionSplitOf("Who are you?")).toBeUndefined();
  });
});
