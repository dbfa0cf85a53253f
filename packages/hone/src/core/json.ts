/** Parsed JSON before anyone has checked its fields. */
import { mayBeRewritten, noteWrittenTexts } from "./written-json.ts";

/** A JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for `{…}`, false for arrays, null and everything else. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Anything JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Sets a field of an object, also one called `__proto__`, to which assigning would change the object's prototype. */
export function setOwn<T>(into: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") into[key] = value;
  else {
    const field = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(into, key, field);
  }
}

/** The fields of an object; none of anything else. */
export const fieldsOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** The objects in a list; none of anything else. */
export const objectsOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Levels of nesting that JSON may have where hone takes it in. Deeper values overflow the stack of code that walks them. */
export const maxJsonDepth = 500;

/**
 * Levels up to which a JSON text within a value is parsed. A deeper one stays a text, which keeps it whole: values are
 * recorded up to 64 levels only.
 */
export const maxParsedDepth = 48;

/** True where lists and objects of a value are nested deeper than `levels`. The value must hold no circle. */
export function isDeeper(value: unknown, levels: number = maxJsonDepth): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((part) => isDeeper(part, levels - 1));
  for (const key in value) if (isDeeper((value as JsonObject)[key], levels - 1)) return true;
  return false;
}

/**
 * Parses JSON that another program wrote.
 *
 * @param levels  of nesting that are allowed. Default `maxJsonDepth`
 * @throws SyntaxError for a text that is no JSON or is nested deeper
 */
export function parseJson(text: string, levels: number = maxJsonDepth): unknown {
  const value: unknown = JSON.parse(text);
  if (isDeeper(value, levels)) throw new SyntaxError(`it is nested deeper than ${levels} levels`);
  return value;
}

/** The object that a text is the JSON of; its numbers as `exactJson` reads them. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = exactJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What a JSON text of an object or a list stands for, everything else as it is: "1.0" is not to become 1. */
export function parsedJson(value: unknown): JsonValue {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value as JsonValue;
  try {
    return exactJson(value);
  } catch {
    return value;
  }
}

/**
 * Parses JSON; a number that JavaScript cannot hold, for its digits or its size, becomes the text that was written. The text of
 * a list or an object that JavaScript would write in another way is kept for `writtenText`.
 *
 * @param levels  of nesting that are allowed. Default `maxParsedDepth`
 * @throws SyntaxError for a text that is no JSON, or is nested deeper
 * @example exactJson('{"row": 2512292042121000001, "n": 2}') // { row: "2512292042121000001", n: 2 }
 */
export function exactJson(text: string, levels: number = maxParsedDepth): JsonValue {
  const parsed = parseJson(text, levels) as JsonValue;
  if (!mayBeRewritten(text)) return parsed;
  const value = (keptDigits(text) ?? parsed) as JsonValue;
  noteWrittenTexts(text, value);
  return value;
}

/** A number of 16 digits or more, or with an exponent of three digits. */
const mayLoseDigits = /(?:^|[:,[])\s*-?\d[\d.]*(?:[\d.]{15}|[eE][+-]?\d{3})/;

/**
 * A JSON text whose numbers may not all fit into JavaScript's, parsed with those as the texts that were written.
 *
 * @returns undefined where all fit for sure, and where the text is nested too deep for it
 */
export function keptDigits(text: string): unknown {
  if (!mayLoseDigits.test(text)) return undefined;
  try {
    return JSON.parse(text, keepDigits) as unknown;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined) return value;
  return digitsOf(String(value)) === digitsOf(source) ? value : source;
}

/** The digits of a number without zeros around them. */
const digitsOf = (number: string): string =>
  number
    .replace(/e.*$/i, "")
    .replaceAll(/[^0-9]/g, "")
    .replace(/^0+/, "")
    .replace(/0+$/, "");
