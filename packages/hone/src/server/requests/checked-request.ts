/** Checks the used fields of a request by a schema, and names the first fault as a provider would. */
import type { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
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
  const param = pathText(inner.path);
  if (inner.input === undefined && inner.code !== "custom") {
    return fieldError(param, "missing", "is missing");
  }
  const kind = kinds[inner.code] ?? "value";
  const said = inner.message.replace(/^Invalid \w+: /, "").replace(/^Too (?:small|big): /, "");
  return fieldError(param, kind, `is ${shownValue(inner.input)}, which is refused: ${said}`);
}

const kinds: Readonly<Partial<Record<Issue["code"], "type" | "range" | "unknown">>> = {
  invalid_type: "type",
  too_small: "range",
  too_big: "range",
  unrecognized_keys: "unknown",
};

/**
 * The issue to tell of a value that fits no form of a union: that of the form which fitted furthest into the value, since the
 * client most likely meant that form.
 */
function innerIssue(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const all = issue.errors.flatMap((one) => one.slice(0, 1)).map(innerIssue);
  const deepest = all.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (deepest === undefined || deepest.path.length === 0) return issue;
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** @example pathText(["messages", 0, "content"]); // "messages[0].content" */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
