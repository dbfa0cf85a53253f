/** `hone runs check`: the exit code says whether a run got better. */
import { Option } from "commander";
import type { ImprovementMetric } from "../../app/training/runs.ts";
import { improvementMetrics } from "../../app/training/runs.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { numberBetween, runsArgument, runsOption } from "../options.ts";

interface Flags {
  readonly metric: ImprovementMetric;
  readonly atLeast: number;
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs check last", "npx hone runs check 7f3a --metric reward --at-least 0.1"],
  notes: [
    "Passes where the whole 95 % interval of the difference, after − before on the",
    "held-out tasks, lies above --at-least; else the exit code is 1.",
    "--json: {folder, metric, atLeast, difference, passes, text}.",
  ],
  define: (command) =>
    void command
      .addArgument(runsArgument("<run>"))
      .addOption(
        new Option("--metric <name>", "what is to be better")
          .choices([...improvementMetrics])
          .default("success"),
      )
      .option("--at-least <n>", "the difference to be above", numberBetween(-Infinity), 0)
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { checkRun } = await import("../../app/training/runs.ts");
    const { metric, atLeast, runs } = flags;
    const check = await checkRun(runs, values[0]!, { metric, atLeast });
    terminal.tell({ ...check }, `${check.passes ? "better" : "not better"}: ${check.text}`);
    return check.passes ? exitCodes.done : exitCodes.failed;
  },
});
