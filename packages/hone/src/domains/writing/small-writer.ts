/** Writes texts in the small language: sentences that mention what they must, drawn with variation. */
import type { Random } from "../../core/random.ts";
import type { Brief } from "./brief.ts";
import { smallLanguage, smallNouns, toneWords } from "./lexicon.ts";

/** What a text is made of. */
export interface WritingPlan {
  readonly brief: Brief;
  /** The points in the order in which they are to come. */
  readonly outline: readonly string[];
  /** Words to use where they fit: adjectives and places. */
  readonly ideas: readonly string[];
}

/** Adjectives of the small language that suit a brief: of its tone, or any. */
export function fittingAdjectives({ tone }: Brief): readonly string[] {
  const toned: readonly string[] = tone === undefined ? smallLanguage.A : toneWords[tone];
  return smallLanguage.A.filter((word) => toned.includes(word));
}

/** Places that a brief neither names nor forbids. */
export const freePlaces = ({ points, forbidden }: Brief): readonly string[] =>
  smallNouns.places.filter((place) => !points.includes(place) && !forbidden.includes(place));

/**
 * The paragraphs of a text with a sentence for each point, in the order of the outline. It may be too short, too long or repeat
 * itself: the caller draws again until the checks find no fault.
 */
export function drawText(plan: WritingPlan, random: Random): readonly string[] {
  const { brief, outline } = plan;
  const sentences = outline.map((point, i) => pointSentence(plan, point, i === 0, random));
  const extra = random.integer(0, brief.paragraphs);
  const all = [...sentences, ...Array.from({ length: extra }, () => extraSentence(plan, random))];
  const perParagraph = Math.ceil(all.length / brief.paragraphs);
  return Array.from({ length: brief.paragraphs }, (_, i) =>
    all
      .slice(i * perParagraph, (i + 1) * perParagraph)
      .map((words, at) =>
        sentenceText(
          opened(brief, words, i + at === 0),
          brief.form === "ad" && at === 0 ? "!" : ".",
        ),
      )
      .join(" "),
  );
}

/** A sentence about the subject, or "it", that mentions the point. */
function pointSentence(
  plan: WritingPlan,
  point: string,
  isFirst: boolean,
  random: Random,
): readonly string[] {
  const who = isFirst
    ? withArticle(["the", ...adjective(plan, random), plan.brief.subject])
    : [...opening(random), "it"];
  const isPlace = smallNouns.places.some((place) => place === point);
  if (isPlace)
    return [
      ...who,
      random.pick(smallLanguage.I),
      random.pick(smallLanguage.P),
      "the",
      ...adjective(plan, random, 0.3),
      point,
    ];
  const what = withArticle(["a", ...adjective(plan, random, 0.3), point]);
  return [...who, random.pick(smallLanguage.T), ...what, ...placePhrase(plan, random)];
}

/** A sentence that mentions no point. */
function extraSentence(plan: WritingPlan, random: Random): readonly string[] {
  const who = [...opening(random), "it"];
  const isState = random.uniform() < 0.4;
  return isState
    ? [...who, "is", random.pick(ideaWords(plan, "adjective"))]
    : [
        ...who,
        random.pick(smallLanguage.I),
        random.pick(smallLanguage.P),
        "the",
        random.pick(ideaWords(plan, "place")),
      ];
}

const opening = (random: Random): readonly string[] =>
  random.uniform() < 0.7 ? [random.pick(["then", "soon", "now"])] : [];

const adjective = (plan: WritingPlan, random: Random, share = 0.8): readonly string[] =>
  random.uniform() < share ? [random.pick(ideaWords(plan, "adjective"))] : [];

const placePhrase = (plan: WritingPlan, random: Random): readonly string[] =>
  random.uniform() < 0.5
    ? [random.pick(smallLanguage.P), "the", random.pick(ideaWords(plan, "place"))]
    : [];

/** The ideas that are adjectives or places; without any, all that the brief allows. */
function ideaWords({ brief, ideas }: WritingPlan, kind: "adjective" | "place"): readonly string[] {
  const all = kind === "adjective" ? fittingAdjectives(brief) : freePlaces(brief);
  const own = ideas.filter((idea) => all.includes(idea));
  return own.length > 0 ? own : all;
}

/** The sentence with the opening that the form of its text asks for. */
function opened({ form }: Brief, words: readonly string[], isFirst: boolean): readonly string[] {
  if (form !== "story" || !isFirst) return words;
  return ["one", "day", ...words];
}

const withArticle = ([article, ...rest]: readonly string[]): readonly string[] =>
  article === "a" && /^[aeiou]/.test(rest[0] ?? "") ? ["an", ...rest] : [article!, ...rest];

/** Words as a sentence: a capital first, an end mark last. */
const sentenceText = (words: readonly string[], mark = "."): string => {
  const text = words.join(" ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${mark}`;
};
