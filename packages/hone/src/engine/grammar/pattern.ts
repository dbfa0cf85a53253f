/**
 * Regular expressions of JSON Schema's `pattern`, as expressions over the characters of a JSON string. What looks around or
 * back (lookahead, \b, \1) is refused, since a walk that only goes on cannot hold it.
 */
import { HoneError } from "../../core/errors.ts";
import {
  allCodePoints,
  choice,
  type CodePoints,
  empty,
  type Expression,
  repeat,
  sequence,
  without,
} from "./expression.ts";
import { written } from "./json-strings.ts";

const range = (from: string, to: string = from): readonly [number, number] => [
  from.codePointAt(0)!,
  to.codePointAt(0)!,
];
const digit: CodePoints = [range("0", "9")];
const word: CodePoints = [range("a", "z"), range("A", "Z"), range("0", "9"), range("_")];
const space: CodePoints = [
  [9, 13],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnds: CodePoints = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const classes: Readonly<Record<string, CodePoints>> = {
  d: digit,
  D: without(allCodePoints, digit),
  w: word,
  W: without(allCodePoints, word),
  s: space,
  S: without(allCodePoints, space),
};
const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };
/** How often a part may be repeated at most where a number says so. */
const MAX_REPEATS = 1000;
/** Characters of a pattern, and so levels of its groups. */
const MAX_PATTERN = 1000;

/**
 * The texts in which a pattern is found somewhere, as JSON Schema has it.
 * @param at names the place in the schema, for errors
 * @throws FORMAT_SCHEMA_UNSUPPORTED, FORMAT_SCHEMA_INVALID
 */
export function patternOf(source: string, at: string): Expression {
  if (source.length > MAX_PATTERN) {
    throw new HoneError("FORMAT_TOO_LARGE", { limit: `${MAX_PATTERN} characters of a pattern` });
  }
  try {
    // The u flag is that of JSON Schema.
    new RegExp(source, "u");
  } catch (error) {
    const problem = `is no regular expression: ${(error as Error).message}`;
    throw new HoneError("FORMAT_SCHEMA_INVALID", { at, problem });
  }
  return new PatternReader(source, at).whole();
}

class PatternReader {
  readonly #characters: readonly string[];
  readonly #at: string;
  #place = 0;

  constructor(source: string, at: string) {
    this.#characters = Array.from(source);
    this.#at = at;
  }

  /** Alternatives on the outermost level, each anchored for itself. */
  whole(): Expression {
    const anything = repeat(written(allCodePoints), 0);
    const options: Expression[] = [];
    do {
      const isStart = this.#takes("^");
      const parts = this.#sequence();
      const isEnd = this.#takes("$");
      options.push(sequence(isStart ? empty : anything, parts, isEnd ? empty : anything));
      if (isEnd && this.#next !== undefined && this.#next !== "|") throw this.#unsupported("$");
    } while (this.#takes("|"));
    return choice(options);
  }

  get #next(): string | undefined {
    return this.#characters[this.#place];
  }

  #takes(text: string): boolean {
    if (this.#next !== text) return false;
    this.#place++;
    return true;
  }

  #take(): string {
    return this.#characters[this.#place++] ?? "";
  }

  #unsupported(what: string): HoneError<"FORMAT_SCHEMA_UNSUPPORTED"> {
    const instead = "write the pattern without it";
    return new HoneError("FORMAT_SCHEMA_UNSUPPORTED", { at: this.#at, keyword: what, instead });
  }

  #alternatives(): Expression {
    const options = [this.#sequence()];
    while (this.#takes("|")) options.push(this.#sequence());
    return choice(options);
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    while (this.#next !== undefined && !"|)$".includes(this.#next)) {
      parts.push(this.#quantified(this.#atom()));
    }
    return sequence(...parts);
  }

  #atom(): Expression {
    const character = this.#take();
    if (character === "(") return this.#group();
    if (character === "[") return written(this.#class());
    if (character === ".") return written(without(allCodePoints, lineEnds));
    if (character === "^") throw this.#unsupported("^ within a pattern");
    if (character === "\\") return written(this.#escape());
    return written([range(character)]);
  }

  #group(): Expression {
    if (this.#takes("?")) {
      if (this.#takes("<")) {
        if (this.#next === "=" || this.#next === "!") throw this.#unsupported("lookbehind");
        while (this.#take() !== ">");
      } else if (!this.#takes(":")) throw this.#unsupported(`(?${this.#next ?? ""} …)`);
    }
    const inside = this.#alternatives();
    if (!this.#takes(")")) throw this.#unsupported("$ within a group");
    return inside;
  }

  #quantified(part: Expression): Expression {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // What is taken first, few or many, decides nothing here: every text that matches is allowed.
    this.#takes("?");
    const [min, max] = bounds;
    if (min > MAX_REPEATS || (max > MAX_REPEATS && max < Infinity)) {
      throw this.#unsupported(`a repetition of more than ${MAX_REPEATS}`);
    }
    return repeat(part, min, max);
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#takes("*")) return [0, Infinity];
    if (this.#takes("+")) return [1, Infinity];
    if (this.#takes("?")) return [0, 1];
    if (!this.#takes("{")) return undefined;
    let text = "";
    for (let one = this.#take(); one !== "}"; one = this.#take()) text += one;
    const [min = "0", max] = text.split(",");
    return [Number(min), max === undefined ? Number(min) : max === "" ? Infinity : Number(max)];
  }

  /** The set behind a backslash. */
  #escape(): CodePoints {
    const character = this.#take();
    const named = classes[character];
    if (named !== undefined) return named;
    if (/[bBkpP1-9]/.test(character)) throw this.#unsupported(`\\${character}`);
    if (character === "u" || character === "x") return [this.#code(character)];
    if (character === "c") {
      const code = this.#take().codePointAt(0)! % 32;
      return [[code, code]];
    }
    if (character === "0") return [[0, 0]];
    return [range(controls[character] ?? character)];
  }

  #code(kind: "u" | "x"): readonly [number, number] {
    let text = "";
    if (this.#takes("{")) for (let one = this.#take(); one !== "}"; one = this.#take()) text += one;
    else for (let count = kind === "u" ? 4 : 2; count > 0; count--) text += this.#take();
    const point = Number.parseInt(text, 16);
    if (point >= 0xd800 && point <= 0xdfff) throw this.#unsupported("half of a surrogate pair");
    return [point, point];
  }

  #class(): CodePoints {
    const isNot = this.#takes("^");
    const set: (readonly [number, number])[] = [];
    while (!this.#takes("]")) {
      const first = this.#classAtom();
      if (this.#next !== "-" || this.#characters[this.#place + 1] === "]") set.push(...first);
      else {
        this.#place++;
        set.push([first[0]![0], this.#classAtom()[0]![1]]);
      }
    }
    return isNot ? without(allCodePoints, set) : set;
  }

  #classAtom(): CodePoints {
    const character = this.#take();
    if (character !== "\\") return [range(character)];
    if (this.#takes("b")) return [[8, 8]];
    if (this.#takes("-")) return [range("-")];
    return this.#escape();
  }
}
