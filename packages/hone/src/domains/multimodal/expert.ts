/** A scripted expert for questions: searches with the words of the question, answers from the section that they name; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import { plainWords } from "../../core/plain-words.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { multimodalActions, type ShownResult, shownResults } from "./environment.ts";
import { factsOf } from "./questions.ts";
import type { ReplyImage } from "./reply.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface MultimodalExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/** Share of a question's words that an image must be described by, to be given. */
const ENOUGH = 0.75;

/**
 * An expert for `multimodalEnvironment`, which reads only what the environment says.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(multimodalEnvironment({ images }), task, multimodalExpert());
 */
export function multimodalExpert(options: MultimodalExpertOptions = {}): ActionAgent {
  checkOptions("multimodalExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("multimodalExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const read = reading(steps[0]?.state ?? state);
      const random = new Random("multimodal expert", seed, steps.length, read.question);
      const isWrong = random.uniform() < mistakeRate;
      if (steps.length === 0) return searchFor(read, isWrong ? random : undefined);
      const results = shownResults(steps.map(({ nextState }) => nextState));
      return answer(read, results, isWrong ? random : undefined);
    },
  };
}

/** What the expert has read. */
interface Reading {
  readonly question: string;
  readonly words: readonly string[];
  /** The text of the section that the question is about, and that of another. */
  readonly section: string;
  readonly other: string;
}

function reading(observation: string): Reading {
  const [question = "", ...sections] = observation.split("\n\n## ");
  const words = plainWords(question);
  const rated = sections.map((section) => {
    const [heading = "", ...text] = section.split("\n");
    return { text: text.join(" "), share: share(words, new Set(plainWords(heading))) };
  });
  const [first, second] = rated.toSorted((a, b) => b.share - a.share);
  return { question, words, section: first?.text ?? "", other: second?.text ?? "" };
}

/** The share of the words that are among others. */
const share = (words: readonly string[], others: ReadonlySet<string>): number =>
  words.length === 0 ? 0 : words.filter((word) => others.has(word)).length / words.length;

/** A mistake leaves a word out, or searches for a single one. */
function searchFor({ words }: Reading, mistaken: Random | undefined): Action {
  const dropped = mistaken?.integer(0, words.length - 1);
  const some =
    dropped === undefined
      ? words
      : mistaken!.uniform() < 0.5
        ? words.filter((_, i) => i !== dropped)
        : words.slice(dropped, dropped + 1);
  return { name: multimodalActions.search, argument: (some.length > 0 ? some : words).join(" ") };
}

/** A mistake takes facts of the other section, gives images that do not help, invents one, or gives none. */
function answer(
  { words, section, other }: Reading,
  results: readonly ShownResult[],
  mistaken: Random | undefined,
): Action {
  const right = results.filter(({ type, alt }) => explains(type) && fits(words, alt));
  const kind = mistaken?.integer(0, 3);
  const images =
    kind === 1
      ? [mistaken!.pick([...results, invented])]
      : kind === 2
        ? results.slice(0, mistaken!.integer(1, 3))
        : kind === 3
          ? []
          : right;
  const text = factSentences(kind === 0 ? mistakenText(section, other, mistaken!) : section);
  return {
    name: multimodalActions.answer,
    argument: JSON.stringify({ text, images: images.map(given) }),
  };
}

/** The sentences of a section in which words stand out; where none do, the first one. */
function factSentences(section: string): string {
  const sentences = section.split(/(?<=[.!?])\s+/);
  const marked = sentences.filter((sentence) => /\*\*|`/.test(sentence));
  return (marked.length > 0 ? marked : sentences.slice(0, 1)).join(" ");
}

const explains = (type: string): boolean => type !== "logo" && type !== "icon";

const fits = (words: readonly string[], alt: string): boolean =>
  share(words, new Set(plainWords(alt))) >= ENOUGH;

const invented: ShownResult = {
  ...{ number: 99, type: "other", alt: "An image", url: "images/invented.png" },
};

/** The facts of the other section, or only the first one of the right one. */
function mistakenText(section: string, other: string, random: Random): string {
  const [first = section] = factsOf(section);
  return other !== "" && random.uniform() < 0.5 ? other : `**${first}**`;
}

const given = ({ number, alt, url }: ShownResult): ReplyImage => ({
  ...{ url, alt, reason: `result ${number} shows it` },
});
