/** Schemas of JSON values, and the words for what a schema refuses. */
import { z } from "zod";
import type { JsonValue } from "../core/json.ts";

/** Anything that JSON can hold. */
export const jsonValue = z.json() as z.ZodType<JsonValue>;

/** A JSON object with any fields. */
export const jsonObject = z.record(z.string(), jsonValue);

/** The first three problems that a schema found, in one line. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, code, message }) =>
      // The message of a check of the whole object is a sentence already and needs no path.
      path.length === 0 && code === "custom"
        ? message
        : `${path.join(".") || "content"}: ${message}`,
    )
    .join("; ");
}

/** An object's type without `undefined`: fields that may be undefined may be absent instead. */
type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without fields that are undefined, which JSON does not have. */
export function withoutUndefined<T extends object>(content: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<T>;
}
