/** References and branches of a schema: what is left of it is a list of schemas without them, of which a value meets one. */
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { valuesOf } from "./listed-values.ts";
import { joined } from "./schema-joining.ts";
import { checkKeywords, type TypeName, typesOf } from "./schema-keywords.ts";

/** How deep references may lead to references before a schema is said to have no end. */
const MAX_LINKS = 100;
/** Branches that a schema may come to when those around and within it are multiplied. */
const MAX_CASES = 500;

export class SchemaBranches {
  readonly #root: unknown;

  /** @param root the whole schema, whose places references name */
  constructor(root: unknown) {
    this.#root = root;
  }

  /**
   * The schemas of which a value of this one meets one.
   * @throws FORMAT_SCHEMA_INVALID, FORMAT_SCHEMA_UNSUPPORTED; FORMAT_TOO_LARGE for more than 500
   */
  of(schema: JsonObject, at: string): readonly JsonObject[] {
    return this.#cases(schema, at, MAX_LINKS);
  }

  /** A schema as a list of schemas without references and branches, of which a value meets one. */
  #cases(schema: JsonObject, at: string, links: number): readonly JsonObject[] {
    checkKeywords(schema, at);
    if (links === 0) {
      throw new HoneError("FORMAT_SCHEMA_INVALID", { at, problem: "refers to itself without end" });
    }
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
    const branches = (list: unknown, name: string): readonly (readonly JsonObject[])[] =>
      (list as readonly unknown[]).map((one, i) =>
        one === false
          ? []
          : this.#cases(one === true ? {} : (one as JsonObject), `${at}/${name}/${i}`, links - 1),
      );
    let cases: readonly JsonObject[] = [rest];
    const restrict = (others: readonly JsonObject[]): void => {
      if (cases.length * others.length > MAX_CASES) throw tooMany();
      cases = cases.flatMap((one) => others.map((other) => joined(one, other, at)));
    };
    if ($ref !== undefined) {
      const target = this.#target($ref as string, at);
      restrict(
        target === false
          ? []
          : this.#cases(target === true ? {} : target, $ref as string, links - 1),
      );
    }
    if (allOf !== undefined) for (const one of branches(allOf, "allOf")) restrict(one);
    if (anyOf !== undefined) restrict(branches(anyOf, "anyOf").flat());
    if (oneOf !== undefined) {
      const options = branches(oneOf, "oneOf");
      options.forEach((one, i) =>
        options.slice(i + 1).forEach((other) => {
          if (!one.every((a) => other.every((b) => areApart(a, b)))) throw overlapping(at);
        }),
      );
      restrict(options.flat());
    }
    return cases;
  }

  #target(reference: string, at: string): JsonObject | boolean {
    const fail = (problem: string): HoneError<"FORMAT_SCHEMA_INVALID"> =>
      new HoneError("FORMAT_SCHEMA_INVALID", { at: `${at}/$ref`, problem });
    if (!/^#(?:\/|$)/.test(reference)) {
      throw fail(`is ${reference}, and only places in the schema itself (#/…) can be referred to`);
    }
    let place: unknown = this.#root;
    for (const part of reference.split("/").slice(1)) {
      const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      const isThere = typeof place === "object" && place !== null && Object.hasOwn(place, name);
      if (!isThere) throw fail(`is ${reference}, which is not in the schema`);
      place = (place as JsonObject)[name];
    }
    if (typeof place !== "boolean" && !isObject(place))
      throw fail(`is ${reference}, which is no schema`);
    return place;
  }
}

/** Whether no value can meet both schemas, as far as their types and their listed values say it. */
function areApart(a: JsonObject, b: JsonObject): boolean {
  const [first, second] = [typesOf(a), typesOf(b)];
  const meets = (type: TypeName, others: ReadonlySet<TypeName>): boolean =>
    others.has(type) ||
    (type === "integer" && others.has("number")) ||
    (type === "number" && others.has("integer"));
  if (![...first].some((type) => meets(type, second)) || listNoneInCommon(a, b)) return true;
  const areObjects = [first, second].every((types) => types.size === 1 && types.has("object"));
  return areObjects && areToldByProperty(a, b);
}

/** Whether both list their values, and none that the other lists. */
function listNoneInCommon(a: JsonObject, b: JsonObject): boolean {
  const [listed, others] = [valuesOf(a), valuesOf(b)];
  if (listed === undefined || others === undefined) return false;
  const texts = new Set(others.map((one) => JSON.stringify(one)));
  return !listed.some((one) => texts.has(JSON.stringify(one)));
}

/** Whether a property that objects of both must have has other values in each. */
function areToldByProperty(a: JsonObject, b: JsonObject): boolean {
  const propertiesOf = (one: JsonObject) => (one["properties"] ?? {}) as JsonObject;
  const requiredOf = (one: JsonObject) => (one["required"] ?? []) as readonly string[];
  const alsoNeeded = requiredOf(b);
  return requiredOf(a).some((name) => {
    const [one, other] = [propertiesOf(a)[name], propertiesOf(b)[name]];
    return (
      alsoNeeded.includes(name) && isObject(one) && isObject(other) && listNoneInCommon(one, other)
    );
  });
}

const overlapping = (at: string): HoneError<"FORMAT_SCHEMA_UNSUPPORTED"> =>
  new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
    at,
    keyword: "oneOf with branches that may both be met",
    instead: "use anyOf, or give each branch a required property with a const of its own",
  });

const tooMany = (): HoneError<"FORMAT_TOO_LARGE"> =>
  new HoneError("FORMAT_TOO_LARGE", { limit: `${MAX_CASES} branches` });
