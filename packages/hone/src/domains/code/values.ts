/** The values that programs of the code domain take and give, and their types. */
import type { JsonValue } from "../../core/json.ts";

/** Types of values, with the name that a parameter of the type has. */
export const parameterNames = { numbers: "xs", words: "ws", text: "s", number: "n" } as const;

/** The type of a value: a list of whole numbers, a list of words, a text, or one whole number. */
export type ValueType = keyof typeof parameterNames;

/** What an operation does with a value and its number; undefined where it has no result, such as the largest of an empty list. */
export type Compute = (value: JsonValue, n: number) => JsonValue | undefined;

/** An operation on lists of numbers. */
export const onNumbers =
  (compute: (xs: readonly number[], n: number) => JsonValue | undefined): Compute =>
  (value, n) =>
    isListOf(value, isNumber) ? compute(value, n) : undefined;

/** An operation on lists of words. */
export const onWords =
  (compute: (ws: readonly string[], n: number) => JsonValue | undefined): Compute =>
  (value, n) =>
    isListOf(value, isString) ? compute(value, n) : undefined;

/** An operation on texts. */
export const onText =
  (compute: (s: string, n: number) => JsonValue | undefined): Compute =>
  (value, n) =>
    isString(value) ? compute(value, n) : undefined;

/** Whether two values are the same JSON; 0 and -0 are. */
export const isSameValue = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const isNumber = (value: unknown): value is number => typeof value === "number";
const isString = (value: unknown): value is string => typeof value === "string";

const isListOf = <Item extends JsonValue>(
  value: JsonValue,
  isItem: (item: unknown) => item is Item,
): value is Item[] => Array.isArray(value) && value.every(isItem);
