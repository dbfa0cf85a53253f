/**
 * Where in the tokens of a text a character is. The tokenizers library tells no offsets, and tokens cannot be counted by
 * their spelling alone: a tokenizer may change the text, or put a "▁" in front of it.
 *
 * The text up to a character is tokenised by itself and compared with the tokens of the whole text. Where the two part,
 * the sizes of tokens in bytes tell which token of the whole text holds the character. A special token cuts a text into
 * parts that are tokenised independently, so only the part around the character is tokenised again.
 */
import type { Tokenizer } from "./tokenizer.ts";

/** A boundary between two characters, in tokens. */
export interface TokenPlace {
  /** How many tokens end at the boundary or before it. */
  readonly index: number;
  /** True when the next token holds characters on both sides of the boundary. */
  readonly isInside: boolean;
}

/** A part of the text that is tokenised independently of what is before and behind it. */
interface Part {
  /** The first character, and the first token. */
  readonly at: number;
  readonly token: number;
  readonly text: string;
  readonly ids: readonly number[];
}

/** The tokens of a text, and where its characters are in them. */
export class TokenPlaces {
  /** [T] the tokens of the whole text. */
  readonly ids: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #parts: readonly Part[];

  constructor(text: string, tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.ids = tokenizer.encode(text);
    this.#parts = partsOf(text, this.ids, tokenizer);
  }

  /** The place of the boundary before character `at`. */
  at(at: number): TokenPlace {
    const part = this.#parts.findLast((one) => one.at < at);
    if (part === undefined) return { index: 0, isInside: false };
    const before = this.#tokenizer.encode(part.text.slice(0, at - part.at));
    let same = 0;
    while (same < before.length && before[same] === part.ids[same]) same++;
    let left = before.slice(same).reduce((sum, id) => sum + this.#tokenizer.sizeOf(id), 0);
    let index = same;
    while (left > 0 && index < part.ids.length) {
      const size = this.#tokenizer.sizeOf(part.ids[index]!);
      if (size > left) return { index: part.token + index, isInside: true };
      left -= size;
      index++;
    }
    return { index: part.token + index, isInside: false };
  }

  /** [T] 1 for every token that holds a character of one of the spans, as `transformers` marks them; else 0. */
  mask(spans: readonly { readonly start: number; readonly end: number }[]): (0 | 1)[] {
    const mask = this.ids.map((): 0 | 1 => 0);
    for (const { start, end } of spans) {
      if (end <= start) continue;
      const last = this.at(end);
      mask.fill(1, this.at(start).index, last.index + (last.isInside ? 1 : 0));
    }
    return mask;
  }
}

/** The text cut before each special token, when its parts together have the tokens of the whole; else the whole. */
function partsOf(text: string, ids: readonly number[], tokenizer: Tokenizer): readonly Part[] {
  const parts: Part[] = [];
  let token = 0;
  let at = 0;
  for (const next of [...specialPlaces(text, tokenizer), text.length]) {
    if (next === at) continue;
    const piece = text.slice(at, next);
    const own = tokenizer.encode(piece);
    if (own.some((id, i) => id !== ids[token + i])) break;
    parts.push({ at, token, text: piece, ids: own });
    token += own.length;
    at = next;
  }
  const isWhole = at === text.length && token === ids.length;
  return isWhole ? parts : [{ at: 0, token: 0, text, ids }];
}

/**
 * The tokens of a text that stands behind another, without those of the text before it. Where a token would hold characters
 * of both, the characters behind the boundary are spelled by the vocabulary's smallest tokens up to the token's end.
 */
export function idsBehind(before: string, text: string, tokenizer: Tokenizer): readonly number[] {
  const from = specialPlaces(before, tokenizer).at(-1) ?? 0;
  const start = before.length - from;
  const places = new TokenPlaces(before.slice(from) + text, tokenizer);
  const first = places.at(start);
  if (!first.isInside) return places.ids.slice(first.index);
  let length = 1;
  while (length < text.length && places.at(start + length).isInside) length++;
  return [
    ...Array.from(text.slice(0, length)).flatMap((letter) => tokenizer.spell(letter)),
    ...places.ids.slice(places.at(start + length).index),
  ];
}

/** Where special tokens are written in a text. */
function specialPlaces(text: string, { specials }: Tokenizer): number[] {
  let pattern = patterns.get(specials);
  if (pattern === undefined) {
    const longestFirst = [...specials.keys()].toSorted((a, b) => b.length - a.length);
    const escaped = longestFirst.map((special) => special.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"));
    // A tokenizer without special tokens gets a pattern that is nowhere.
    pattern = new RegExp(escaped.filter(Boolean).join("|") || "(?!)", "gu");
    patterns.set(specials, pattern);
  }
  return [...text.matchAll(pattern)].map(({ index }) => index);
}

/** The pattern of a tokenizer's special tokens, of which some have thousands. */
const patterns = new WeakMap<object, RegExp>();
