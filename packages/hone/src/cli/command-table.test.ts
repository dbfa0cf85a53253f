import { trainingNames } from "../app/trainings.ts";
import { globSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
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

/** The commands that train, and may run a user's agent. */
const trainings = [
  ...trainingNames.map((name) => `train ${name}`),
  "train --algorithm",
  "train traces",
];

/** Options whose value is of another kind in one command. */
const otherKinds: Readonly<Record<string, readonly string[]>> = {
  "--text": ["model new"],
  // A server has several adapters, each under a name.
  "--adapter": ["serve"],
  "--out": ["audit", "convert", "domains", "model export", "reward", "rollout"],
  // What a teacher is told, the text behind a question; elsewhere how many tokens a model reads.
  "--context": ["train distill", "rollout"],
  // The program to train, and its tasks; elsewhere the name of a trace's agent, and how many tasks of a domain.
  "--agent": [...trainings, "train apo", "train gepa"],
  "--tasks": [...trainings, "train apo", "train gepa", "rollout"],
};

it("gives an option of one name the same kind of value in every command", async () => {
  const forms = new Map<string, Map<string, string[]>>();
  for (const row of commands) {
    const parser = new Command();
    (await row.load()).define(parser);
    for (const { long, flags } of parser.options) {
      if (long === undefined || otherKinds[long]?.includes(row.name) === true) continue;
      const form = forms.get(long) ?? new Map<string, string[]>();
      forms.set(long, form.set(flags, [...(form.get(flags) ?? []), row.name]));
    }
  }
  const unlike = [...forms].filter(([, form]) => form.size > 1);
  expect(unlike.map(([name, form]) => [name, Object.fromEntries(form)])).toEqual([]);
});

it("asks before anything is deleted, in every command that says so, and takes --yes", async () => {
  const deleting = ["runs delete", "traces delete", "cache clear"];
  for (const row of commands.filter(({ name }) => deleting.includes(name))) {
    const parser = new Command();
    const command = await row.load();
    command.define(parser);
    expect(parser.options.find(({ long }) => long === "--yes")?.description).toBe("without asking");
    expect(command.notes).toContain("Asks on a terminal; elsewhere --yes must be there.");
  }
});
