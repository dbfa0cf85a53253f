/** Schemas of JSON values, and the words for what a schema refuses. */
import { z } from "zod";
import { isObject, type JsonObject, type JsonValue, maxJsonDepth } from "../core/json.ts";

/** Anything that JSON can hold. Keys stay as they are: zod's own schemas drop one that is called `__proto__`. */
export const jsonValue = z
  .unknown()
  .superRefine((value, context) => refuse(faultIn(value, 0), context)) as z.ZodType<JsonValue>;

/** A JSON object with any fields. */
export const jsonObject = z
  .unknown()
  .superRefine((value, context) => refuse(isPlain(value) ? faultIn(value, 0) : noObject, context))
  .meta({ type: "object" }) as z.ZodType<Readonly<Record<string, JsonValue>>>;

/** A JSON object whose fields are all numbers. */
export const numberObject = z
  .unknown()
  .superRefine((value, context) => {
    if (!isPlain(value)) return refuse(noObject, context);
    const wrong = Object.entries(value).find(([, one]) => !Number.isFinite(one));
    if (wrong !== undefined) refuse({ path: [wrong[0]], message: "expected number" }, context);
  })
  .meta({ type: "object", additionalProperties: { type: "number" } }) as z.ZodType<
  Readonly<Record<string, number>>
>;

/** The first thing in a value that JSON does not have, and the keys that lead to it. */
interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const noObject: Fault = { path: [], message: "expected a JSON object" };
const noJson: Fault = { path: [], message: "expected a value that JSON has" };
const tooDeep: Fault = { path: [], message: `nested deeper than ${maxJsonDepth} levels` };

function refuse(fault: Fault | undefined, context: z.RefinementCtx): void {
  if (fault === undefined) return;
  context.addIssue({ code: "custom", message: fault.message, path: [...fault.path] });
}

function faultIn(value: unknown, depth: number): Fault | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : noJson;
  if (!Array.isArray(value) && !isPlain(value)) return noJson;
  if (depth === maxJsonDepth) return tooDeep;
  // `entries` of a list has its holes, too, which JSON does not have.
  const parts: Iterable<[string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [key, part] of parts) {
    const fault = faultIn(part, depth + 1);
    if (fault !== undefined) return { ...fault, path: [key, ...fault.path] };
  }
  return undefined;
}

/** True for objects as `JSON.parse` makes them, also those of another realm; false for dates, maps and other classes. */
function isPlain(value: unknown): value is JsonObject {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

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
