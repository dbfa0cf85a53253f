/**
 * docs/errors.md from the catalogue: `npm run docs`.
 *
 * A row of the catalogue is a function of its facts; here it is called with facts that print as `{name}`. Optional facts are
 * given and lists are not empty, so the page shows the longest form of each message.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inCode, type OptionNaming } from "../packages/hone/src/core/option-naming.ts";

const folder = join(import.meta.dirname, "../packages/hone/src/core/errors");
const page = join(import.meta.dirname, "../docs/errors.md");

type Row = (
  facts: unknown,
  naming: OptionNaming,
) => { readonly what: string; readonly fix: string };

/** The errors of one file of the catalogue. */
export interface Subject {
  readonly file: string;
  /** The file's first sentence. */
  readonly title: string;
  readonly rows: Readonly<Record<string, Row>>;
}

/** The subjects of the catalogue, each from its file. */
export async function errorSubjects(): Promise<Subject[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return Promise.all(
    files.toSorted().map(async (file) => {
      const module = (await import(join(folder, file))) as Record<string, Subject["rows"]>;
      const title = /^\/\*\*\s*(?:\* )?(.+?)\.?\s*\*?\/?$/m.exec(
        readFileSync(join(folder, file), "utf8"),
      )![1]!;
      return { file, title, rows: Object.assign({}, ...Object.values(module)) as Subject["rows"] };
    }),
  );
}

/** The two sentences of a row with `{name}` in place of each fact, and the names of the facts. */
export function printedRow(row: Row): { what: string; fix: string; facts: string[] } {
  const facts = new Set<string>();
  const computed: string[] = [];
  const placeholders = new Proxy(
    {},
    {
      get: (_, name) => {
        facts.add(String(name));
        return placeholder(String(name), () => computed.push(String(name)));
      },
    },
  );
  const { what, fix } = row(placeholders, inCode);
  // A fact that the row computes with becomes NaN in the text; the order of use tells which fact each NaN is.
  const numbers = `${what}${fix}`.split("NaN").length - 1;
  const named = (text: string): string =>
    text.replaceAll("NaN", () => `{${numbers === computed.length ? computed.shift() : "number"}}`);
  return { what: named(what), fix: named(fix), facts: [...facts] };
}

function placeholder(name: string, onComputed: () => void): object {
  const text = `{${name}}`;
  return {
    join: () => text,
    toJSON: () => text,
    get length() {
      return placeholder(`number of ${name}`, onComputed);
    },
    [Symbol.toPrimitive]: (hint: string) => {
      if (hint === "string") return text;
      onComputed();
      return NaN;
    },
  };
}

/** The whole page. */
export async function errorsDocument(): Promise<string> {
  const subjects = await errorSubjects();
  const sections = subjects.map(({ title, file, rows }) => {
    const entries = Object.keys(rows)
      .toSorted()
      .map((code) => {
        const { what, fix, facts } = printedRow(rows[code]!);
        const named = facts.map((fact) => `\`${fact}\``).join(", ");
        return `### ${code}\n\n${escaped(what)}\n\n→ ${escaped(fix)}\n\nFacts: ${named || "none"}\n`;
      });
    return `## ${title}\n\n<sub>core/errors/${file}</sub>\n\n${entries.join("\n")}`;
  });
  return `# Errors

Every error that a user, a file, a network or a model can cause has a code. Programs match on \`error.code\` and read
\`error.facts\`; people read \`error.message\`: what happened, and after the arrow what to do. \`{name}\` stands for a fact.
Options are named as a program writes them; the command line names them as flags, \`--out\` for \`out\`.

This page is made from the catalogue by \`npm run docs\`; a test keeps it current.

${sections.join("\n")}`;
}

/** The text as Markdown: signs that mean something there are escaped, except in code between backticks. */
const escaped = (text: string): string =>
  text
    .split("`")
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[<*_]/g, "\\$&")))
    .join("`");

if (process.argv[1] === import.meta.filename) writeFileSync(page, await errorsDocument());
