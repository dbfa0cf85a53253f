import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CommandDefinition } from "./command.ts";
import { commands } from "./command-table.ts";

it("has a row for every file of a command", async () => {
  const files = globSync("*/*.ts", { cwd: import.meta.dirname, exclude: ["**/*.test.ts"] });
  const loaded = await Promise.all(
    files.map(async (file) => {
      const module = (await import(join(import.meta.dirname, file))) as {
        readonly command?: CommandDefinition;
      };
      return { file, command: module.command };
    }),
  );
  const withCommand = loaded.filter(({ command }) => command !== undefined);
  expect(withCommand.length).toBeGreaterThan(20);
  const known = new Set(
    (await Promise.all(commands.map(({ load }) => load()))).map(({ run }) => run),
  );
  const missing = withCommand.filter(({ command }) => !known.has(command!.run));
  expect(missing.map(({ file }) => file)).toEqual([]);
});

it("names every command once, with a summary of one line", () => {
  const names = commands.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  const unfit = commands.filter(({ summary }) => !/^[A-Z][^\n]{1,57}(?<!\.)$/.test(summary));
  expect(unfit.map(({ name, summary }) => `${name}: ${summary}`)).toEqual([]);
});
