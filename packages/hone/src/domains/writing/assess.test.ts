import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runEpisode } from "../../environments/run-episode.ts";
import { assess, type Draft } from "./assess.ts";
import { type Brief, formatBrief, parseBrief } from "./brief.ts";
import { writingEnvironment } from "./environment.ts";
import { writingExpert } from "./expert.ts";
import { smallLanguage } from "./lexicon.ts";
import { draftOf } from "./rewards.ts";
import { type WritingTask, writingTasks } from "./tasks.ts";

const brief = parseBrief("note about cat: apple, garden; 10 to 20 words; without dog");
const draft = (text: string, rest: Partial<Draft> = {}): Draft => ({
  paragraphs: [text],
  outline: ["garden", "apple"],
  ideas: ["quiet", "river"],
  ...rest,
});
const good = "The quiet cat waits in the garden. Then it sees an apple by the river.";

const tasks = writingTasks({ split: "train", count: 30, levels: [1, 2, 3] });
const solved = (): Promise<readonly { task: WritingTask; brief: Brief; draft: Draft }[]> =>
  Promise.all(
    tasks.map(async (task, seed) => {
      const episode = await runEpisode(writingEnvironment(), task, writingExpert({ seed }));
      return { task, brief: parseBrief(task.brief), draft: draftOf(task, episode) };
    }),
  );

describe("the assessment of a text", () => {
  it("gives each part what its formula says", () => {
    const found = assess(brief, draft(good));
    // 15 words in 14 different pairs; fresh words of content: quiet, waits, sees, river, 4 of the 3.75 that are asked for; both ideas.
    expect(found).toEqual({
      ...{ grammar: 1, coherence: 1, creativity: 1, points: 1, length: 1, quality: 7 },
      faults: [],
    });
    // Another order than the outline's, and no river: coherence (0 + 1 + 1) / 3, creativity (1 + 3 / 3 + 1 / 2) / 3.
    const other = assess(brief, draft("The quiet cat sees an apple. Then it waits in the garden."));
    expect(other.coherence).toBeCloseTo(2 / 3, 9);
    expect(other.creativity).toBeCloseTo(2.5 / 3, 9);
    expect(other.quality).toBeCloseTo(2 * (2 / 3) + 2.5 / 3 + 2 + 2, 9);
  });

  it.each([
    ["The quiet cat waits in the garden by the old river.", ["missing apple"]],
    ["The cat waits in the garden. Then it sees a apple.", ["a/an", "missing apple"]],
    [`${good} The dog sees it.`, ["forbidden dog"]],
    ["The cat sees an apple in the garden.", ["too short"]],
    [`${good} Then it sings near the old river by the small house.`, ["too long"]],
    [`${good} It sees an apple by the river.`, ["repeated", "too long"]],
    ["The owl waits in the garden. Then it sees an apple by the river.", ["missing cat"]],
  ])("names the faults of %j", (text, faults) => {
    expect(assess(brief, draft(text)).faults).toEqual(faults);
  });

  it("asks for the tone and the form of the brief", () => {
    const faults = (text: string, paragraph: string): readonly string[] =>
      assess(parseBrief(text), draft(paragraph)).faults;
    const ending = ": apple, garden; 10 to 20 words";
    const said = "The cat waits in the garden. Then it sees an apple by the river.";
    expect(faults(`dark story about cat${ending}`, said)).toEqual(["not dark", "not a story"]);
    expect(faults(`happy ad about cat${ending}`, said)).toEqual(["not happy", "not an ad"]);
    expect(faults(`report about cat${ending}`, said.replace("garden.", "garden!"))).toEqual([
      "not a report",
    ]);
    const story = "One day the cold cat waits in the garden. Then it sees an apple.";
    expect(faults(`dark story about cat${ending}`, story)).toEqual([]);
  });

  it("takes free English on a subject of one's own", () => {
    const own = parseBrief(
      "happy story about mill: river, first snow; 25 to 60 words; 2 paragraphs; without death",
    );
    const found = assess(own, {
      outline: ["river", "first snow"],
      ideas: ["miller", "frozen wheel"],
      paragraphs: [
        "Once a cheerful miller lived in an old mill by the river. He opened its doors every morning.",
        "Then the first snow fell on the roof. Children came to see the frozen wheel, and they laughed all day.",
      ],
    });
    expect(found.faults).toEqual([]);
    expect(found.quality).toBeGreaterThan(6);
  });
});

