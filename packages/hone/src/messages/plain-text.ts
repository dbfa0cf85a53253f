/** Fields of other libraries' objects, which may be anything, and texts made of them. */
import { messageOf } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { writtenText } from "../core/written-json.ts";

/** An id, a name or a key as a text; empty for what is neither a text nor a number. */
export const plainText = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** A value as JSON text, as it was written where it came from a text; one without a JSON form becomes a text that says why. */
export function jsonText(value: unknown): string {
  try {
    return writtenText(value) ?? JSON.stringify(value) ?? "";
  } catch (error) {
    return `[unreadable: ${messageOf(error)}]`;
  }
}

/** The first of these fields that holds something: one value has other names in other libraries. */
export function firstField(value: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const found = value[name];
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}
