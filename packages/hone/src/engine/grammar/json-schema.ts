/**
 * JSON Schema → the expression of the texts that a reply may be.
 *
 * Properties come in the order in which the schema names them. Between the parts of lists and objects stand no space, one
 * space, or a line break with up to 20 spaces, so that a model cannot write spaces without end.
 */
import { HoneError } from "../../core/errors.ts";
import { isDeeper, type JsonObject } from "../../core/json.ts";
import {
  choice,
  type Expression,
  empty,
  literal,
  nothing,
  optional,
  repeat,
  type Rule,
  ruleOf,
  sequence,
} from "./expression.ts";
import { keyExcept } from "./json-strings.ts";
import { comma, listedValues, space, valueText } from "./listed-values.ts";
import { numberIn, stringIn } from "./scalar-schemas.ts";
import { SchemaBranches } from "./schema-branches.ts";
import { isOfType, type TypeName, typesOf } from "./schema-keywords.ts";

/** Schemas within one schema at most. */
const MAX_RULES = 10_000;
/** Characters of a schema as JSON. */
const MAX_TEXT = 200_000;

/**
 * The texts that meet a schema.
 * @throws FORMAT_SCHEMA_INVALID, FORMAT_SCHEMA_UNSUPPORTED
 */
export function schemaExpression(schema: JsonObject | boolean): Expression {
  if (isDeeper(schema, 200)) {
    const problem = "is nested deeper than 200 levels";
    throw new HoneError("FORMAT_SCHEMA_INVALID", { at: "#", problem });
  }
  if (JSON.stringify(schema).length > MAX_TEXT) throw tooLarge(`${MAX_TEXT} characters`);
  const reader = new SchemaReader(schema);
  const whole = reader.rule(schema, "#");
  reader.readAll();
  return sequence(space, whole);
}

const tooLarge = (limit: string): HoneError => new HoneError("FORMAT_TOO_LARGE", { limit });

class SchemaReader {
  readonly #branches: SchemaBranches;
  /** The rule of each schema by its text, so that one that is referred to from itself has an end. */
  readonly #rules = new Map<string, Rule>();
  readonly #unread: { readonly rule: Rule; readonly schema: JsonObject; readonly at: string }[] =
    [];

  constructor(root: unknown) {
    this.#branches = new SchemaBranches(root);
  }

  /** The rule of a schema; its body is read later. */
  rule(schema: unknown, at: string): Expression {
    if (schema === false) return nothing;
    const own = schema === true ? {} : (schema as JsonObject);
    const key = JSON.stringify(own);
    const known = this.#rules.get(key);
    if (known !== undefined) return { kind: "rule", rule: known };
    const made = ruleOf();
    // Schemas that are joined with themselves again and again would never end.
    if (this.#rules.size >= MAX_RULES) throw tooLarge(`${MAX_RULES} schemas`);
    this.#rules.set(key, made.rule);
    this.#unread.push({ rule: made.rule, schema: own, at });
    return made;
  }

  readAll(): void {
    for (let one = this.#unread.pop(); one !== undefined; one = this.#unread.pop()) {
      one.rule.body = this.#body(one.schema, one.at);
    }
  }

  #body(given: JsonObject, at: string): Expression {
    const cases = this.#branches.of(given, at);
    return choice(cases.map((schema) => this.#plain(schema, at)));
  }

  #plain(schema: JsonObject, at: string): Expression {
    const types = typesOf(schema);
    const values = listedValues(schema, at);
    if (values !== undefined) {
      return choice(values.filter((value) => isOfType(value, types)).map(valueText));
    }
    return choice([...types].map((type) => this.#ofType(type, schema, at)));
  }

  #ofType(type: TypeName, schema: JsonObject, at: string): Expression {
    switch (type) {
      case "null":
        return literal("null");
      case "boolean":
        return choice([literal("true"), literal("false")]);
      case "number":
      case "integer":
        return numberIn(type, schema, at);
      case "string":
        return stringIn(schema, at);
      case "array":
        return this.#array(schema, at);
      case "object":
        return this.#object(schema, at);
    }
  }

  #array(schema: JsonObject, at: string): Expression {
    const { minItems: min = 0, maxItems: max = Infinity } = schema as {
      minItems?: number;
      maxItems?: number;
    };
    const first = ((schema["prefixItems"] ?? []) as readonly unknown[]).slice(0, max);
    const isMore = first.length === 0 || schema["items"] !== undefined || min > first.length;
    const item = isMore ? this.rule(schema["items"] ?? true, `${at}/items`) : nothing;
    const more = (count: number): Expression => {
      const least = Math.max(0, min - count);
      const most = Math.max(0, max - count);
      if (least > most) return nothing;
      if (most === 0) return empty;
      if (count > 0) return repeat(sequence(comma, item), least, most);
      const some = sequence(item, repeat(sequence(comma, item), Math.max(0, least - 1), most - 1));
      return least === 0 ? optional(some) : some;
    };
    let items = more(first.length);
    for (let i = first.length - 1; i >= 0; i--) {
      const own = this.rule(first[i], `${at}/prefixItems/${i}`);
      const one = sequence(i === 0 ? empty : comma, own, items);
      items = i >= min ? optional(one) : one;
    }
    return sequence(literal("["), space, items, space, literal("]"));
  }

  #object(schema: JsonObject, at: string): Expression {
    const properties = (schema["properties"] ?? {}) as JsonObject;
    const required = new Set((schema["required"] ?? []) as readonly string[]);
    const rest = schema["additionalProperties"] ?? schema["properties"] === undefined;
    const unnamed = [...required].filter((name) => !Object.hasOwn(properties, name));
    const names = [...Object.keys(properties), ...unnamed];
    const pair = (key: Expression, value: Expression): Expression =>
      sequence(key, literal(":"), space, value);
    const pairs = names.map((name) => {
      const isNamed = Object.hasOwn(properties, name);
      const own = isNamed ? properties[name] : (schema["additionalProperties"] ?? true);
      const place = isNamed ? `${at}/properties/${name}` : `${at}/additionalProperties`;
      return ruleOf(pair(literal(JSON.stringify(name)), this.rule(own, place)));
    });
    const other =
      rest === false
        ? nothing
        : ruleOf(pair(keyExcept(names), this.rule(rest, `${at}/additionalProperties`)));
    // What may follow the properties before the i-th: with something before it, and as the first.
    let after: Expression = repeat(sequence(comma, other), 0);
    let first: Expression = optional(sequence(other, after));
    for (let i = names.length - 1; i >= 0; i--) {
      const next = sequence(comma, pairs[i]!, after);
      const start = sequence(pairs[i]!, after);
      const isNeeded = required.has(names[i]!);
      first = ruleOf(isNeeded ? start : choice([start, first]));
      after = ruleOf(isNeeded ? next : choice([next, after]));
    }
    return sequence(literal("{"), space, first, space, literal("}"));
  }
}
