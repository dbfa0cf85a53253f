/**
 * Sentences of a text, and what is wrong with each by rules that can be stated: no model judges them.
 *
 * A sentence of words of the small language only must have the shape of its grammar. Any other sentence is checked by pairs of
 * function words, which shuffled words break soon. Both may refuse what a good writer may write; neither takes word salad.
 */
import {
  commonVerbs,
  conjunctions,
  determiners,
  finiteAuxiliaries,
  functionWords,
  prepositions,
  smallClassOf,
  subjectPronouns,
} from "./lexicon.ts";

/** A sentence with its faults. */
export interface CheckedSentence {
  /** The sentence as it stands in the text, with its end mark. */
  readonly text: string;
  /** Its words in lower case. */
  readonly words: readonly string[];
  /** What is wrong with it, each fault once. Empty for a sentence without fault. */
  readonly faults: readonly SentenceFault[];
}

/** What can be wrong with a sentence. */
export type SentenceFault =
  | "capital"
  | "end mark"
  | "spacing"
  | "sign"
  | "short sentence"
  | "long sentence"
  | "a/an"
  | "doubled word"
  | "agreement"
  | "verb"
  | "word order"
  | "no word";

/** The words of a text in lower case, without punctuation. */
export const wordsOf = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];

/**
 * The sentences of a text, each checked. Text behind the last end mark is a sentence without one.
 * @example checkSentences("A owl sleeps. it waits").map(({ faults }) => faults); // [["a/an"], ["capital", "end mark", "short sentence"]]
 */
