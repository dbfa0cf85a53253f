/** JSON as Python's `json` reads and writes it: 5.0 stays a float, large integers keep their digits, keys keep their order. */
import { bind, integer } from "./arguments.ts";
import { CONTROL } from "./characters.ts";
import { floatText, textOf } from "./print.ts";
import { orderOf } from "./operators.ts";
import { spend } from "./steps.ts";
import { TemplateFault } from "./faults.ts";
import {
  Dict,
  Tuple,
  Undefined,
  isTrue,
  itemsOf,
  typeName,
  type Call,
  type Value,
} from "./values.ts";

/** The filter `tojson`, as transformers sets it: no HTML escapes, and characters outside ASCII as they are. */
export function toJson(value: Value, call: Call): Value {
  const [isAscii, indent, separators, isSorted] = bind(
    "tojson",
    call,
    ["ensure_ascii", false],
    ["indent", null],
    ["separators", null],
    ["sort_keys", false],
  ) as [Value, Value, Value, Value];
  const [comma, colon] =
    separators === null ? [indent === null ? ", " : ",", ": "] : itemsOf(separators).map(textOf);
  const step =
    indent === null
      ? undefined
      : typeof indent === "string"
        ? indent
        : " ".repeat(Math.max(0, Number(integer(indent))));
  const form = {
    isAscii: isTrue(isAscii),
    isSorted: isTrue(isSorted),
    step,
    comma: comma!,
    colon: colon!,
  };
  return jsonText(value, form, "\n");
}

interface Form {
  readonly isAscii: boolean;
  readonly isSorted: boolean;
  readonly step: string | undefined;
  readonly comma: string;
  readonly colon: string;
}

function jsonText(value: Value, form: Form, lineStart: string): string {
  spend(1);
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return jsonFloat(value);
  if (typeof value === "string") return jsonString(value, form.isAscii);
  const inner = form.step === undefined ? "" : lineStart + form.step;
  const close = form.step === undefined ? "" : lineStart;
  const block = (parts: readonly string[], [open, end]: readonly [string, string]) =>
    parts.length === 0
      ? open + end
      : `${open}${inner}${parts.join(form.comma + inner)}${close}${end}`;
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = value instanceof Tuple ? value.items : value;
    return block(
      items.map((item) => jsonText(item, form, inner)),
      ["[", "]"],
    );
  }
  if (value instanceof Dict) {
    const entries = value.entries();
    if (form.isSorted) entries.sort(([a], [b]) => orderOf(a, b));
    const texts = entries.map(
      ([key, item]) =>
        `${jsonString(keyText(key), form.isAscii)}${form.colon}${jsonText(item, form, inner)}`,
    );
    return block(texts, ["{", "}"]);
  }
  throw new TemplateFault(
    `Object of type ${value instanceof Undefined ? "Undefined" : typeName(value)} is not JSON serializable`,
  );
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (key === null) return "null";
  if (typeof key === "boolean" || typeof key === "bigint") return String(key);
  if (typeof key === "number") return jsonFloat(key);
  throw new TemplateFault(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? floatText(value) : value > 0 ? "Infinity" : "-Infinity";
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

function jsonString(text: string, isAscii: boolean): string {
  const escaped = text.replaceAll(
    isAscii ? /["\\]|[^ -~]/g : ESCAPED,
    (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

/** The value that a JSON text stands for, or undefined where it is not JSON. */
export function parseJson(text: string): Value | undefined {
  try {
    const reader = new Reader(text);
    return reader.whole();
  } catch (error) {
    // Text nested so deeply that the stack ends is a RangeError; Python refuses it as well.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const ESCAPED = new RegExp(`["\\\\${CONTROL}]`, "g");
const STRING = new RegExp(`"((?:[^"\\\\${CONTROL}]|\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4}))*)"`, "y");
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const WHITE = /[ \t\n\r]*/y;
const WORDS: readonly (readonly [string, Value])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Value {
    const value = this.#value();
    if (this.#at < this.#text.length) throw new SyntaxError("extra data");
    return value;
  }

  /** A value and the white space around it. */
  #value(): Value {
    this.#match(WHITE);
    const value = this.#bare();
    this.#match(WHITE);
    return value;
  }

  #bare(): Value {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === "[") return this.#items("]", () => this.#value());
    if (first === "{") return new Dict(this.#items("}", () => this.#entry()));
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word !== undefined) {
      this.#at += word[0].length;
      return word[1];
    }
    const number = this.#match(NUMBER);
    if (number === undefined) throw new SyntaxError("expected a value");
    return number[1] === undefined && number[2] === undefined
      ? BigInt(number[0])
      : Number(number[0]);
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === undefined) throw new SyntaxError("invalid string");
    return JSON.parse(found[0]) as string;
  }

  #entry(): readonly [string, Value] {
    this.#match(WHITE);
    const key = this.#string();
    this.#match(WHITE);
    if (this.#text[this.#at++] !== ":") throw new SyntaxError("expected ':'");
    return [key, this.#value()];
  }

  #items<Item>(end: string, read: () => Item): Item[] {
    const items: Item[] = [];
    this.#at++;
    this.#match(WHITE);
    if (this.#text[this.#at] === end) {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(read());
      const mark = this.#text[this.#at++];
      if (mark === end) return items;
      if (mark !== ",") throw new SyntaxError("expected ','");
    }
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }
}
