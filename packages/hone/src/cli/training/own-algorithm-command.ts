/** `hone train --algorithm <file>`: an algorithm of the user's own. */
import type { Command } from "commander";
import {
  algorithmFileOf,
  checkOwnFlags,
  openOwnAlgorithm,
  ownCommand,
  ownCommandSettings,
} from "../../app/training/open-own-algorithm.ts";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    "npx hone train --algorithm ./mine.ts --model runs/my-sft",
    "npx hone train --algorithm ./mine.ts --config run.yaml --seed 1",
  ],
  notes: [
    "The file's default export is what defineAlgorithm() of hone-rl/algorithms gives:",
    "  its name, what it learns from (rollouts, dataset, preferences), its settings",
    "  with their defaults, and a function that makes the algorithm of settings.",
    "Settings of its own are keys of --config, as beta: 0.1. Options of a source that",
    "  it does not learn from are errors (docs/algorithms.md).",
    "Ctrl-C saves; --resume goes on with the same file, which may then be left out.",
  ],
  define: (given: Command) => {
    given.argument("[file]", "a .ts or .js file; with --resume that of the run");
    addSettings(given, ownCommandSettings());
  },
  run: async (invocation) => {
    const { values, flags, terminal, signal } = invocation;
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { runTraining } = await import("../../app/training/run-training.ts");
    const { printRun } = await import("../../app/training/run-printer.ts");
    const { settingsOfTraining } = await import("../../app/training/training-settings.ts");
    const file = values[0] ?? (await fileOfRun(flags["resume"]));
    const { name, training, settled } = await openOwnAlgorithm(file);
    const table = settingsOfTraining(training);
    checkOwnFlags(table, flags, training.source);
    const resolved = await resolveSettings(table, settingsSources(table, flags));
    const origin = { command: ownCommand, settled };
    const events = runTraining({ name, training, ...resolved, origin, signal });
    const again = (folder: string): string => `npx hone ${ownCommand} --resume ${folder}`;
    await besideUi(invocation, events, (shown) => printRun(shown, terminal, again));
  },
});

async function fileOfRun(resume: unknown): Promise<string> {
  if (typeof resume === "string") return algorithmFileOf(resume);
  const problem = "name the file of the algorithm: npx hone train --algorithm ./mine.ts";
  throw new HoneError("USAGE_INVALID", { command: `npx hone ${ownCommand}`, problem });
}
