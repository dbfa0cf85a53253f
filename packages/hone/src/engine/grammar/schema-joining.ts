/** Two schemas joined into one, as `allOf`, a `$ref` beside other keywords and what stands around an `anyOf` ask for it. */
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject, setOwn } from "../../core/json.ts";
import { annotations, type TypeName } from "./schema-keywords.ts";

type Joiner = (a: unknown, b: unknown) => unknown;
const larger: Joiner = (a, b) => Math.max(a as number, b as number);
const smaller: Joiner = (a, b) => Math.min(a as number, b as number);
const both: Joiner = (a, b) => ({ allOf: [a, b] });

const joiners: Readonly<Record<string, Joiner>> = {
  required: (a, b) => [...new Set([...(a as string[]), ...(b as string[])])],
  enum: (a, b) =>
    (a as unknown[]).filter((one) => (b as unknown[]).some((two) => isDeepStrictEqual(one, two))),
  type: (a, b) => {
    const [first, second] = [[a].flat() as TypeName[], [b].flat() as TypeName[]];
    const has = (list: readonly TypeName[], one: TypeName): boolean =>
      list.includes(one) || (one === "integer" && list.includes("number"));
    return [
      ...first.filter((one) => has(second, one)),
      ...second.filter((one) => !first.includes(one) && has(first, one)),
    ];
  },
  items: both,
  minItems: larger,
  minLength: larger,
  minimum: larger,
  exclusiveMinimum: larger,
  maxItems: smaller,
  maxLength: smaller,
  maximum: smaller,
  exclusiveMaximum: smaller,
};

/**
 * The schema of values that both schemas allow.
 * @throws FORMAT_SCHEMA_UNSUPPORTED where two keywords cannot be joined, such as two patterns
 */
export function joined(a: JsonObject, b: JsonObject, at: string): JsonObject {
  const [first, second] = [closed(a, b), closed(b, a)];
  const result: Record<string, unknown> = { ...first };
  for (const [keyword, value] of Object.entries(second)) {
    const own = result[keyword];
    if (own === undefined || isDeepStrictEqual(own, value)) result[keyword] = value;
    else if (keyword === "properties") result[keyword] = joinedProperties(own, value);
    else if (keyword === "additionalProperties")
      result[keyword] = own === false || value === false ? false : both(own, value);
    else if (annotations.has(keyword)) continue;
    else {
      const join = joiners[keyword];
      if (join === undefined) {
        const way = "write one schema that says both";
        throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
          at,
          keyword: `two of ${keyword}`,
          instead: way,
        });
      }
      result[keyword] = join(own, value);
    }
  }
  return result;
}

/** A schema whose properties that the other one forbids are forbidden, too. */
function closed(schema: JsonObject, other: JsonObject): JsonObject {
  const { properties } = schema;
  if (!isObject(properties) || other["additionalProperties"] === undefined) return schema;
  const known = isObject(other["properties"]) ? other["properties"] : {};
  const rule = other["additionalProperties"];
  const entries = Object.entries(properties).map(([name, value]) =>
    Object.hasOwn(known, name) ? [name, value] : [name, rule === false ? false : both(value, rule)],
  );
  return { ...schema, properties: Object.fromEntries(entries) as JsonObject };
}

function joinedProperties(a: unknown, b: unknown): JsonObject {
  const [first, second] = [a as JsonObject, b as JsonObject];
  const result: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    setOwn(result, name, Object.hasOwn(first, name) ? both(first[name], value) : value);
  }
  return result;
}
