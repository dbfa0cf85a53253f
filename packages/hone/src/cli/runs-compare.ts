/** `hone runs compare`: results side by side, and the settings that differ. */
import { defineCommand } from "./command.ts";
import { runsOption } from "./parse.ts";
import { durationText } from "./terminal.ts";
import { intervalText, tableText } from "./text.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  summary: "Several runs side by side: results, and settings that differ from the first.",
  examples: ["npx hone runs compare 7f3a 91c0"],
  define: (command) =>
    void command
      .argument("<run>", "compared against")
      .argument("<others...>", "one or more further runs")
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { compareRuns } = await import("../app/runs.ts");
    const { runs, differences } = await compareRuns(flags.runs, values);
    terminal.emit({ runs, differences });
    const rows = runs.map(({ name, status, result }) => [
      name,
      status,
      ...(result === undefined
        ? ["", "", "", ""]
        : [
            result.before.success.value.toFixed(2),
            intervalText(result.after.success),
            intervalText(result.after.reward),
            durationText(result.seconds),
          ]),
    ]);
    terminal.say(
      tableText([["run", "status", "before", "success after", "reward after", "time"], ...rows]),
    );
    for (const { name, changes } of differences) {
      terminal.say(`\n${name}, against ${runs[0]!.name}:`);
      terminal.say(
        changes.length === 0 ? "  the same settings" : changes.map((one) => `  ${one}`).join("\n"),
      );
    }
  },
});
