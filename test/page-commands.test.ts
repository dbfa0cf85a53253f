/** The commands that the page shows can be run as they stand: each command exists, and has the options. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commands } from "../packages/hone/src/cli/command-table.ts";
import { commandLine } from "./doubles/command-line.ts";

const root = join(import.meta.dirname, "..");

/** The words behind each `npx hone` in the sources of the page. What is filled in there is a word here. */
const shown = globSync("packages/dashboard/src/**/*.{ts,tsx}", { cwd: root }).flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/\$\{[^}]*\}/g, "VALUE");
  const found = text.matchAll(/npx hone ((?:(?!<\/)[^`"\n])+)/g);
  return [...found].map(([, line]) => ({ file, words: line!.trim().split(/\s+/) }));
});

const nameIn = (words: readonly string[]): string | undefined =>
  commands
    .map(({ name }) => name)
    .filter((name) => words.slice(0, name.split(" ").length).join(" ") === name)
    .toSorted((a, b) => b.length - a.length)[0];

it("commands on the page are commands of hone with options that they have", async () => {
  expect(shown.length).toBeGreaterThan(10);
  for (const { file, words } of shown) {
    // A whole command that is filled in is not to be read here.
    if (words[0]!.startsWith("VALUE")) continue;
    const line = `npx hone ${words.join(" ")} in ${file}`;
    const name = nameIn(words);
    expect(name, line).toBeDefined();
    const help = await commandLine([...name!.split(" "), "--help"], { folder: root });
    const options = help.stdout.match(/--[a-z][a-z-]*/g);
    for (const word of words)
      if (/^--[a-z]/.test(word)) expect(options, line).toContain(word.split("=")[0]);
  }
});
