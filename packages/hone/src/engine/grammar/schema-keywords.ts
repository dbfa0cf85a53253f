/**
 * The keywords of JSON Schema (2020-12) that sampling knows. A keyword that is in no list is refused: left out in silence, it
 * would let replies through that the schema forbids.
 */
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";

export const typeNames = [
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
] as const;
export type TypeName = (typeof typeNames)[number];

/** Which types a keyword speaks of. */
const keywordsOf: Readonly<Record<string, readonly TypeName[]>> = {
  properties: ["object"],
  required: ["object"],
  additionalProperties: ["object"],
  items: ["array"],
  prefixItems: ["array"],
  minItems: ["array"],
  maxItems: ["array"],
  minLength: ["string"],
  maxLength: ["string"],
  pattern: ["string"],
  format: ["string"],
  minimum: ["number", "integer"],
  maximum: ["number", "integer"],
  exclusiveMinimum: ["number", "integer"],
  exclusiveMaximum: ["number", "integer"],
};
/** Whether a keyword speaks of some types only, as `minimum` does of numbers: it leaves out some of their values. */
export const isOfTypes = (keyword: string): boolean => Object.hasOwn(keywordsOf, keyword);
const general = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"];
/** They say something of a schema and nothing of values. */
export const annotations: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "example",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);
/** What to do in place of a keyword that is not known. */
const instead: Readonly<Record<string, string>> = {
  not: "say what is allowed",
  if: "list the cases in anyOf",
  then: "list the cases in anyOf",
  else: "list the cases in anyOf",
  dependentRequired: "list the cases in anyOf",
  dependentSchemas: "list the cases in anyOf",
  patternProperties: "name the properties, or use additionalProperties",
  propertyNames: "name the properties",
  minProperties: "use required",
  maxProperties: "name the properties, with additionalProperties: false",
  uniqueItems: "leave it out and check the reply",
  contains: "use prefixItems",
  multipleOf: "use the type integer, minimum and maximum",
  nullable: 'use type: ["…", "null"]',
};
/** Values with which a keyword asks for nothing. */
const neutral: Readonly<Record<string, unknown>> = {
  uniqueItems: false,
  minProperties: 0,
  multipleOf: 1,
  nullable: false,
};

/** @throws FORMAT_SCHEMA_UNSUPPORTED, FORMAT_SCHEMA_INVALID for a value of the wrong type */
export function checkKeywords(schema: JsonObject, at: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    const isKnown = isOfTypes(keyword) || general.includes(keyword) || annotations.has(keyword);
    if (isKnown) checkValue(keyword, value, at);
    else if (
      !keyword.startsWith("x-") &&
      (!Object.hasOwn(neutral, keyword) || neutral[keyword] !== value)
    ) {
      const way = instead[keyword] ?? "use keywords that are known";
      throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", { at, keyword, instead: way });
    }
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isSchema = (value: unknown): boolean => typeof value === "boolean" || isObject(value);
const isSchemas = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isSchema);
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === "string";
const isSchemaMap = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every(isSchema);

const valueChecks: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  properties: [isSchemaMap, "an object of schemas"],
  $defs: [isSchemaMap, "an object of schemas"],
  definitions: [isSchemaMap, "an object of schemas"],
  required: [(value) => Array.isArray(value) && value.every(isText), "a list of names"],
  additionalProperties: [isSchema, "a schema"],
  items: [isSchema, "a schema"],
  prefixItems: [isSchemas, "a list of schemas"],
  anyOf: [isSchemas, "a list of schemas"],
  oneOf: [isSchemas, "a list of schemas"],
  allOf: [isSchemas, "a list of schemas"],
  enum: [(value) => Array.isArray(value) && value.length > 0, "a list of values"],
  minItems: [isCount, "a count"],
  maxItems: [isCount, "a count"],
  minLength: [isCount, "a count"],
  maxLength: [isCount, "a count"],
  pattern: [isText, "a text"],
  format: [isText, "a text"],
  $ref: [isText, "a text"],
  minimum: [isNumber, "a number"],
  maximum: [isNumber, "a number"],
  exclusiveMinimum: [isNumber, "a number"],
  exclusiveMaximum: [isNumber, "a number"],
  type: [
    (value) => [value].flat().every((one) => typeNames.includes(one as TypeName)),
    `one of ${typeNames.join(", ")}, or a list of them`,
  ],
};

function checkValue(keyword: string, value: unknown, at: string): void {
  const check = valueChecks[keyword];
  if (check === undefined || check[0](value)) return;
  throw new HoneError("FORMAT_SCHEMA_INVALID", {
    at: `${at}/${keyword}`,
    problem: `is not ${check[1]}`,
  });
}

/**
 * The types of a schema's values. Where it names none, those that its keywords speak of: `{ minimum: 3 }` is written as a
 * number, though JSON Schema would allow every text and list beside.
 */
export function typesOf(schema: JsonObject): ReadonlySet<TypeName> {
  const { type } = schema;
  if (type !== undefined) return new Set([type].flat() as TypeName[]);
  const named = Object.keys(schema).flatMap((keyword) => keywordsOf[keyword] ?? []);
  return new Set(
    named.length === 0
      ? typeNames.filter((one) => one !== "integer")
      : named.filter((one) => one !== "integer"),
  );
}

/** Whether a value is of one of the types. */
export function isOfType(value: unknown, types: ReadonlySet<TypeName>): boolean {
  if (value === null) return types.has("null");
  if (Array.isArray(value)) return types.has("array");
  if (typeof value === "number")
    return types.has("number") || (types.has("integer") && Number.isInteger(value));
  return types.has(typeof value as TypeName);
}
