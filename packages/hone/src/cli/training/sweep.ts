/** `hone sweep`: many runs of one training, with other settings and seeds, and what came out side by side. */
import { availableParallelism } from "node:os";
import { basename, extname, join } from "node:path";
import { Option } from "commander";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { printSweep } from "./sweep-printer.ts";

interface Flags {
  readonly out?: string;
  readonly parallel?: number;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone sweep rates.yaml", "npx hone sweep rates.yaml --parallel 4 --json"],
  notes: [
    "rates.yaml, for example:",
    "  train: grpo",
    "  settings: { domain: math, steps: 40 }",
    "  vary: { learningRate: [1e-4, 3e-4], groupSize: [4, 8] }",
    "  seeds: [0, 1, 2]",
    "Every combination is run with every seed: 12 runs, each a folder with a report.",
    "  search: random and draws: 8 draw combinations (docs/sweeps.md).",
    "Ctrl-C saves; the same command goes on. report.md has the table and a picture.",
  ],
  exitCode: "1 when a run failed",
  define: (command) =>
    void command
      .argument("<file>", "YAML or JSON: train, settings, vary, seeds")
      .addOption(
        new Option("--out <folder>", "the sweep's folder").default(
          undefined,
          "sweeps/ and the file's name",
        ),
      )
      .addOption(
        new Option("--parallel <n>", "runs at a time, which share the cores")
          .argParser(wholeNumber(1))
          .default(undefined, "half the cores"),
      ),
  run: async ({ values: [file], flags, terminal, signal }) => {
    const { readSweep } = await import("../../app/sweeps/sweep-plan.ts");
    const { runSweep } = await import("../../app/sweeps/run-sweep.ts");
    const sweep = await readSweep(file!);
    const folder = flags.out ?? join("sweeps", basename(file!, extname(file!)));
    const { parallel } = flags;
    const cores = availableParallelism();
    for await (const event of runSweep({ sweep, folder, parallel, cores, signal }))
      printSweep(event, terminal);
  },
});
