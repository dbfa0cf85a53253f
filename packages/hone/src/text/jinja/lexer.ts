/**
 * A template's text as tokens, by the rules of jinja2's lexer with `trim_blocks` and `lstrip_blocks`: the line end behind a
 * block is left out, and so is the white space before a block that begins its line.
 */
import { SPACE } from "./characters.ts";
import { TemplateFault } from "./faults.ts";

/** A piece of a template. `text` is the source of an operator or name, the value of a string, the words between tags. */
export interface Token {
  readonly kind:
    | "data"
    | "block_begin"
    | "block_end"
    | "variable_begin"
    | "variable_end"
    | "name"
    | "string"
    | "integer"
    | "float"
    | "operator"
    | "end";
  readonly text: string;
  readonly line: number;
}

const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/uy;
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iuy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iuy;
const NAME = /[\p{L}\p{N}_]+/uy;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/uy;
const WHITE = new RegExp(`[${SPACE}]+`, "uy");
const ONLY_WHITE = new RegExp(`^[${SPACE}]+$`, "u");
const TRAILING = new RegExp(`[${SPACE}]+$`, "u");
const RAW_BEGIN = new RegExp(`\\{%[-+]?[${SPACE}]*raw[${SPACE}]*(?:-%\\}[${SPACE}]*|%\\})`, "uy");
const RAW_END = new RegExp(
  `\\{%([-+]?)[${SPACE}]*endraw[${SPACE}]*(?:\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?)`,
  "u",
);
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}[${SPACE}]*|#\\}\\n?`, "u");
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?`, "uy");
const VARIABLE_END = new RegExp(`-\\}\\}[${SPACE}]*|\\}\\}`, "uy");

/** The tokens of a template. @throws TemplateFault for text that no token begins with, and for a tag that does not end */
export function tokenize(source: string): Token[] {
  return new Lexer(source.replaceAll(/\r\n?/gu, "\n").replace(/\n$/u, "")).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  /** Whether the last token ended a line, so that a block that follows begins one. */
  #isLineStart = true;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    while (this.#at < this.#source.length) this.#step();
    this.#push("end", "");
    return this.#tokens;
  }

  #step(): void {
    const begin = this.#source.slice(this.#at).search(/\{[{%#]/u);
    if (begin < 0) {
      this.#push("data", this.#source.slice(this.#at));
      this.#at = this.#source.length;
      return;
    }
    const start = this.#at + begin;
    const mark = this.#source[start + 1]!;
    const sign = this.#source[start + 2] ?? "";
    this.#data(this.#source.slice(this.#at, start), sign, mark !== "{");
    this.#advance(start);
    const raw = this.#match(RAW_BEGIN);
    if (raw !== undefined) return this.#raw(raw);
    const length = sign === "-" || sign === "+" ? 3 : 2;
    if (mark === "#") return this.#comment(length);
    this.#tag(mark === "%" ? "block" : "variable", length);
  }

  /** The words before a tag, without the white space that the tag's sign or `lstrip_blocks` takes. */
  #data(text: string, sign: string, isBlock: boolean): void {
    let words = text;
    if (sign === "-") words = text.replace(TRAILING, "");
    else if (sign !== "+" && isBlock) {
      const lineStart = text.lastIndexOf("\n") + 1;
      const isLineStart = lineStart > 0 || this.#isLineStart;
      if (isLineStart && ONLY_WHITE.test(text.slice(lineStart))) words = text.slice(0, lineStart);
    }
    this.#push("data", words);
  }

  #raw(begin: string): void {
    this.#advance(this.#at + begin.length);
    const end = RAW_END.exec(this.#source.slice(this.#at));
    if (end === null) throw this.#fault("Missing end of raw directive");
    this.#isLineStart = begin.endsWith("\n");
    this.#data(this.#source.slice(this.#at, this.#at + end.index), end[1]!, true);
    this.#advance(this.#at + end.index + end[0].length);
    this.#isLineStart = end[0].endsWith("\n");
  }

  #comment(length: number): void {
    const rest = this.#source.slice(this.#at + length);
    const end = COMMENT_END.exec(rest);
    if (end === null) throw this.#fault("Missing end of comment tag");
    this.#advance(this.#at + length + end.index + end[0].length);
    this.#isLineStart = end[0].endsWith("\n");
  }

  /** A tag up to its end. Inside brackets an end mark is none, so that `{{ {"a": {}} }}` can be written. */
  #tag(kind: "block" | "variable", length: number): void {
    this.#push(`${kind}_begin`, "");
    this.#advance(this.#at + length);
    const open: string[] = [];
    for (;;) {
      const end =
        open.length === 0 ? this.#match(kind === "block" ? BLOCK_END : VARIABLE_END) : undefined;
      if (end !== undefined) {
        this.#push(`${kind}_end`, "");
        this.#advance(this.#at + end.length);
        this.#isLineStart = end.endsWith("\n");
        return;
      }
      if (this.#at >= this.#source.length) return;
      this.#inTag(open);
    }
  }

  #inTag(open: string[]): void {
    const white = this.#match(WHITE);
    if (white !== undefined) return this.#advance(this.#at + white.length);
    for (const [kind, pattern] of [
      ["float", FLOAT],
      ["integer", INTEGER],
      ["name", NAME],
      ["string", STRING],
      ["operator", OPERATOR],
    ] as const) {
      // The digits of `x.0.5` are two integers.
      if (kind === "float" && this.#source[this.#at - 1] === ".") continue;
      const text = this.#match(pattern);
      if (text === undefined) continue;
      if (kind === "operator") this.#bracket(text, open);
      if (kind === "name" && /^\p{N}/u.test(text))
        throw this.#fault(`Invalid character in identifier ${text}`);
      this.#push(kind, kind === "string" ? unescape(text.slice(1, -1)) : text);
      return this.#advance(this.#at + text.length);
    }
    throw this.#fault(`unexpected char ${JSON.stringify(this.#source[this.#at])} at ${this.#at}`);
  }

  #bracket(text: string, open: string[]): void {
    const closing = { "(": ")", "[": "]", "{": "}" }[text];
    if (closing !== undefined) open.push(closing);
    else if (")]}".includes(text) && open.pop() !== text) throw this.#fault(`unexpected '${text}'`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source)?.[0];
  }

  #push(kind: Token["kind"], text: string): void {
    if (kind !== "data" || text !== "") this.#tokens.push({ kind, text, line: this.#line });
  }

  #advance(to: number): void {
    for (let i = this.#at; i < to; i++) if (this.#source[i] === "\n") this.#line++;
    this.#at = to;
  }

  #fault(problem: string): TemplateFault {
    return new TemplateFault(`${problem} (line ${this.#line})`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** A string literal's text with Python's escapes resolved; an escape that Python does not know keeps its backslash. */
function unescape(text: string): string {
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/gu,
    (whole, x?: string, u?: string, long?: string, octal?: string, one?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (one === "x" || one === "u" || one === "U")
        throw new TemplateFault(`truncated \\${one} escape`);
      return ESCAPES[one!] ?? whole;
    },
  );
}
