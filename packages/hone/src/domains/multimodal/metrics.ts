/** How good an answer with images is, in five numbers from 0 to 1. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { searchWords } from "../../core/search-words.ts";
import type { MultimodalReply } from "./reply.ts";

/** What an answer is measured by. */
export interface ReplyReference {
  /** Words that the text is to hold. */
  readonly facts: readonly string[];
  /** Addresses of the images that help; none where no image does. */
  readonly helpful: readonly string[];
  /** Addresses that the agent's searches gave. An image with another address is invented. Default: those that help. */
  readonly found?: ReadonlySet<string>;
}

/** The numbers of an answer. A part that does not apply is absent. */
export interface ReplyMetrics {
  /** 0.8 × the share of the facts that the text holds + 0.2 × its form. */
  readonly textQuality: number;
  /** Precision: the share of the images given that help. Absent where none is given. */
  readonly imageRelevance?: number;
  /** Recall: the share of the helpful images that are given. Absent where none helps. */
  readonly imageCompleteness?: number;
  /** 1 where none is given, 0 where one is. Absent where an image helps. */
  readonly restraint?: number;
  /** The weighted mean of the parts that apply. */
  readonly overall: number;
  /** How many images have an address that no search gave. */
  readonly invented: number;
}

/** The weights of the parts. Those that do not apply are left out, and the others scaled to sum 1. */
export const replyWeights = {
  textQuality: 0.4,
  imageRelevance: 0.3,
  imageCompleteness: 0.2,
  restraint: 0.1,
} as const;

const referenceNames: OptionNames<ReplyReference> = { facts: true, helpful: true, found: true };

/**
 * Measures an answer.
 *
 *     text quality   0.8 · facts held / facts + 0.2 · form; form is 0 for no text or one with an address of an image in it, else
 *                    min(1, (12 + 4 · words of the facts) / words of the text)
 *     relevance      images given that help / images given
 *     completeness   images given that help / images that help
 *     restraint      1 where no image helps and none is given, 0 where one is
 *     overall        0.4 text + 0.3 relevance + 0.2 completeness + 0.1 restraint, over the parts that apply
 *
 * An image that is given twice counts as one. Without facts a text's quality is its form.
 *
 * @param reply  undefined for words that are no answer, which are worth 0
 * @throws OPTION_INVALID for an unknown key of the reference
 * @example replyMetrics({ text: "Use the left port.", images: [] }, { facts: ["left"], helpful: [] }).overall; // 1
 */
export function replyMetrics(
  reply: MultimodalReply | undefined,
  reference: ReplyReference,
): ReplyMetrics {
  checkOptions("replyMetrics", reference, referenceNames);
  const { facts, helpful, found = new Set(helpful) } = reference;
  const given = [...new Set(reply?.images.map(({ url }) => url))];
  const right = given.filter((url) => helpful.includes(url)).length;
  const parts = {
    textQuality: reply === undefined ? 0 : textQuality(reply.text, facts),
    ...(given.length > 0 && { imageRelevance: right / given.length }),
    ...(helpful.length > 0 && { imageCompleteness: right / new Set(helpful).size }),
    ...(helpful.length === 0 && { restraint: reply !== undefined && given.length === 0 ? 1 : 0 }),
  };
  const invented = given.filter((url) => !found.has(url)).length;
  return { ...parts, overall: weighted(parts), invented };
}

/** The mean of the parts by their weights. */
function weighted(parts: Partial<Record<keyof typeof replyWeights, number>>): number {
  const known = Object.entries(replyWeights).flatMap(([name, weight]) => {
    const value = parts[name as keyof typeof replyWeights];
    return value === undefined ? [] : [{ weight, value }];
  });
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  return known.reduce((sum, { weight, value }) => sum + weight * value, 0) / total;
}

function textQuality(text: string, facts: readonly string[]): number {
  const words = searchWords(text);
  const held = facts.filter((fact) => holds(words, searchWords(fact))).length;
  const form = formOf(text, words.length, facts);
  return facts.length === 0 ? form : 0.8 * (held / facts.length) + 0.2 * form;
}

function formOf(text: string, length: number, facts: readonly string[]): number {
  if (length === 0 || /!\[[^\]]*\]\(|<img\b|\.(?:png|jpe?g|gif|svg|webp)\b/i.test(text)) return 0;
  const factWords = facts.reduce((sum, fact) => sum + searchWords(fact).length, 0);
  return Math.min(1, (12 + 4 * factWords) / length);
}

/** Whether the words hold the others side by side. */
const holds = (words: readonly string[], wanted: readonly string[]): boolean =>
  words.some((_, at) => wanted.every((word, i) => words[at + i] === word));
