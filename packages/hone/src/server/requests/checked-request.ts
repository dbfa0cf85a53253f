/** Checks the used fields of a request by a schema, and names the first fault as a provider would. */
import type { z } from "zod";
import { fieldsOf, type JsonObject } from "../../core/json.ts";
import { shownValue } from "../../core/shown-value.ts";
import { fieldError } from "../provider-errors.ts";

/** @throws SERVE_FIELD_INVALID naming the first field that the schema refuses */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  fields: JsonObject,
): z.infer<Schema> {
  const result = schema.safeParse(fields, { reportInput: true });
  if (result.success) return result.data;
  throw issueError(result.error.issues[0]!);
}

type Issue = z.core.$ZodIssue;

function issueError(issue: Issue): Error {
  const inner = innerIssue(issue);
  if (inner.code === "unrecognized_keys") {
    const name = pathText([...inner.path, ...inner.keys.slice(0, 1)]);
    return fieldError(name.slice(0, 100), "unknown", "is not known");
  }
  const param = pathText(inner.path);
  const input = inputOf(inner);
  if (input === undefined && inner.code !== "custom") {
    return fieldError(param, "missing", "is missing");
  }
  const kind = kinds[inner.code] ?? "value";
  return fieldError(param, kind, `is ${shownValue(input)}, which is refused: ${saidOf(inner)}`);
}

/** The refused value. Where the field that tells the forms of an object apart is wrong, the issue has the whole object. */
function inputOf(issue: Issue): unknown {
  if (issue.code !== "invalid_union" || issue.discriminator === undefined) return issue.input;
  return fieldsOf(issue.input)[issue.discriminator];
}

function saidOf(issue: Issue): string {
  if (issue.code === "invalid_union") {
    if (issue.discriminator !== undefined)
      return `expected one of ${allowed("options" in issue ? (issue.options ?? []) : [])}`;
    const types = issue.errors.flatMap(([one]) =>
      one?.code === "invalid_type" ? [one.expected] : [],
    );
    if (types.length > 0) return `expected ${[...new Set(types)].join(" or ")}`;
  }
  if (issue.code === "invalid_value" && issue.values.length > 1)
    return `expected one of ${allowed(issue.values)}`;
  return issue.message.replace(/^Invalid \w+: /, "").replace(/^Too (?:small|big): /, "");
}

/** @example allowed(["auto", "none"]); // '"auto", "none"' */
const allowed = (values: readonly unknown[]): string => values.map(shownValue).join(", ");

const kinds: Readonly<Partial<Record<Issue["code"], "type" | "range">>> = {
  invalid_type: "type",
  too_small: "range",
  too_big: "range",
};

/**
 * The issue to tell of a value that fits no form of a union: that of the form which fitted furthest into the value, since the
 * client most likely meant that form.
 */
function innerIssue(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const all = issue.errors.flatMap((one) => one.slice(0, 1)).map(innerIssue);
  const deepest = all.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (deepest === undefined) return issue;
  if (deepest.path.length === 0) {
    // A text where one form is a choice of texts was meant as one of these.
    const choice = all.find((one) => one.code === "invalid_value" && typeof one.input === "string");
    return choice === undefined ? issue : { ...choice, path: issue.path };
  }
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** @example pathText(["messages", 0, "content"]); // "messages[0].content" */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
