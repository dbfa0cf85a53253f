/** Strings as JSON writes them, as expressions. */
import { HoneError } from "../../core/errors.ts";
import {
  choice,
  codePoint,
  type CodePoints,
  type Expression,
  literal,
  optional,
  repeat,
  ruleOf,
  sequence,
  without,
} from "./expression.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What a string of JSON may hold as it is. */
const plain: CodePoints = [
  [0x20, QUOTE - 1],
  [QUOTE + 1, BACKSLASH - 1],
  [BACKSLASH + 1, 0x10ffff],
];

const hex = codePoint([
  [0x30, 0x39],
  [0x41, 0x46],
  [0x61, 0x66],
]);
const escapedUnit = (first: CodePoints, ...rest: readonly Expression[]): Expression =>
  sequence(literal("\\u"), codePoint(first), ...rest);
const digitsAndLetters = (digits: string, letters: string): CodePoints =>
  Array.from(`${digits}${letters}${letters.toLowerCase()}`, (character) => {
    const point = character.codePointAt(0)!;
    return [point, point] as const;
  });
const d = codePoint(digitsAndLetters("", "D"));
/** \uXXXX: a character of its own, or both halves of a surrogate pair. */
const unicodeEscape = choice([
  escapedUnit(digitsAndLetters("0123456789", "ABCEF"), hex, hex, hex),
  sequence(literal("\\u"), d, codePoint(digitsAndLetters("01234567", "")), hex, hex),
  sequence(
    literal("\\u"),
    d,
    codePoint(digitsAndLetters("89", "AB")),
    hex,
    hex,
    literal("\\u"),
    d,
    codePoint(digitsAndLetters("", "CDEF")),
    hex,
    hex,
  ),
]);
const escapeCharacters = '"\\/bfnrt';
const shortEscape = sequence(
  literal("\\"),
  codePoint(digitsAndLetters("", "").concat(Array.from(escapeCharacters, pointOf))),
);

function pointOf(character: string): readonly [number, number] {
  const point = character.codePointAt(0)!;
  return [point, point];
}

/** Any one character of a string, also escaped. */
const character = ruleOf(choice([codePoint(plain), shortEscape, unicodeEscape]));

const quoted = (inside: Expression): Expression => sequence(literal('"'), inside, literal('"'));

/** A string of a length, counted in code points. */
export const stringOf = (min = 0, max = Infinity): Expression =>
  quoted(repeat(character, min, max));

/** A string whose characters an expression of `written` characters says. */
export const stringAs = quoted;

/** One character of a set as JSON writes it: as it is where that is allowed, else escaped in the usual way. */
export function written(set: CodePoints): Expression {
  const escaped: Expression[] = [];
  for (let point = 0; point < 0x20; point++) if (has(set, point)) escaped.push(usual(point));
  for (const point of [QUOTE, BACKSLASH]) if (has(set, point)) escaped.push(usual(point));
  const unescaped = without(set, [
    [0, 0x1f],
    [QUOTE, QUOTE],
    [BACKSLASH, BACKSLASH],
  ]);
  return choice([...(unescaped.length === 0 ? [] : [codePoint(unescaped)]), ...escaped]);
}

const has = (set: CodePoints, point: number): boolean =>
  set.some(([from, to]) => from <= point && point <= to);

const usual = (point: number): Expression =>
  literal(JSON.stringify(String.fromCodePoint(point)).slice(1, -1));

/** Characters of a name that others are told from. */
const MAX_NAME = 500;

/**
 * A key of an object other than the given names. Each character has one allowed spelling, so that an escape (such as \u0061 for a)
 * cannot spell one of the names.
 */
export function keyExcept(names: readonly string[]): Expression {
  const anything = ruleOf(repeat(written([[0, 0x10ffff]]), 0));
  const after = (rests: readonly (readonly number[])[]): Expression => {
    const firsts = [...new Set(rests.flatMap((rest) => rest.slice(0, 1)))];
    const others = without(
      [[0, 0x10ffff]],
      firsts.map((point) => [point, point] as const),
    );
    const goesOn = choice([
      sequence(written(others), anything),
      ...firsts.map((point) =>
        sequence(
          written([[point, point]]),
          after(rests.filter(([first]) => first === point).map((rest) => rest.slice(1))),
        ),
      ),
    ]);
    const isName = rests.some((rest) => rest.length === 0);
    return isName ? goesOn : optional(goesOn);
  };
  if (names.some((name) => name.length > MAX_NAME)) {
    throw new HoneError("FORMAT_TOO_LARGE", { limit: `${MAX_NAME} characters of a name` });
  }
  const points = names.map((name) => Array.from(name, (one) => one.codePointAt(0)!));
  return names.length === 0 ? stringOf() : quoted(after(points));
}
