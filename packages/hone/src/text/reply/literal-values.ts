/** Values of arguments that a form writes in a notation of its own, read into JSON: Python's literals, and Gemma 4's. */
import { maxJsonDepth } from "../../core/json.ts";
import { isJson } from "./written-call.ts";

/** How a notation writes what JSON writes otherwise. */
export interface Notation {
  /** The marks around a text, each with whether a backslash escapes within it. */
  readonly quotes: readonly { readonly mark: string; readonly hasEscapes: boolean }[];
  /** Whether the keys of an object may stand without quotes. */
  readonly isBareKey: boolean;
}

/** Python: `'text'`, `"text"`, True, False, None, `{'key': 1}`. */
export const pythonNotation: Notation = {
  quotes: [
    { mark: "'", hasEscapes: true },
    { mark: '"', hasEscapes: true },
  ],
  isBareKey: false,
};

/** Gemma 4: `<|"|>text<|"|>`, true, false, null, `{key:1}`. */
export const gemmaNotation: Notation = {
  quotes: [
    { mark: '<|"|>', hasEscapes: false },
    { mark: '"', hasEscapes: true },
  ],
  isBareKey: true,
};

const words: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null" };

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/**
 * Reads values one behind the other; every method gives undefined where the text is none, is cut, or is nested deeper than JSON
 * may be.
 */
export class LiteralReader {
  readonly #text: string;
  readonly #notation: Notation;
  #depth = 0;
  at = 0;

  constructor(text: string, notation: Notation) {
    this.#text = text;
    this.#notation = notation;
  }

  get isAtEnd(): boolean {
    this.skip(/\s*/uy);
    return this.at >= this.#text.length;
  }

  /** The text that the pattern, a sticky one, matches here, white space before it left out. */
  skip(pattern: RegExp): string | undefined {
    for (const one of [/\s*/uy, pattern]) {
      one.lastIndex = this.at;
      const found = one.exec(this.#text)?.[0];
      if (found === undefined) return undefined;
      this.at += found.length;
      if (one === pattern) return found;
    }
    return undefined;
  }

  /** A value as JSON text. */
  value(): string | undefined {
    const text = this.#quoted();
    if (text !== undefined) return JSON.stringify(text);
    if (this.skip(/\[/uy) !== undefined) return this.#items(/\]/uy, "[]", () => this.value());
    if (this.skip(/\{/uy) !== undefined) return this.#items(/\}/uy, "{}", () => this.#member());
    const word = this.skip(/[\w.+-]+/uy);
    if (word === undefined) return undefined;
    const json = words[word] ?? word;
    return isJson(json) ? json : undefined;
  }

  /** Members up to a closing sign, as the JSON text of an object: `key=value, …)`. */
  members(close: RegExp): string | undefined {
    return this.#items(close, "{}", () => this.#pair(this.skip(/[\p{L}_][\p{L}\p{N}_]*/uy), /=/uy));
  }

  #member(): string | undefined {
    const bare = this.#notation.isBareKey ? /[^:{}[\],\s]+/uy : undefined;
    return this.#pair(this.#quoted() ?? (bare && this.skip(bare)), /:/uy);
  }

  #pair(key: string | undefined, assign: RegExp): string | undefined {
    if (key === undefined || this.skip(assign) === undefined) return undefined;
    const value = this.value();
    return value === undefined ? undefined : `${JSON.stringify(key)}: ${value}`;
  }

  #items(close: RegExp, marks: "{}" | "[]", item: () => string | undefined): string | undefined {
    if (this.#depth === maxJsonDepth) return undefined;
    this.#depth++;
    const items = this.#itemsUpTo(close, item);
    this.#depth--;
    return items && `${marks[0]}${items.join(", ")}${marks[1]}`;
  }

  #itemsUpTo(close: RegExp, item: () => string | undefined): readonly string[] | undefined {
    const items: string[] = [];
    while (this.skip(close) === undefined) {
      if (items.length > 0 && this.skip(/,/uy) === undefined) return undefined;
      if (items.length > 0 && this.skip(close) !== undefined) break;
      const one = item();
      if (one === undefined) return undefined;
      items.push(one);
    }
    return items;
  }

  #quoted(): string | undefined {
    this.skip(/\s*/uy);
    const quote = this.#notation.quotes.find(({ mark }) => this.#text.startsWith(mark, this.at));
    if (quote === undefined) return undefined;
    const { mark, hasEscapes } = quote;
    let text = "";
    for (let i = this.at + mark.length; i < this.#text.length; i++) {
      if (this.#text.startsWith(mark, i)) {
        this.at = i + mark.length;
        return text;
      }
      const escaped = hasEscapes ? escapeAt(this.#text, i) : undefined;
      text += escaped?.means ?? this.#text[i]!;
      i += (escaped?.length ?? 1) - 1;
    }
    return undefined;
  }
}

/** What a backslash and the signs behind it mean; undefined where there is none. */
function escapeAt(
  text: string,
  at: number,
): { readonly means: string; readonly length: number } | undefined {
  const escape = /\\(?:x([\da-f]{2})|u([\da-f]{4})|([^]))/iuy;
  escape.lastIndex = at;
  const found = escape.exec(text);
  if (found === null) return undefined;
  const [{ length }, two, four, letter = ""] = found;
  const code = two ?? four;
  if (code === undefined) return { means: escapes[letter] ?? letter, length };
  return { means: String.fromCharCode(Number.parseInt(code, 16)), length };
}
