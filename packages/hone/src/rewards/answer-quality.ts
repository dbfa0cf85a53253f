/** The quality of an answer by simple rules, and the words it shares with a reference. */
import { searchWords } from "../core/search-words.ts";

/** How good an answer looks, in parts. */
export interface AnswerQuality {
  /** Headings, paragraphs and lists, from 0 to 0.3. */
  readonly structure: number;
  /** Examples, reasons and specific facts, from 0 to 0.4. */
  readonly depth: number;
  /** Words shared with the reference, from 0 to 0.3; absent without a reference. */
  readonly similarity?: number;
  /** Sum of the parts: from 0 to 1, without a reference from 0 to 0.7. */
  readonly total: number;
  /** The total divided by the largest total that was possible, from 0 to 1. */
  readonly share: number;
}

const HEADING = /^(?:#{1,6}\s+\S|\*\*[^*\n]+\*\*:?\s*$)/m;
const LIST_ITEM = /^\s*(?:[-*+•]|\d+[.)])\s+\S/gm;
/** The number of a list item, which is no specific fact. */
const MARKER = /^\s*\d+[.)]\s/gm;
const EXAMPLE = /\b(?:for example|for instance|such as|e\.g\.|example:)|```/i;
const REASON = /\b(?:because|therefore|thus|hence|since|so that|due to|as a result|which means)\b/i;
/** A specific fact: two numbers, one with its unit or percent sign, an address or a piece of code. */
const SPECIFIC = /\d[^\n]*\D\d|\d+(?:\.\d+)?\s?(?:%|[a-z]{1,3}\b)|https?:\/\/|`[^`\n]+`/i;

/**
 * Scores an answer by its form and by the words it shares with a reference.
 *
 *     structure  ≤ 0.3   0.1 a heading · 0.1 two paragraphs · 0.1 a list of two items
 *     depth      ≤ 0.4   0.15 an example · 0.15 a reason · 0.1 something specific
 *     similarity ≤ 0.3   0.3 × F1 of the words shared with the reference
 *
 * The rules can be met by form alone. In training, let a judge or a check of the task decide, and use this as a small
 * component.
 *
 * @example answerQuality("").total; // 0
 */
export function answerQuality(answer: string, reference?: string): AnswerQuality {
  const hasList = (answer.match(LIST_ITEM)?.length ?? 0) >= 2;
  const structure = tenths([HEADING.test(answer), 1], [hasParagraphs(answer), 1], [hasList, 1]);
  const depth = tenths(
    [EXAMPLE.test(answer), 1.5],
    [REASON.test(answer), 1.5],
    [SPECIFIC.test(answer.replaceAll(MARKER, "")), 1],
  );
  if (reference === undefined) {
    const total = rounded(structure + depth);
    return { structure, depth, total, share: rounded(total / 0.7) };
  }
  const similarity = 0.3 * wordF1(answer, reference);
  const total = rounded(structure + depth + similarity);
  return { structure, depth, similarity, total, share: total };
}

/**
 * F1 of the words that two texts share, from 0 to 1, as SQuAD measures answers. A word counts as often as both have it.
 *
 * @source Rajpurkar et al. 2016, SQuAD §6.1 (arXiv:1606.05250)
 * @example wordF1("the cat sat", "the cat"); // 0.8
 */
export function wordF1(answer: string, reference: string): number {
  const given = searchWords(answer);
  const wanted = searchWords(reference);
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of given) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared++;
  }
  return shared === 0 ? 0 : (2 * shared) / (given.length + wanted.length);
}

/** Two blocks of prose with a blank line between them; headings and lists are not prose. */
function hasParagraphs(answer: string): boolean {
  const blocks = answer.split(/\n\s*\n/).map((block) => block.trim());
  const isProse = (block: string): boolean =>
    searchWords(block).length >= 3 &&
    !/^(?:#{1,6}\s|[-*+•]\s|\d+[.)]\s|\*\*[^*\n]+\*\*:?$)/.test(block);
  return blocks.filter(isProse).length >= 2;
}

const tenths = (...parts: readonly (readonly [boolean, number])[]): number =>
  parts.reduce((sum, [holds, weight]) => sum + (holds ? weight : 0), 0) / 10;

/** Without the error of floating point, so that 0.1 + 0.2 is 0.3. */
const rounded = (value: number): number => Math.round(value * 1e12) / 1e12;
