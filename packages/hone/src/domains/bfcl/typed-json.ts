/** JSON with the types that Python gives its values. The benchmark tells 5 from 5.0, which JavaScript reads as one number. */
import { parseJson } from "../../core/json.ts";
import { fractionText } from "../../core/written-json.ts";

/** A JSON value and its type. */
export type TypedValue =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "integer" | "float"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null"; readonly value: null }
  | { readonly kind: "list"; readonly value: readonly TypedValue[] }
  | { readonly kind: "dict"; readonly value: TypedDict };

/** A JSON object, by its keys. */
export type TypedDict = ReadonlyMap<string, TypedValue>;

/** The type of a JSON value. */
export type TypedKind = TypedValue["kind"];

/** @throws SyntaxError for a text that is no JSON, or is nested too deep */
export function typedJson(text: string): TypedValue {
  parseJson(text);
  // The reviver makes typed values of the parts first, and of the whole last.
  return JSON.parse(text, typed) as TypedValue;
}

function typed(_: string, value: unknown, context?: { readonly source?: string }): TypedValue {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "boolean") return { kind: "boolean", value };
  if (typeof value === "number")
    return { kind: /[.eE]/.test(context?.source ?? "") ? "float" : "integer", value };
  if (value === null) return { kind: "null", value };
  if (Array.isArray(value)) return { kind: "list", value: value as readonly TypedValue[] };
  return { kind: "dict", value: new Map(Object.entries(value as Record<string, TypedValue>)) };
}

/** The JSON text of a value; a float has a fraction, as 5.0. */
export function typedText(typedValue: TypedValue): string {
  const { kind, value } = typedValue;
  if (kind === "list") return `[${value.map(typedText).join(", ")}]`;
  if (kind === "dict") return dictText(value);
  return (kind === "float" ? fractionText(value) : undefined) ?? JSON.stringify(value);
}

/** The JSON text of an object. */
export const dictText = (dict: TypedDict): string =>
  `{${[...dict].map(([key, value]) => `${JSON.stringify(key)}: ${typedText(value)}`).join(", ")}}`;

/** Whether two values are equal in Python: 1, 1.0 and true are, within lists and objects as well. */
export function isEqual(a: TypedValue, b: TypedValue): boolean {
  if (a.kind === "list" && b.kind === "list")
    return (
      a.value.length === b.value.length && a.value.every((part, i) => isEqual(part, b.value[i]!))
    );
  if (a.kind === "dict" && b.kind === "dict")
    return (
      a.value.size === b.value.size && [...a.value].every(([key, part]) => hasPart(b, key, part))
    );
  if (isNumeric(a) && isNumeric(b)) return Number(a.value) === Number(b.value);
  return a.kind === b.kind && a.value === b.value;
}

function hasPart(dict: { readonly value: TypedDict }, key: string, part: TypedValue): boolean {
  const other = dict.value.get(key);
  return other !== undefined && isEqual(part, other);
}

const isNumeric = ({ kind }: TypedValue): boolean =>
  kind === "integer" || kind === "float" || kind === "boolean";
