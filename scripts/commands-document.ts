/**
 * The parts of docs/cli.md that are made from the table of commands: `npm run docs`.
 *
 * A part stands between `<!-- made: NAME -->` and `<!-- end of NAME -->`; everything else on the page is written by hand
 * and kept.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  commands,
  commandSubjects,
  type CommandSubject,
} from "../packages/hone/src/cli/command-table.ts";
import { exitCodeMeanings, exitCodes } from "../packages/hone/src/cli/exit-codes.ts";
import { overview } from "../packages/hone/src/cli/help.ts";
import { helpText } from "../packages/hone/src/cli/parse-command.ts";

const page = join(import.meta.dirname, "../docs/cli.md");

/** The page with its made parts as the table of commands has them now. */
export async function commandsDocument(text: string): Promise<string> {
  const parts = {
    commands: commandSubjects.map(subjectSection).join("\n\n"),
    "exit codes": exitCodeRows(),
    "help of every command": await helpSections(),
  };
  let made = text;
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- made: ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [made.indexOf(begin), made.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/cli.md has no part "${name}"`);
    made = `${made.slice(0, from + begin.length)}\n\n${part}\n\n${made.slice(to)}`;
  }
  return made;
}

function subjectSection({ title, pages, commands: rows }: CommandSubject): string {
  const links = pages.map(
    (path) => `[${path.replace(/^#|\.md.*/g, "").replaceAll("-", " ")}](${path})`,
  );
  const table = rows.map(
    ({ name, summary }) => `| [\`hone ${name}\`](${anchorOf(name)}) | ${summary} |`,
  );
  return [
    `### ${title}`,
    "",
    ...(links.length === 0 ? [] : [`Explained in: ${links.join(", ")}.`, ""]),
    "| command | what it does |",
    "|---|---|",
    ...table,
  ].join("\n");
}

/** GitHub's address of the heading "hone model new" on the same page. */
const anchorOf = (name: string): string => `#hone-${name.replaceAll(" ", "-")}`;

function exitCodeRows(): string {
  const rows = Object.entries(exitCodes).map(([name, code]) => {
    const { short, more } = exitCodeMeanings[name as keyof typeof exitCodes];
    return `| ${code} | ${short}${more === undefined ? "" : `: ${more}`} |`;
  });
  return ["| code | meaning |", "|---|---|", ...rows].join("\n");
}

/** The help of hone and of each command, as `npx hone --help` and `npx hone <command> --help` print it. */
async function helpSections(): Promise<string> {
  const helps = await Promise.all(
    commands.map(async ({ name, load }) => ({
      name: `hone ${name}`,
      help: helpText(await load()),
    })),
  );
  const plain = (text: string): string => text;
  return [{ name: "hone", help: overview(plain) }, ...helps]
    .map(({ name, help }) => `### ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\``)
    .join("\n\n");
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(page, await commandsDocument(readFileSync(page, "utf8")));
