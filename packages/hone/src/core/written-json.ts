/**
 * The texts of JSON values as another program or a model wrote them.
 *
 * A value cannot hold all of its text: `5.0` becomes 5, `2512292042121000001` has more digits than a number, and keys such as
 * "10" move to the front. `exactJson` therefore notes the text of each list and object that JavaScript would write in another
 * way, and whatever becomes text again asks for it here. The notes live as long as the values.
 */

/** A list or an object within a JSON text. */
interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const pieces = new WeakMap<object, Piece>();

/**
 * In every JSON text whose numbers JavaScript would write in another way, or whose keys it would move: 16 digits, a zero at the
 * end of a fraction, an exponent, a small fraction, -0, a key of digits.
 */
const mayChange =
  /(?:^|[:,[])\s*-?(?:[\d.]{16}|\d{1,16}\.\d{0,16}0(?!\d)|[\d.]{1,16}[eE]|0\.000000)|(?:^|[:,[])\s*-0(?![\d.])|"\d{1,16}"\s*:/;

/** False for a text that `JSON.stringify` writes as it is, apart from spaces and the escapes of its strings. */
export const mayBeRewritten = (text: string): boolean => mayChange.test(text);

/**
 * The text of a list or an object as it was written.
 *
 * @returns undefined for a value that `JSON.stringify` writes as well, and for one that came from no text
 * @example writtenText(exactJson('{"price": 5.0}')) // '{"price": 5.0}'
 */
export function writtenText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const piece = pieces.get(value);
  return piece?.text.slice(piece.start, piece.end);
}

/** A list or an object that the pass is in. */
interface Level {
  readonly value: unknown;
  readonly start: number;
  readonly isList: boolean;
  /** The index of the next value of a list. */
  index: number;
  /** The name of the next value of an object, where it was read. */
  name: string | undefined;
  /** True where JavaScript would write what was read of it in another way. */
  isChanged: boolean;
}

/** A text, a bracket, a comma, or a word such as a number. Colons and spaces are passed over. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},]|[^\s"[\]{},:]+/gs;

/** Notes the texts of the lists and objects of a value, in one pass. `text` must be JSON, and `root` its value. */
export function noteWrittenTexts(text: string, root: unknown): void {
  const levels: Level[] = [];
  for (const { 0: found, index } of text.matchAll(token)) {
    const level = levels.at(-1);
    const first = found[0]!;
    if (first === "{" || first === "[") {
      const value = level === undefined ? root : valueOf(level);
      levels.push({
        value,
        start: index,
        isList: first === "[",
        index: 0,
        name: undefined,
        isChanged: false,
      });
    } else if (first === "}" || first === "]") {
      levels.pop();
      note(level!, { text, start: level!.start, end: index + 1 });
      const around = levels.at(-1);
      if (around !== undefined) around.isChanged ||= level!.isChanged;
    } else if (level === undefined) return;
    else if (first === ",") {
      level.index++;
      level.name = undefined;
    } else if (first === '"' && !level.isList && level.name === undefined) {
      level.name = JSON.parse(found) as string;
      level.isChanged ||= /^\d+$/.test(level.name);
    } else if (/^[-\d]/.test(first)) level.isChanged ||= String(Number(found)) !== found;
  }
}

const valueOf = ({ value, isList, index, name }: Level): unknown =>
  (value as Readonly<Record<string, unknown>> | undefined)?.[isList ? index : (name ?? "")];

/** Of a name that occurs twice the last value counts, so its text replaces an earlier one's. */
function note({ value, isChanged }: Level, piece: Piece): void {
  if (typeof value !== "object" || value === null) return;
  if (isChanged) pieces.set(value, piece);
  else pieces.delete(value);
}

/**
 * The texts of the parts of a list or an object whose numbers came with their types, as those of OpenTelemetry do: a whole
 * number of 64 bits, and 5.0 beside 5.
 */
export class TypedParts {
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  readonly #texts: (string | undefined)[] = [];
  #isChanged = false;

  /** @param text  the value's text, where `JSON.stringify` would write another; @param name  in an object, the value's */
  add(value: unknown, text: string | undefined, name?: string): void {
    this.#values.push(value);
    this.#texts.push(text);
    if (name !== undefined) this.#names.push(name);
    this.#isChanged ||= text !== undefined || (name !== undefined && /^\d+$/.test(name));
  }

  /** Notes the text of the list or the object that these are the parts of. Returns it where `JSON.stringify` would write another. */
  note(whole: object): string | undefined {
    if (!this.#isChanged) return undefined;
    const texts = this.#values.map((value, i) => this.#texts[i] ?? JSON.stringify(value));
    const text = Array.isArray(whole)
      ? `[${texts.join(",")}]`
      : `{${[...new Map(this.#names.map((name, i) => [name, texts[i]!]))]
          .map(([name, part]) => `${JSON.stringify(name)}:${part}`)
          .join(",")}}`;
    pieces.set(whole, { text, start: 0, end: text.length });
    return text;
  }
}

/** The text of a number of floating point, where `JSON.stringify` would write that of a whole number. */
export function fractionText(value: number): string | undefined {
  if (!Number.isInteger(value)) return undefined;
  const text = Object.is(value, -0) ? "-0" : JSON.stringify(value);
  return text.includes("e") ? undefined : `${text}.0`;
}

/** The name of the attribute that holds the text of a span's field, such as `arguments`. */
export const writtenAttribute = (field: string): string => `hone.${field}.text`;

/** Attributes with the texts of those fields of a span that JavaScript would write in another way. */
export function writtenTexts(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of ["arguments", "result", "details"]) {
    const text = writtenText(fields[name]);
    if (text !== undefined) texts[writtenAttribute(name)] = text;
  }
  return texts;
}
