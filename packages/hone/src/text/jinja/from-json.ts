/** JavaScript's values as those of a template. */
import { parseJson } from "./json.ts";
import { Callable, Dict, type Value } from "./values.ts";

/** Values of a template among those of JavaScript, which they are handed through as they are. */
export class GivenValue {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/**
 * The values of a JSON text as Python reads them, to be put into a message: 5.0 stays a float, an integer keeps all its
 * digits, keys stay in their order. Undefined where the text is not JSON.
 */
export function pythonValues(text: string): GivenValue | undefined {
  const value = parseJson(text);
  return value === undefined ? undefined : new GivenValue(value);
}

/** A value of JavaScript in Python's terms: a whole number is an int, null is None, and fields that are undefined are absent. */
export function fromJavaScript(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint")
    return value;
  if (typeof value === "number")
    return Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
  if (value instanceof GivenValue) return value.value;
  if (value instanceof Callable) return value;
  if (Array.isArray(value)) return value.map(fromJavaScript);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return new Dict(fields.map(([name, field]) => [name, fromJavaScript(field)]));
}
