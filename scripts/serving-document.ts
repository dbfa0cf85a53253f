/**
 * Writes the table of request fields in docs/serving.md from `fieldRules`, by which the server reads requests. `npm run docs` runs
 * it; test/serving-document.test.ts fails where the page is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Endpoint,
  type FieldRule,
  fieldRules,
  type FieldRules,
} from "../packages/hone/src/server/requests/request-fields.ts";

const page = join(import.meta.dirname, "../docs/serving.md");
const marks = ["<!-- made: fields of requests -->", "<!-- end of fields of requests -->"] as const;

const endpoints: readonly { readonly name: Endpoint; readonly title: string }[] = [
  { name: "chat completions", title: "`/v1/chat/completions`" },
  { name: "completions", title: "`/v1/completions`" },
  { name: "responses", title: "`/v1/responses`" },
  { name: "messages", title: "`/v1/messages`" },
];

/** The page with its table as the rules of the fields are now. */
export function servingDocument(text: string): string {
  const [from, to] = marks.map((mark) => text.indexOf(mark)) as [number, number];
  if (from < 0 || to < from) throw new Error("docs/serving.md has no table of fields");
  return `${text.slice(0, from + marks[0].length)}\n\n${fieldTable()}\n\n${text.slice(to)}`;
}

function fieldTable(): string {
  const rules = endpoints.map(({ name }): FieldRules => fieldRules[name]);
  const fields = [...new Set(rules.flatMap((one) => Object.keys(one)))].toSorted();
  const rows = fields.map((field) =>
    row(
      `\`${field}\``,
      rules.map((one) => cell(one[field])),
    ),
  );
  return [
    row(
      "field",
      endpoints.map(({ title }) => title),
    ),
    `|${"---|".repeat(endpoints.length + 1)}`,
    ...rows,
  ].join("\n");
}

const row = (first: string, rest: readonly string[]): string =>
  `| ${[first, ...rest].join(" | ")} |`;

function cell(rule: FieldRule | undefined): string {
  if (rule === undefined || typeof rule === "string") return rule ?? "";
  const values = rule.neutral.map((value) => `\`${JSON.stringify(value)}\``);
  const way = rule.instead === undefined ? "" : `: ${rule.instead}`;
  return values.length === 0 ? `refused${way}` : `only ${values.join(", ")}${way}`;
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(page, servingDocument(readFileSync(page, "utf8")));
