import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smallLanguage } from "./lexicon.ts";
import { checkSentences } from "./sentences.ts";

const faultsOf = (text: string): readonly string[] =>
  checkSentences(text).flatMap(({ faults }) => faults);

/** Free English, as a pretrained model writes it. */
const freeText = [
  "The old mill stood by the river for a hundred years.",
  "Every morning an honest miller opened its heavy door and swept the floor.",
  "He said that the first snow would bring fewer customers, but he was wrong.",
  "Children came to see the frozen wheel, and their parents bought bread.",
  "By spring the miller had a new roof!",
  "Our report covers the first quarter of the year.",
  "Sales in Europe grew by 12 %, while costs stayed the same.",
  "Why did the birds leave so early?",
  "She didn't know where they had gone.",
  "An hour later, a university student found them near a one-way street.",
];

describe("the checks of a sentence", () => {
  it.each([
    ["it waits in the garden.", "capital"],
    ["The cat waits in the garden", "end mark"],
    ["The cat waits , and it sings.", "spacing"],
    ["The cat waits in the garden {}.", "sign"],
    ["It waits.", "short sentence"],
    [`The cat waits${" and it waits".repeat(20)}.`, "long sentence"],
    ["The cat sees a apple.", "a/an"],
    ["The cat sees an book.", "a/an"],
    ["He waited a hour for us.", "a/an"],
    ["The the cat waits.", "doubled word"],
    ["They is happy in the garden.", "agreement"],
    ["It see the garden.", "agreement"],
    ["The cat of the garden.", "verb"],
    ["Garden the sees cat a.", "word order"],
    ["The cat sees the and a garden.", "word order"],
    ["The minister said the of these.", "word order"],
    ["Stone water paper garden window sees light.", "word order"],
    ["He was in the xkcdqrst with us.", "no word"],
  ])("find in %j the fault %s", (text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });

  it("find none in free English", () => {
    for (const text of freeText) expect([text, faultsOf(text)]).toEqual([text, []]);
  });

  it("split a text at its end marks, and take what is left over for a sentence without one", () => {
    const text = "The cat sings. Is it glad? It waits";
    expect(checkSentences(text).map((sentence) => sentence.text)).toEqual([
      "The cat sings.",
      "Is it glad?",
      "It waits",
    ]);
    expect(checkSentences("")).toEqual([]);
    expect(checkSentences(" . ! ").every(({ faults }) => faults.length > 0)).toBe(true);
  });

  it("refuse nearly every order of the words of a sentence but its own", () => {
    const refused = (sentences: readonly string[]): number => {
      let [count, wrong] = [0, 0];
      fc.assert(
        fc.property(
          fc.constantFrom(...sentences),
          fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
          (sentence, keys) => {
            const words = sentence
              .toLowerCase()
              .replace(/[.!?,]/g, "")
              .split(" ");
            const shuffled = words
              .map((word, i) => [keys[i % 30]!, word] as const)
              .toSorted(([a], [b]) => a - b)
              .map(([, word]) => word)
              .join(" ");
            if (shuffled === words.join(" ")) return;
            count += 1;
            const text = `${shuffled.charAt(0).toUpperCase()}${shuffled.slice(1)}.`;
            if (faultsOf(text).length > 0) wrong += 1;
          },
        ),
        { numRuns: 300, seed: 1 },
      );
      return wrong / count;
    };
    const small = [
      "The quiet cat sees an apple by the river.",
      "Then it waits in the dark garden and it sings.",
      "One day the old owl likes a warm house.",
    ];
    // Some orders are sentences, too: those with other nouns exchanged.
    expect(refused(small)).toBeGreaterThan(0.85);
    expect(refused(freeText.slice(0, 5))).toBeGreaterThan(0.75);
  });

  it("refuse words of the small language that are drawn at random", () => {
    const words = Object.values(smallLanguage).flat();
    let [count, passed] = [0, 0];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<string>(...words), { minLength: 4, maxLength: 12 }),
        (drawn) => {
          const text = drawn.join(" ");
          count += 1;
          if (faultsOf(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`).length === 0)
            passed += 1;
        },
      ),
      { numRuns: 500, seed: 1 },
    );
    expect(passed / count).toBeLessThan(0.02);
  });
});
