/** Methods of Python's `str`. Places and lengths count characters, not UTF-16 units. */
import { bind, integer, string } from "./arguments.ts";
import { LINE_END, SPACE } from "./characters.ts";
import { TemplateFault } from "./faults.ts";
import { checkSize } from "./steps.ts";
import {
  Tuple,
  Undefined,
  isAstral,
  itemsOf,
  lengthOf,
  typeName,
  type Call,
  type Value,
} from "./values.ts";

type Method = (text: string, call: Call) => Value;

/** Python's `strip`, `lstrip` and `rstrip`: white space, or the characters of a text. */
export function strip(text: string, side: "left" | "right" | "both", chars: Value = null): string {
  const set = chars === null ? undefined : new Set(string(chars));
  const isOut = (char: string) => (set === undefined ? IS_SPACE.test(char) : set.has(char));
  const characters = isAstral(text) ? Array.from(text) : text;
  let [from, to] = [0, characters.length];
  if (side !== "right") while (from < to && isOut(characters[from]!)) from++;
  if (side !== "left") while (to > from && isOut(characters[to - 1]!)) to--;
  const rest = characters.slice(from, to);
  return typeof rest === "string" ? rest : rest.join("");
}

const IS_SPACE = new RegExp(`^[${SPACE}]$`, "u");

/** The text without first capitals: the first character large, the others small. */
export const capitalize = (text: string): string => {
  const [first = "", ...rest] = Array.from(text);
  return first.toUpperCase() + rest.join("").toLowerCase();
};

/** Python's `splitlines`. */
export function lines(text: string, keepsEnds = false): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest !== "") {
    const end = LINE_END.exec(rest);
    const [at, length] = end === null ? [rest.length, 0] : [end.index, end[0].length];
    found.push(rest.slice(0, keepsEnds ? at + length : at));
    rest = rest.slice(at + length);
  }
  return found;
}

/** Python's `replace`: the first `count` places, all where it is negative. */
export function replace(text: string, from: string, to: string, count: number): string {
  const parts = from === "" ? ["", ...Array.from(text), ""] : text.split(from);
  const places = parts.length - 1;
  const times = count < 0 ? places : Math.min(count, places);
  checkSize(text.length + times * to.length);
  const head = parts.slice(0, times + 1).join(to);
  const tail = parts.slice(times + 1);
  return tail.length === 0 ? head : head + (from === "" ? tail.join("") : from + tail.join(from));
}

/** Python's `split`; from the right for `rsplit`. */
function split(text: string, call: Call, fromRight: boolean): Value {
  const [separator, limit] = bind("split", call, ["sep", null], ["maxsplit", -1n]) as [
    Value,
    Value,
  ];
  const most = Number(integer(limit));
  const parts =
    separator === null
      ? words(text, most, fromRight)
      : textParts(text, string(separator), most, fromRight);
  return parts;
}

function textParts(text: string, separator: string, most: number, fromRight: boolean): string[] {
  if (separator === "") throw new TemplateFault("empty separator");
  const parts = fromRight ? partsFromRight(text, separator) : text.split(separator);
  const surplus = parts.length - 1 - most;
  if (most < 0 || surplus <= 0) return parts;
  return fromRight
    ? [parts.slice(0, surplus + 1).join(separator), ...parts.slice(surplus + 1)]
    : [...parts.slice(0, most), parts.slice(most).join(separator)];
}

/** Where separators overlap, those on the right count. */
function partsFromRight(text: string, separator: string): string[] {
  const parts: string[] = [];
  let end = text.length;
  for (;;) {
    const at =
      end - separator.length < 0 ? -1 : text.lastIndexOf(separator, end - separator.length);
    parts.unshift(text.slice(at < 0 ? 0 : at + separator.length, end));
    if (at < 0) return parts;
    end = at;
  }
}

function words(text: string, most: number, fromRight: boolean): string[] {
  const found = [...text.matchAll(WORD)];
  if (most < 0 || found.length <= most) return found.map(([word]) => word);
  if (fromRight) {
    const kept = most === 0 ? [] : found.slice(-most);
    const end = found[found.length - most - 1]!;
    return [strip(text.slice(0, end.index + end[0].length), "left"), ...kept.map(([word]) => word)];
  }
  return [
    ...found.slice(0, most).map(([word]) => word),
    strip(text.slice(found[most]!.index), "left"),
  ];
}