describe("degenerate texts", () => {
  const worth = (of: Brief, from: Draft, ...paragraphs: readonly string[]) =>
    assess(of, { ...from, paragraphs });

  it("are worth nothing when they are empty, and are not accepted", () => {
    for (const text of ["", " ", ".", "...", "!!!"]) {
      expect(worth(brief, draft(""), text)).toMatchObject({ quality: 0 });
      expect(worth(brief, draft(""), text).faults).not.toEqual([]);
    }
  });

  it("are worth at most two of seven points: repeated sentences, shuffled words, the brief, its points, endless text", async () => {
    for (const { brief: of, draft: from, task } of await solved()) {
      const text = from.paragraphs.join(" ");
      const [first = ""] = text.match(/[^.!?]+[.!?]/) ?? [];
      const words = text.toLowerCase().replace(/[.!?]/g, "").split(" ");
      const cases = {
        repeated: Array(6).fill(first.trim()).join(" "),
        reversed: `${words.toReversed().join(" ")}.`,
        sorted: `The ${words.toSorted().join(" ")}.`,
        brief: `${task.brief}.`,
        asSentence: `Note about ${of.subject} ${of.points.join(" ")}.`,
        points: `The ${of.subject} is ${of.points.join(" ")}.`,
        salad: `The ${[...of.points, of.subject, ...words].join(" the ")}.`,
        endless: `${text} `.repeat(40),
        offTopic: "Then it is quiet. Now it rests there. Soon it sings again. It also waits.",
      };
      for (const [what, degenerate] of Object.entries(cases)) {
        const { quality, faults } = worth(of, from, degenerate);
        expect(quality, `${what}: ${degenerate}`).toBeLessThanOrEqual(2);
        expect(faults, what).not.toEqual([]);
      }
    }
  });

  it("gain nothing by a second copy of a good text, or by a forbidden word", async () => {
    for (const { brief: of, draft: from } of await solved()) {
      const { quality } = assess(of, from);
      const doubled = { ...from, paragraphs: from.paragraphs.map((text) => `${text} ${text}`) };
      expect(assess(of, doubled).quality).toBeLessThan(quality - 0.5);
      const forbidden = {
        ...from,
        paragraphs: from.paragraphs.map((text) => `${text} The ${of.forbidden[0]} waits there.`),
      };
      expect(assess(of, forbidden).quality).toBeLessThan(quality - 1);
    }
  });

  it("of words drawn at random are never accepted, and are worth next to nothing", () => {
    const words = Object.values(smallLanguage).flat();
    const sentence = fc
      .array(fc.constantFrom<string>(...words), { minLength: 3, maxLength: 9 })
      .map((drawn) => `${drawn[0]!.charAt(0).toUpperCase()}${drawn.join(" ").slice(1)}.`);
    let [total, count] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom(...tasks),
        fc.array(sentence, { minLength: 1, maxLength: 5 }),
        (task, sentences) => {
          const of = parseBrief(task.brief);
          const found = worth(of, { ...draft(""), outline: of.points }, sentences.join(" "));
          expect(found.faults).not.toEqual([]);
          total += found.quality;
          count += 1;
        },
      ),
      { numRuns: 300, seed: 1 },
    );
    expect(total / count).toBeLessThan(0.1);
  });

  it("of any characters are assessed without a failure, between 0 and 7", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary", maxLength: 200 }), { maxLength: 3 }),
        (paragraphs) => {
          const { quality } = assess(brief, { ...draft(""), paragraphs });
          expect(quality).toBeGreaterThanOrEqual(0);
          expect(quality).toBeLessThanOrEqual(7);
        },
      ),
    );
  });

  it("are assessed in time proportional to their length", () => {
    // Of the processor, so that other work of the machine does not count.
    const began = process.cpuUsage();
    for (const unit of ["a", "a ", "The cat waits. ", "a => ", "((((", '"'])
      assess(brief, draft(unit.repeat(20_000 / unit.length)));
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000);
  });
});

describe("a brief", () => {
  it("is read back as it was written", () => {
    for (const task of tasks) expect(formatBrief(parseBrief(task.brief))).toBe(task.brief);
    expect(parseBrief("Note  about Old Mill: River , snow").subject).toBe("old mill");
  });

  it.each([
    ["", "must begin as in"],
    ["poem about cat: apple", "must begin as in"],
    ["angry note about cat: apple", '"angry" is no tone'],
    ["note about cat: apple, apple", "names something twice"],
    ["note about cat: one two three four", "must be one to three words"],
    ["note about cat: apple; 20 to 10 words", "its length must be"],
    ["note about cat: apple; 10 to 20 words; 10 to 20 words", "says again"],
    ["note about cat: apple; in French", '"in french" cannot be read'],
    [`note about cat: apple${" ".repeat(600)}`, "longer than 600"],
  ])("%j is refused with its fault named", (text, problem) => {
    expect(() => parseBrief(text)).toThrow(/BRIEF_INVALID/);
    expect(() => parseBrief(text)).toThrow(problem);
  });
});
