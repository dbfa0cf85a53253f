/** Parsed JSON before anyone has checked its fields. */

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

/** The fields of an object; none of anything else. */
export const fieldsOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** The objects in a list; none of anything else. */
export const objectsOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** The object that a text is the JSON of. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
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
 * Parses JSON; a number with more digits than a number of JavaScript can hold becomes the text that was written.
 *
 * @throws SyntaxError for a text that is no JSON
 * @example exactJson('{"row": 2512292042121000001, "n": 2}') // { row: "2512292042121000001", n: 2 }
 */
export function exactJson(text: string): JsonValue {
  return JSON.parse(text, /\d[\d.]{15}/.test(text) ? keptDigits : undefined) as JsonValue;
}

function keptDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
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