const WORD = new RegExp(`[^${SPACE}]+`, "gu");

/** Whether a text begins or ends with one text or with one of a tuple of texts. */
function affix(name: "startsWith" | "endsWith"): Method {
  return (text, call) => {
    const [given, start, end] = bind(
      name.toLowerCase(),
      call,
      "prefix",
      ["start", null],
      ["end", null],
    ) as [Value, Value, Value];
    const options = given instanceof Tuple ? given.items : [given];
    for (const option of options) {
      if (option instanceof Undefined) option.fail();
      if (typeof option !== "string") {
        throw new TemplateFault(
          `${name.toLowerCase()} first arg must be str or a tuple of str, not ${typeName(option)}`,
        );
      }
    }
    const part = characterRange(text, start, end).text;
    return options.some((option) => part !== undefined && part[name](option as string));
  };
}

/** The part between two places, and how many characters stand before it; no text where the start lies behind the end. */
function characterRange(
  text: string,
  start: Value,
  end: Value,
): { text: string | undefined; from: number } {
  if (start === null && end === null) return { text, from: 0 };
  const characters = Array.from(text);
  const place = (value: Value, byDefault: number): number => {
    if (value === null) return byDefault;
    const at = Number(integer(value));
    return Math.max(0, at < 0 ? at + characters.length : at);
  };
  const from = place(start, 0);
  const to = place(end, characters.length);
  return {
    text: from > characters.length || from > to ? undefined : characters.slice(from, to).join(""),
    from,
  };
}

function find(last: boolean, isRequired: boolean): Method {
  return (text, call) => {
    const [wanted, start, end] = bind("find", call, "sub", ["start", null], ["end", null]) as [
      Value,
      Value,
      Value,
    ];
    const { text: part, from } = characterRange(text, start, end);
    const sub = string(wanted);
    const at = part === undefined ? -1 : last ? part.lastIndexOf(sub) : part.indexOf(sub);
    if (at < 0 && isRequired) throw new TemplateFault("substring not found");
    return at < 0 ? -1n : BigInt(from + lengthOf(part!.slice(0, at)));
  };
}

