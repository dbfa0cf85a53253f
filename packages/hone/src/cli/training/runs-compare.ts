/** `hone runs compare`: results side by side, means over seeds, and the settings that differ. */
import { durationText, intervalText } from "../../app/training/run-figures.ts";
import { tableText } from "../terminal/figures.ts";
import { defineCommand } from "../command.ts";
import { runsArgument, runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs compare 7f3a 91c0", "npx hone runs compare seed-0 seed-1 seed-2"],
  notes: [
    "Runs that differ only by --seed are one row: means over seeds with Student's",
    "  95 % intervals. Those of a single run are over its held-out tasks.",
  ],
  define: (command) =>
    void command
      .addArgument(runsArgument("<run>"))
      .addArgument(runsArgument("<others...>", "further runs, named in the same ways"))
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { compareRuns } = await import("../../app/training/runs.ts");
    const { runs, groups, settings } = await compareRuns(flags.runs, values);
    const names = groups.map(({ runs: [first] }) => first!.name);
    const facts = groups.map(({ runs: some, ...group }) => ({
      runs: some.map(({ name }) => name),
      ...group,
    }));
    terminal.emit({ runs, groups: facts, settings });
    const rows = groups.map(({ runs: some, seeds, outcome }, i) => [
      names[i]!,
      seeds.join(","),
      statusText(some.map(({ status }) => status)),
      ...(outcome === undefined
        ? ["", "", "", ""]
        : [
            intervalText(outcome.success.before),
            intervalText(outcome.success.after),
            intervalText(outcome.reward.after),
            durationText(outcome.seconds),
          ]),
    ]);
    terminal.say(
      tableText([
        ["run", "seeds", "status", "success before", "success after", "reward after", "time"],
        ...rows,
      ]),
    );
    if (settings.length === 0) return terminal.say("\nthe same settings");
    const head = ["setting", ...names];
    const lines = settings.map(({ key, values: shown }) => [key, ...shown]);
    terminal.say(`\n${tableText([head, ...lines])}`);
  },
});

/** The state that all runs have, else how many are done: "2 of 3 done". */
function statusText(states: readonly string[]): string {
  const [first] = states;
  if (states.every((state) => state === first)) return first!;
  const done = states.filter((state) => state === "done").length;
  return `${done} of ${states.length} done`;
}
