/** What a judge of answers with images is told to score by. */
import type { ReplyCriterion } from "../multimodal-settings.ts";

const words: Readonly<Record<ReplyCriterion, string>> = {
  text_quality:
    "Text quality: the text answers the question with the facts of the context, shortly.",
  image_relevance: "Image relevance: every image that is given shows what is asked.",
  image_completeness: "Image completeness: every image that was found and helps is given.",
  restraint:
    "Restraint: where no image helps, none is given. An address that no search found is a grave fault.",
};

/** The rubric of these criteria; of all where none are given. */
export const rubricOf = (criteria?: readonly ReplyCriterion[]): string =>
  [
    "An agent answers a question with a text and with images that it found by a search.",
    ...(criteria ?? Object.keys(words)).map((name) => `- ${words[name as ReplyCriterion]}`),
  ].join("\n");
