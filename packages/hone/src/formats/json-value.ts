/** The schema of anything JSON can hold. */
import { z } from "zod";
import type { JsonValue } from "../core/json.ts";

export const jsonValue = z.json() as z.ZodType<JsonValue>;

export const jsonObject = z.record(z.string(), jsonValue);

/** What a failed check says, in one line. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, code, message }) =>
      // What a check of ours says about the whole is a sentence of its own.
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

/** The object without the fields that are undefined, as JSON has it. */
export function withoutUndefined<T extends object>(content: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<T>;
}