export const checkSentences = (text: string): readonly CheckedSentence[] =>
  (text.match(/[^.!?]*[.!?]+["')\]]*|[^.!?]+$/g) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "")
    .map(checkSentence);

function checkSentence(text: string): CheckedSentence {
  const words = wordsOf(text);
  const found = checks.filter(({ isWrong }) => isWrong(text, words)).map(({ fault }) => fault);
  return { text, words, faults: found };
}

interface SentenceCheck {
  readonly fault: SentenceFault;
  readonly isWrong: (text: string, words: readonly string[]) => boolean;
}

const checks: readonly SentenceCheck[] = [
  { fault: "capital", isWrong: (text) => !/^["'(]?[\p{Lu}\p{N}]/u.test(text) },
  { fault: "end mark", isWrong: (text) => !/(?:[^.!?][.!?]|[^.]\.\.\.)["')\]]*$/.test(text) },
  { fault: "spacing", isWrong: (text) => /\s[,;:.!?]|\s{2}|,\S/.test(text) },
  { fault: "sign", isWrong: (text) => /[^\p{L}\p{N}\s.,;:!?'’"()%-]/u.test(text) },
  { fault: "short sentence", isWrong: (_text, words) => words.length < 3 },
  { fault: "long sentence", isWrong: (_text, words) => words.length > 40 },
  { fault: "a/an", isWrong: (_text, words) => pairs(words).some(([a, b]) => isWrongArticle(a, b)) },
  { fault: "doubled word", isWrong: (_text, words) => pairs(words).some(([a, b]) => a === b) },
  { fault: "agreement", isWrong: (_text, words) => pairs(words).some(disagrees) },
  { fault: "verb", isWrong: (_text, words) => !hasVerb(words) },
  { fault: "word order", isWrong: (_text, words) => !isOrdered(words) },
  { fault: "no word", isWrong: (_text, words) => words.some((word) => !isPronounceable(word)) },
];

type Pair = readonly [string, string];

const pairs = (words: readonly string[]): readonly Pair[] =>
  words.slice(1).map((word, i) => [words[i]!, word] as const);

/** Words that begin with another sound than their first letter says. */
const spokenWithVowel = /^(hour|honest|honou?r|heir)/;
const spokenWithConsonant = /^(uni(?!m|n)|use|usual|one\b|once|eu|ewe)/;

function isWrongArticle(article: string, next: string): boolean {
  if (article !== "a" && article !== "an") return false;
  const isVowel =
    spokenWithVowel.test(next) || (/^[aeiou]/.test(next) && !spokenWithConsonant.test(next));
  return isVowel !== (article === "an");
}

/** Verb forms that do not go with a subject right before them. */
const disagreements: Readonly<Record<string, string>> = {
  i: "is are has does goes",
  he: "are have do am go",
  she: "are have do am go",
  it: "are have do am go see like find want take sleep sing wait rest play walk",
  we: "is was has does am goes",
  you: "is was has does am goes",
  they: "is was has does am goes",
  these: "is was has does",
  those: "is was has does",
};

const disagrees = ([subject, verb]: Pair): boolean =>
  Object.hasOwn(disagreements, subject) && disagreements[subject]!.split(" ").includes(verb);

/** True with an auxiliary, a common verb, a word in -ed, or a word in -s behind a word of content, as in "the moon glimmers". */
const hasVerb = (words: readonly string[]): boolean =>
  words.some((word, i) => {
    const isKnown = finiteAuxiliaries.has(word) || commonVerbs.has(word) || /..ed$/.test(word);
    const before = words[i - 1];
    return isKnown || (before !== undefined && /..s$/.test(word) && !functionWords.has(before));
  });

/** D A* N or a pronoun; a verb with what it takes; up to two places; with or without an opening and a second part. */
const nounPhrase = "(?:DA*N|R)";
const placePhrase = `(?:P${nounPhrase})`;
const verbPhrase = `(?:(?:T${nounPhrase}|I|B(?:A|${placePhrase}))${placePhrase}{0,2}C?)`;
const smallSentence = new RegExp(
  `^(?:C|K|${placePhrase})?${nounPhrase}${verbPhrase}(?:K(?:C?${nounPhrase})?${verbPhrase})?$`,
);

/** Whether the words stand in an order that a sentence can have. */
function isOrdered(words: readonly string[]): boolean {
  const shape = words.map(smallClassOf);
  // "One day" opens stories: an adverb.
  if (words[0] === "one" && words[1] === "day") shape.splice(0, 2, "C");
  const isSmall = shape.every((letter) => letter !== undefined);
  if (isSmall) return smallSentence.test(shape.join(""));
  return (
    !pairs(words).some(isImpossible) && !isBrokenOff(words.at(-1) ?? "") && hasFunctionWords(words)
  );
}

/** Pairs of function words that stand beside each other in no sentence. */
function isImpossible([first, second]: Pair): boolean {
  const isFinite = finiteAuxiliaries.has(second);
  const closes = conjunctions.has(second) || prepositions.has(second);
  if (determiners.has(first))
    return (
      determiners.has(second) ||
      closes ||
      isFinite ||
      subjectPronouns.has(second) ||
      second === "it"
    );
  if (prepositions.has(first))
    return subjectPronouns.has(second) || isFinite || conjunctions.has(second) || second === "of";
  if (subjectPronouns.has(first))
    return determiners.has(second) || subjectPronouns.has(second) || second === "of";
  if (finiteAuxiliaries.has(first)) return isFinite;
  return false;
}

const isBrokenOff = (last: string): boolean =>
  determiners.has(last) || conjunctions.has(last) || last === "of" || last === "into";

/** The longest run of words without a function word, and the least share of function words in a sentence of six words or more. */
const maxContentRun = 4;
const minFunctionShare = 0.2;

function hasFunctionWords(words: readonly string[]): boolean {
  const isFunction = words.map((word) => functionWords.has(word));
  const text = isFunction.map((is) => (is ? "f" : "c")).join("");
  if (text.includes("c".repeat(maxContentRun + 1))) return false;
  const share = isFunction.filter(Boolean).length / words.length;
  return words.length < 6 || share >= minFunctionShare;
}

/** A number, or letters that can be spoken: a vowel in every word of four letters or more, no letter four times, at most 20 letters. */
const isPronounceable = (word: string): boolean =>
  /^\p{N}/u.test(word) ||
  (word.length <= 20 &&
    (word.length < 4 || /[aeiouy]|[^a-z'’-]/.test(word)) &&
    !/(.)\1\1/.test(word));
