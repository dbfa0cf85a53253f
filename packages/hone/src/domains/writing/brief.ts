/**
 * What is to be written, as data and as one line of text:
 *
 *     happy story about cat: apple, garden, map; 14 to 26 words; 2 paragraphs; without dog, bird
 *
 * Tone, number of paragraphs and forbidden words may be left out.
 */
import { HoneError } from "../../core/errors.ts";
import { type Tone, toneWords } from "./lexicon.ts";

/** Kinds of text. A story opens with "One day" or "Once"; an ad has an exclamation mark; a report has full stops only. */
export const forms = ["note", "story", "report", "ad"] as const;

/** A kind of text. */
export type Form = (typeof forms)[number];

/** What is to be written. */
export interface Brief {
  /** The kind of text. */
  readonly form: Form;
  /** The tone, of which the text must have a word; undefined for any. */
  readonly tone?: Tone;
  /** What the text is about: one to three words. */
  readonly subject: string;
  /** What it must mention, each one to three words. */
  readonly points: readonly string[];
  /** The fewest words that the text may have. */
  readonly minWords: number;
  /** The most words that the text may have. */
  readonly maxWords: number;
  /** How many paragraphs it has. */
  readonly paragraphs: number;
  /** Words that it must not have. */
  readonly forbidden: readonly string[];
}

/** The text of a brief, as `parseBrief` reads it. */
export function formatBrief(brief: Brief): string {
  const { form, tone, subject, points, minWords, maxWords, paragraphs, forbidden } = brief;
  return [
    `${tone === undefined ? "" : `${tone} `}${form} about ${subject}: ${points.join(", ")}`,
    `${minWords} to ${maxWords} words`,
    ...(paragraphs === 1 ? [] : [`${paragraphs} paragraphs`]),
    ...(forbidden.length === 0 ? [] : [`without ${forbidden.join(", ")}`]),
  ].join("; ");
}

const maxLength = 600;

/**
 * Reads what `formatBrief` writes. Upper case and white space make no difference.
 * @throws BRIEF_INVALID that names what cannot be read
 */
export function parseBrief(text: string): Brief {
  if (text.length > maxLength) throw invalid(text, `it is longer than ${maxLength} characters`);
  const [head = "", ...rest] = text.toLowerCase().replace(/\s+/g, " ").trim().split(/ ?; ?/);
  const opening = /^(?:(\w+) )?(\w+) about ([^:]+): ?(.+)$/.exec(head);
  const form = forms.find((known) => known === opening?.[2]);
  if (!opening || form === undefined) {
    throw invalid(
      text,
      `it must begin as in "note about cat: apple, garden", with one of ${forms.join(", ")}`,
    );
  }
  const parts = {
    words: undefined,
    paragraphs: undefined,
    without: undefined,
    ...readRest(text, rest),
  };
  const [minWords, maxWords] = parts.words ?? [10, 60];
  if (minWords > maxWords || maxWords > 2000 || minWords < 3)
    throw invalid(text, "its length must be from 3 to 2000 words, the lower number first");
  const tone = readTone(text, opening[1]);
  return {
    form,
    ...(tone !== undefined && { tone }),
    subject: phrase(text, opening[3]!),
    points: phrases(text, opening[4]!),
    minWords,
    maxWords,
    paragraphs: parts.paragraphs ?? 1,
    forbidden: parts.without ?? [],
  };
}

interface RestOfBrief {
  readonly words?: readonly [number, number];
  readonly paragraphs?: number;
  readonly without?: readonly string[];
}

function readRest(text: string, rest: readonly string[]): RestOfBrief {
  let found: RestOfBrief = {};
  for (const part of rest) {
    const next = readPart(text, part);
    if (Object.keys(next).some((key) => Object.hasOwn(found, key)))
      throw invalid(text, `"${part}" says again what was said`);
    found = { ...found, ...next };
  }
  return found;
}

function readPart(text: string, part: string): RestOfBrief {
  const words = /^(\d{1,4}) to (\d{1,4}) words$/.exec(part);
  if (words) return { words: [Number(words[1]), Number(words[2])] };
  const paragraphs = /^([1-9]) paragraphs?$/.exec(part);
  if (paragraphs) return { paragraphs: Number(paragraphs[1]) };
  const without = /^without (.+)$/.exec(part);
  if (without) return { without: phrases(text, without[1]!) };
  throw invalid(
    text,
    `"${part.slice(0, 40)}" cannot be read; expected as in "10 to 20 words", "2 paragraphs" or "without dog"`,
  );
}

function readTone(text: string, name: string | undefined): Tone | undefined {
  if (name === undefined) return undefined;
  const tone = (Object.keys(toneWords) as Tone[]).find((known) => known === name);
  if (tone === undefined)
    throw invalid(text, `"${name}" is no tone; those are ${Object.keys(toneWords).join(", ")}`);
  return tone;
}

function phrases(text: string, list: string): readonly string[] {
  const all = list.split(/ ?, ?/).map((item) => phrase(text, item));
  if (new Set(all).size < all.length)
    throw invalid(text, `"${list.slice(0, 40)}" names something twice`);
  if (all.length > 12) throw invalid(text, "it has more than 12 points or forbidden words");
  return all;
}

function phrase(text: string, item: string): string {
  if (/^[\p{L}\p{N}'-]+(?: [\p{L}\p{N}'-]+){0,2}$/u.test(item.trim())) return item.trim();
  throw invalid(text, `"${item.slice(0, 40)}" must be one to three words`);
}

const invalid = (brief: string, problem: string): HoneError =>
  new HoneError("BRIEF_INVALID", { brief: brief.slice(0, 80), problem });
