/** Values that a schema lists (`enum`, `const`), as texts. */
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import {
  choice,
  empty,
  type Expression,
  literal,
  optional,
  repeat,
  ruleOf,
  sequence,
} from "./expression.ts";
import { isOfTypes } from "./schema-keywords.ts";

/** What may stand between the parts of a list or an object: nothing, a space, or a line break with up to 20 spaces. */
export const space = ruleOf(
  optional(choice([literal(" "), sequence(literal("\n"), repeat(literal(" "), 0, 20))])),
);
export const comma = sequence(literal(","), space);

/** The values that a schema lists; undefined where it lists none. */
export function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  const { enum: listed } = schema as { enum?: readonly unknown[] };
  if (!Object.hasOwn(schema, "const")) return listed;
  const only = JSON.stringify(schema["const"]);
  const isListed = listed?.some((one) => JSON.stringify(one) === only) ?? true;
  return isListed ? [schema["const"]] : [];
}

/** One value as text, with spaces where they are allowed everywhere. */
export function valueText(value: unknown): Expression {
  if (Array.isArray(value)) {
    const items = value.map((one, i) => sequence(i === 0 ? empty : comma, valueText(one)));
    return sequence(literal("["), space, ...items, space, literal("]"));
  }
  if (!isObject(value)) return literal(JSON.stringify(value));
  const fields = Object.entries(value).map(([name, one], i) =>
    sequence(i === 0 ? empty : comma, literal(`${JSON.stringify(name)}:`), space, valueText(one)),
  );
  return sequence(literal("{"), space, ...fields, space, literal("}"));
}

/**
 * The values that a schema lists; undefined where it lists none.
 * @throws FORMAT_SCHEMA_UNSUPPORTED where another keyword would leave out some of them
 */
export function listedValues(schema: JsonObject, at: string): readonly unknown[] | undefined {
  const values = valuesOf(schema);
  const narrower = Object.keys(schema).find(isOfTypes);
  if (values === undefined || narrower === undefined) return values;
  throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
    at,
    keyword: `${narrower} beside enum or const`,
    instead: "leave out one of the two",
  });
}
