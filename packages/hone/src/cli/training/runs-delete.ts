/** `hone runs delete`: run folders, with everything in them. */
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs delete 7f3a 91c0"],
  notes: ["A run that is being written is refused. When a name fits no run, all stay."],
  define: (command) =>
    void command
      .argument("<runs...>", "names, their starts, or the ids at their ends")
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { deleteRun, findRun } = await import("../../app/training/runs.ts");
    const names = new Set<string>();
    for (const value of values) names.add(await findRun(flags.runs, value));
    const deleted: string[] = [];
    for (const name of names) {
      deleted.push(await deleteRun(flags.runs, name));
      terminal.tell({ event: "deleted", run: name }, `deleted ${name}`);
    }
    terminal.emit({ deleted });
  },
});
