/** Schemas of many kinds, each with texts that it allows and texts that it does not. */
import type { JsonObject } from "../../core/json.ts";

export interface SchemaCase {
  readonly name: string;
  readonly schema: JsonObject | boolean;
  readonly allows: readonly string[];
  readonly forbids: readonly string[];
}

const row = (
  name: string,
  schema: JsonObject | boolean,
  allows: readonly string[],
  forbids: readonly string[],
): SchemaCase => ({ name, schema, allows, forbids });

const text = { type: "string" };
const whole = { type: "integer" };

export const schemaCases: readonly SchemaCase[] = [
  row(
    "any value",
    true,
    ['{"a": [1, "x", null]}', "-0.5e+3", '"\\u00e9\\n"', "[]", " {}"],
    ["", "01", "[1,]", '"\\ud800"', '"\t"', "nul", "{} "],
  ),
  row("string", text, ['"é😀"', '"\\ud83d\\ude00"', '""'], ["1", '"a', '"a"b']),
  row("length", { ...text, minLength: 2, maxLength: 3 }, ['"ab"', '"😀é\\n"'], ['"a"', '"abcd"']),
  row("pattern", { ...text, pattern: "^[a-c]+\\d{2}$" }, ['"abc12"'], ['"abc1"', '"d12"', '"12"']),
  row(
    "pattern found anywhere",
    { ...text, pattern: "[a-m]|^x$" },
    ['"abc"', '"x"', '"\\"b"'],
    ['"xz"', '""'],
  ),
  row(
    "pattern of characters that are escaped",
    { ...text, pattern: '^[^a]"\\\\$' },
    ['"b\\"\\\\"', '"\\n\\"\\\\"'],
    ['"a\\"\\\\"'],
  ),
  row("date", { ...text, format: "date" }, ['"2026-11-29"'], ['"2026-13-01"', '"2026-02-30"']),
  row("date-time", { ...text, format: "date-time" }, ['"2026-11-29T20:58:00Z"'], ['"2026-11-29"']),
  row(
    "uuid",
    { ...text, format: "uuid" },
    ['"123e4567-e89b-12d3-a456-426614174000"'],
    ['"123e4567"'],
  ),
  row("email", { ...text, format: "email" }, ['"a.b@c.de"'], ['"a.b"']),
  row("ipv4", { ...text, format: "ipv4" }, ['"127.0.0.1"'], ['"256.0.0.1"', '"1.2.3"']),
  row("integer", whole, ["0", "-12", "999999999999999"], ["1.0", "+1", "-", "1e3"]),
  row(
    "integer within",
    { ...whole, minimum: -12, maximum: 130 },
    ["-12", "-9", "0", "99", "130"],
    ["-13", "131", "200", "-20"],
  ),
  row("integer above", { ...whole, exclusiveMinimum: 7 }, ["8", "10", "70"], ["7", "0", "-8"]),
  row("number", { type: "number" }, ["1", "-0.25", "2E-7"], [".5", "1.", "00"]),
  row(
    "number within",
    { type: "number", minimum: 0, exclusiveMaximum: 10 },
    ["0", "0.0", "9.99", "3"],
    ["10", "-1", "10.0", "-0.1"],
  ),
  row(
    "number above",
    { type: "number", exclusiveMinimum: 0, maximum: 1 },
    ["0.1", "1", "1.0", "0.001"],
    ["0", "0.0", "1.1"],
  ),
  row("number below", { type: "number", maximum: -3 }, ["-3", "-3.5", "-40"], ["-2.9", "3", "0"]),
  row(
    "enum",
    { enum: ["red", 7, null, { a: [1] }, "é"] },
    ['"red"', "7", "null", '{"a": [1]}', '"é"'],
    ['"blue"', "8", '"re"'],
  ),
  row(
    "enum of a type",
    { enum: ["a", 1, 2.5], type: ["integer", "string"] },
    ['"a"', "1"],
    ["2.5"],
  ),
  row("const", { const: { kind: "x" } }, ['{"kind":"x"}'], ['{"kind":"y"}', "{}"]),
  row("boolean or null", { type: ["boolean", "null"] }, ["true", "false", "null"], ["True", "0"]),
  row(
    "list",
    { type: "array", items: whole, minItems: 1, maxItems: 3 },
    ["[1]", "[1, 2,3]", "[\n  1\n]"],
    ["[]", "[1,2,3,4]", '["a"]'],
  ),
  row(
    "lists of lists",
    {
      type: "array",
      items: { type: "array", items: { type: "array", items: { type: "boolean" } } },
    },
    ["[[[true],[]],[]]", "[]"],
    ["[true]", "[[true]]"],
  ),
  row(
    "first items",
    { type: "array", prefixItems: [text, whole], items: { type: "null" }, minItems: 1 },
    ['["a"]', '["a",1]', '["a",1,null,null]'],
    ["[]", "[1]", '["a",null]'],
  ),
  row(
    "first items alone",
    { type: "array", prefixItems: [text, whole], items: false },
    ["[]", '["a"]', '["a",1]'],
    ['["a",1,2]'],
  ),
  row(
    "object",
    {
      type: "object",
      properties: {
        name: text,
        age: { ...whole, minimum: 0 },
        tags: { type: "array", items: text },
      },
      required: ["name"],
      additionalProperties: false,
    },
    ['{"name":"x"}', '{"name": "x", "age": 3}', '{\n  "name": "x",\n  "tags": ["a"]\n}'],
    ["{}", '{"age":3}', '{"name":"x","more":1}', '{"name":"x",}', '{"age":3,"name":"x"}'],
  ),
  row(
    "optional first",
    { type: "object", properties: { a: whole, b: whole, c: whole }, required: ["b"] },
    ['{"b":1}', '{"a":1,"b":2}', '{"b":1,"c":2}'],
    ['{"a":1}', '{,"b":1}', '{"a":1,"c":2}'],
  ),
  row(
    "map",
    { type: "object", additionalProperties: whole },
    ["{}", '{"x":1,"y":2}'],
    ['{"x":"a"}'],
  ),
  row(
    "other properties beside named ones",
    {
      type: "object",
      properties: { id: whole, "i\n": text },
      required: ["id"],
      additionalProperties: { type: "boolean" },
    },
    ['{"id":1,"i":true}', '{"id":1,"idx":true,"":false}', '{"id":1,"i\\n":"a"}'],
    ['{"id":1,"id":true}', '{"id":1,"\\u0069d":true}', '{"id":1,"x":1}', '{"id":1,"i\\n":true}'],
  ),
  row(
    "required without a schema",
    { type: "object", properties: {}, required: ["x"] },
    ['{"x":[1]}'],
    ["{}"],
  ),
  row(
    "anyOf",
    { anyOf: [whole, { type: "object", properties: { a: text }, required: ["a"] }] },
    ["1", '{"a":"b"}'],
    ["{}", '"a"'],
  ),
  row(
    "anyOf around",
    {
      type: "object",
      properties: { a: whole, b: whole },
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    ['{"a":1}', '{"b":1}', '{"a":1,"b":2}'],
    ["{}"],
  ),
  row("oneOf by types", { oneOf: [text, whole, { type: "null" }] }, ['"a"', "1", "null"], ["true"]),
  row(
    "oneOf by a kind",
    {
      oneOf: [
        { type: "object", properties: { kind: { const: "a" }, n: whole }, required: ["kind", "n"] },
        { type: "object", properties: { kind: { const: "b" } }, required: ["kind"] },
      ],
    },
    ['{"kind":"a","n":1}', '{"kind":"b"}'],
    ['{"kind":"a"}', '{"kind":"c"}', '{"kind":"b","n":1}'],
  ),
  row(
    "allOf",
    {
      allOf: [
        { type: "object", properties: { a: whole }, required: ["a"] },
        { properties: { b: text }, required: ["b"] },
      ],
    },
    ['{"a":1,"b":"x"}'],
    ['{"a":1}', '{"b":"x"}'],
  ),
  row(
    "allOf that closes",
    {
      allOf: [
        { type: "object", properties: { a: whole }, additionalProperties: false },
        { properties: { b: text } },
      ],
    },
    ["{}", '{"a":1}'],
    ['{"b":"x"}', '{"a":1,"b":"x"}'],
  ),
  row(
    "refs",
    {
      $defs: {
        point: { type: "object", properties: { x: whole, y: whole }, required: ["x", "y"] },
      },
      type: "array",
      items: { $ref: "#/$defs/point" },
    },
    ['[{"x":1,"y":2}]', "[]"],
    ['[{"x":1}]'],
  ),
  row(
    "a list that holds itself",
    { type: "object", properties: { value: whole, next: { $ref: "#" } }, required: ["value"] },
    ['{"value":1,"next":{"value":2}}'],
    ['{"value":1,"next":{}}'],
  ),
  row(
    "a tree",
    {
      $defs: {
        node: {
          type: "object",
          properties: { name: text, children: { type: "array", items: { $ref: "#/$defs/node" } } },
          required: ["name"],
          additionalProperties: false,
        },
      },
      $ref: "#/$defs/node",
    },
    ['{"name":"a","children":[{"name":"b","children":[]}]}'],
    ['{"children":[]}'],
  ),
  row(
    "a field that cannot be",
    {
      type: "object",
      properties: {
        a: false,
        b: { $ref: "#" },
        c: { type: "object", properties: { c: { $ref: "#/properties/c" } }, required: ["c"] },
      },
    },
    ["{}", '{"b":{}}'],
    ['{"a":1}', '{"c":{}}'],
  ),
  row(
    "refers to itself and a text",
    { anyOf: [{ type: "array", items: { $ref: "#" } }, text] },
    ['[["a"],"b"]'],
    ["1"],
  ),
];
