/**
 * How good a text is for its brief, by stated checks. Only sentences without fault that say something new count; so repeated,
 * shuffled and copied words are worth next to nothing, whatever else they have.
 */
import type { Brief } from "./brief.ts";
import { functionWords, linkingWords, toneWords } from "./lexicon.ts";
import { type CheckedSentence, checkSentences, wordsOf } from "./sentences.ts";

/** A text on its way: its paragraphs, and what was planned for it. */
export interface Draft {
  /** The paragraphs that are written, in their order. */
  readonly paragraphs: readonly string[];
  /** The points in the order in which they are to come; undefined before there is an outline. */
  readonly outline?: readonly string[];
  /** Ideas that were gathered. */
  readonly ideas: readonly string[];
}

/** What the checks found. Shares are in [0, 1]. */
export interface Assessment {
  /** Sentences without fault, of all sentences. */
  readonly grammar: number;
  /** Mean of three shares: points in the order of the outline, sentences linked to the one before, sentences about the subject. */
  readonly coherence: number;
  /** Mean of three shares: distinct pairs of words, fresh words, ideas that are used. */
  readonly creativity: number;
  /** Points that are mentioned, of all points. */
  readonly points: number;
  /** How well the length fits: 1 inside the range, `words / min` below it, `(max / words)²` above it. */
  readonly length: number;
  /** What the text is worth, from 0 to 7; see `qualityOf`. */
  readonly quality: number;
  /** Everything that keeps the text from being accepted, in words. */
  readonly faults: readonly string[];
}

/** Assesses a draft for its brief. An empty draft has no quality. */
export function assess(brief: Brief, draft: Draft): Assessment {
  const { good, all, faults: sentenceFaults } = sortSentences(brief, draft.paragraphs);
  const words = draft.paragraphs.flatMap(wordsOf);
  const parts = {
    grammar: all.length === 0 ? 0 : good.length / all.length,
    coherence: coherenceOf(brief, draft, good),
    creativity: creativityOf(brief, draft, good),
    points: shareOf(brief.points, (point) =>
      good.some((sentence) => mentions(sentence.words, point)),
    ),
    length: lengthFit(brief, words.length),
  };
  const faults = [...new Set(sentenceFaults), ...textFaults(brief, draft, good, words)];
  const hasForbidden = brief.forbidden.some((word) => mentions(words, word));
  return { ...parts, quality: qualityOf(parts) * (hasForbidden ? 0.5 : 1), faults };
}

/** What each part of the quality is worth at most, in points. */
export const qualityWeights = { coherence: 2, creativity: 1, grammar: 2, points: 2 } as const;

/**
 *     quality = length · (1/4 + 3/4 · points) · (2 coherence + creativity + 2 grammar + 2 points)
 *
 * and half of that with a forbidden word. A text that leaves the points out is worth at most a quarter of the rest.
 */
function qualityOf(
  parts: Pick<Assessment, "grammar" | "coherence" | "creativity" | "points" | "length">,
): number {
  const { grammar, coherence, creativity, points, length } = parts;
  const sum =
    qualityWeights.coherence * coherence +
    qualityWeights.creativity * creativity +
    qualityWeights.grammar * grammar +
    qualityWeights.points * points;
  return length * (0.25 + 0.75 * points) * sum;
}

interface SortedSentences {
  readonly all: readonly CheckedSentence[];
  /** Those without fault that say something new. */
  readonly good: readonly CheckedSentence[];
  readonly faults: readonly string[];
}

function sortSentences(brief: Brief, paragraphs: readonly string[]): SortedSentences {
  const all = paragraphs.flatMap(checkSentences);
  const good: CheckedSentence[] = [];
  const faults: string[] = [];
  for (const sentence of all) {
    const found: readonly string[] =
      sentence.faults.length > 0
        ? sentence.faults
        : good.some((other) => isSame(other.words, sentence.words))
          ? ["repeated"]
          : isCopied(brief, sentence.words)
            ? ["copied"]
            : [];
    if (found.length === 0) good.push(sentence);
    faults.push(...found);
  }
  return { all, good, faults };
}

/** Two sentences say the same when four fifths of their words are the same. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  const [first, second] = [new Set(a), new Set(b)];
  const shared = [...first].filter((word) => second.has(word)).length;
  return shared / (first.size + second.size - shared) >= 0.8;
}

/** A sentence is copied when more than three quarters of its words of content stand in the brief, and there are four or more. */
function isCopied(brief: Brief, words: readonly string[]): boolean {
  const content = contentOf(words);
  const given = new Set(briefWords(brief));
  const taken = content.filter((word) => given.has(word)).length;
  return content.length >= 4 && taken / content.length > 0.75;
}

