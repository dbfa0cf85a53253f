/** `hone runs compare`: results side by side, and the settings that differ. */
import { durationText, intervalText } from "../../app/training/run-figures.ts";
import { tableText } from "../terminal/figures.ts";
import { defineCommand } from "../command.ts";
import { runsArgument, runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs compare 7f3a 91c0"],
  define: (command) =>
    void command
      .addArgument(runsArgument("<run>"))
      .addArgument(runsArgument("<others...>", "further runs, named in the same ways"))
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { compareRuns } = await import("../../app/training/runs.ts");
    const { runs, settings } = await compareRuns(flags.runs, values);
    terminal.emit({ runs, settings });
    const rows = runs.map(({ name, status, result }) => [
      name,
      status,
      ...(result === undefined
        ? ["", "", "", ""]
        : [
            intervalText(result.before.success),
            intervalText(result.after.success),
            intervalText(result.after.reward),
            durationText(result.seconds),
          ]),
    ]);
    terminal.say(
      tableText([
        ["run", "status", "success before", "success after", "reward after", "time"],
        ...rows,
      ]),
    );
    if (settings.length === 0) return terminal.say("\nthe same settings");
    const head = ["setting", ...runs.map(({ name }) => name)];
    const lines = settings.map(({ key, values: shown }) => [key, ...shown]);
    terminal.say(`\n${tableText([head, ...lines])}`);
  },
});