/** Pads a text to a width. */
export function pad(
  text: string,
  width: Value,
  [fill, side]: readonly [string, "left" | "right" | "both"],
): string {
  const wanted = Number(integer(width));
  const missing = wanted - lengthOf(text);
  if (missing <= 0) return text;
  checkSize(missing);
  if (side === "left") return fill.repeat(missing) + text;
  if (side === "right") return text + fill.repeat(missing);
  // Python puts the odd character on the left where the width is odd.
  const left = Math.floor(missing / 2) + (missing & wanted & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

function padder(side: "left" | "right" | "both"): Method {
  return (text, call) => {
    const [width, fill] = bind("ljust", call, "width", ["fillchar", " "]) as [Value, Value];
    if (lengthOf(string(fill)) !== 1)
      throw new TemplateFault("The fill character must be exactly one character long");
    return pad(text, width, [string(fill), side]);
  };
}

/** Every character is of the class, and there is one. */
const every =
  (pattern: RegExp): Method =>
  (text) =>
    pattern.test(text);

const stripper =
  (side: "left" | "right" | "both"): Method =>
  (text, call) =>
    strip(text, side, bind("strip", call, ["chars", null])[0]);

/** Python's `title`: in every run of letters the first large, the others small. */
const title = (text: string): string =>
  text.replaceAll(/[\p{Lu}\p{Ll}\p{Lt}]+/gu, (word) => capitalize(word));

const isCased = (text: string, pattern: RegExp): boolean => pattern.test(text);

function partition(last: boolean): Method {
  return (text, call) => {
    const separator = string(bind("partition", call, "sep")[0]!);
    if (separator === "") throw new TemplateFault("empty separator");
    const at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) return new Tuple(last ? ["", "", text] : [text, "", ""]);
    return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
  };
}

function count(text: string, call: Call): Value {
  const [wanted, start, end] = bind("count", call, "sub", ["start", null], ["end", null]) as [
    Value,
    Value,
    Value,
  ];
  const part = characterRange(text, start, end).text;
  if (part === undefined) return 0n;
  const sub = string(wanted);
  return BigInt(sub === "" ? lengthOf(part) + 1 : part.split(sub).length - 1);
}

function join(text: string, call: Call): Value {
  const parts = itemsOf(bind("join", call, "iterable")[0]!).map((item, i) => {
    if (typeof item === "string") return item;
    throw new TemplateFault(`sequence item ${i}: expected str instance, ${typeName(item)} found`);
  });
  checkSize(parts.reduce((sum, part) => sum + part.length + text.length, 0));
  return parts.join(text);
}

function expandTabs(text: string, call: Call): Value {
  const size = Number(integer(bind("expandtabs", call, ["tabsize", 8n])[0]!));
  let column = 0;
  return text.replaceAll(/[^]/gu, (char) => {
    if (char === "\n" || char === "\r") column = 0;
    else if (char !== "\t") column++;
    if (char !== "\t") return char;
    const width = size > 0 ? checkSize(size) - (column % size) : 0;
    column += width;
    return " ".repeat(width);
  });
}

function affixRemover(end: boolean): Method {
  return (text, call) => {
    const part = string(bind(end ? "removesuffix" : "removeprefix", call, "part")[0]!);
    if (part === "" || !(end ? text.endsWith(part) : text.startsWith(part))) return text;
    return end ? text.slice(0, -part.length) : text.slice(part.length);
  };
}

function fillZeros(text: string, call: Call): Value {
  const [width] = bind("zfill", call, "width") as [Value];
  const sign = /^[+-]/u.exec(text)?.[0] ?? "";
  return sign + pad(text.slice(sign.length), integer(width) - BigInt(sign.length), ["0", "left"]);
}

/** The methods by name; `format` looks attributes up, so it stands with them. */
export const stringMethods: Readonly<Record<string, Method>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  casefold: (text) => text.toLowerCase().replaceAll("ß", "ss"),
  capitalize,
  title,
  swapcase: (text) =>
    Array.from(text)
      .map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))
      .join(""),
  strip: stripper("both"),
  lstrip: stripper("left"),
  rstrip: stripper("right"),
  split: (text, call) => split(text, call, false),
  rsplit: (text, call) => split(text, call, true),
  splitlines: (text, call) =>
    lines(text, bind("splitlines", call, ["keepends", false])[0] === true),
  partition: partition(false),
  rpartition: partition(true),
  startswith: affix("startsWith"),
  endswith: affix("endsWith"),
  removeprefix: affixRemover(false),
  removesuffix: affixRemover(true),
  find: find(false, false),
  rfind: find(true, false),
  index: find(false, true),
  rindex: find(true, true),
  count,
  join,
  replace: (text, call) => {
    const [from, to, times] = bind("replace", call, "old", "new", ["count", -1n]) as [
      Value,
      Value,
      Value,
    ];
    return replace(text, string(from), string(to), Number(integer(times)));
  },
  center: padder("both"),
  ljust: padder("right"),
  rjust: padder("left"),
  zfill: fillZeros,
  expandtabs: expandTabs,
  isalpha: every(/^\p{L}+$/u),
  isdigit: every(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
  isdecimal: every(/^\p{Nd}+$/u),
  isnumeric: every(/^\p{N}+$/u),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  isascii: (text) => !/[^\0-\x7f]/u.test(text),
  isspace: every(new RegExp(`^[${SPACE}]+$`, "u")),
  islower: (text) => isCased(text, /\p{Ll}/u) && !isCased(text, /[\p{Lu}\p{Lt}]/u),
  isupper: (text) => isCased(text, /[\p{Lu}\p{Lt}]/u) && !isCased(text, /\p{Ll}/u),
  istitle: (text) => isCased(text, /[\p{Lu}\p{Lt}\p{Ll}]/u) && title(text) === text,
  isidentifier: every(/^[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}_]*$/u),
  isprintable: (text) => !/[[\p{C}\p{Z}]--[ ]]/v.test(text),
};