const briefWords = ({ form, tone, subject, points }: Brief): readonly string[] =>
  [
    form,
    "about",
    "words",
    "paragraphs",
    "without",
    ...(tone === undefined ? [] : [tone]),
    subject,
    ...points,
  ].flatMap(wordsOf);

const contentOf = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !functionWords.has(word));

/** Whether words hold a phrase, its last word also with an s. */
const mentions = (words: readonly string[], phrase: string): boolean => placeOf(words, phrase) >= 0;

/** Where a phrase first stands among words; −1 when it does not. */
function placeOf(words: readonly string[], phrase: string): number {
  const wanted = wordsOf(phrase);
  return words.findIndex((_, at) =>
    wanted.every((word, i) => {
      const found = words[at + i];
      return found === word || (i === wanted.length - 1 && found === `${word}s`);
    }),
  );
}

function coherenceOf(brief: Brief, draft: Draft, good: readonly CheckedSentence[]): number {
  if (good.length === 0) return 0;
  const order = orderShare(draft.outline ?? [], good);
  const linked = good.slice(1).filter((sentence, i) => isLinked(good[i]!, sentence)).length;
  const about = good.filter(
    ({ words }) => mentions(words, brief.subject) || words.some((word) => linkingWords.has(word)),
  );
  return (order + linked / Math.max(1, good.length - 1) + about.length / good.length) / 3;
}

/** Neighbours in the outline of which the first is mentioned no later than the second. */
function orderShare(outline: readonly string[], good: readonly CheckedSentence[]): number {
  const words = good.flatMap((sentence) => sentence.words);
  const places = outline.map((point) => placeOf(words, point));
  const neighbours = places.slice(1).filter((place, i) => places[i]! >= 0 && place >= places[i]!);
  return outline.length < 2 ? 0 : neighbours.length / (outline.length - 1);
}

/** A sentence is linked when it opens with, or has, a linking word, or shares a word of content with the one before. */
function isLinked(before: CheckedSentence, sentence: CheckedSentence): boolean {
  const known = new Set(contentOf(before.words));
  return sentence.words.some((word) => linkingWords.has(word) || known.has(word));
}

function creativityOf(brief: Brief, { ideas }: Draft, good: readonly CheckedSentence[]): number {
  const words = good.flatMap((sentence) => sentence.words);
  if (words.length === 0) return 0;
  const pairs = words.slice(1).map((word, i) => `${words[i]} ${word}`);
  const given = new Set(briefWords(brief));
  const fresh = new Set(contentOf(words).filter((word) => !given.has(word))).size;
  return (
    (new Set(pairs).size / Math.max(1, pairs.length) +
      Math.min(1, fresh / (0.25 * words.length)) +
      shareOf(ideas, (idea) => mentions(words, idea))) /
    3
  );
}

const shareOf = <Item>(items: readonly Item[], test: (item: Item) => boolean): number =>
  items.length === 0 ? 0 : items.filter(test).length / items.length;

function lengthFit({ minWords, maxWords }: Brief, words: number): number {
  if (words < minWords) return words / minWords;
  return words <= maxWords ? 1 : (maxWords / words) ** 2;
}

/** What keeps a text from being accepted beside the faults of its sentences. */
function textFaults(
  brief: Brief,
  draft: Draft,
  good: readonly CheckedSentence[],
  words: readonly string[],
): readonly string[] {
  const missing = brief.points.filter(
    (point) => !good.some((sentence) => mentions(sentence.words, point)),
  );
  const used = brief.forbidden.filter((word) => mentions(words, word));
  return [
    ...missing.map((point) => `missing ${point}`),
    ...used.map((word) => `forbidden ${word}`),
    ...(words.length < brief.minWords ? ["too short"] : []),
    ...(words.length > brief.maxWords ? ["too long"] : []),
    ...(mentions(words, brief.subject) ? [] : [`missing ${brief.subject}`]),
    ...(hasTone(brief, words) ? [] : [`not ${brief.tone}`]),
    ...(hasForm(brief, draft.paragraphs)
      ? []
      : [`not ${brief.form === "ad" ? "an" : "a"} ${brief.form}`]),
  ];
}

function hasTone({ tone }: Brief, words: readonly string[]): boolean {
  if (tone === undefined) return true;
  const known: readonly string[] = toneWords[tone];
  return words.some((word) => known.includes(word));
}

function hasForm({ form }: Brief, paragraphs: readonly string[]): boolean {
  const text = paragraphs.join(" ");
  if (form === "story") return /^(One day|Once)\b/.test(text);
  if (form === "ad") return text.includes("!");
  return form === "report" ? !/[!?]/.test(text) : true;
}
