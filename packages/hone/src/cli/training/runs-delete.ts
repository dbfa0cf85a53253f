/** `hone runs delete`: run folders, with everything in them. */
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { isAgreed, yesNote, yesOption } from "../confirm.ts";
import { runsArgument, runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone runs delete 7f3a 91c0", "npx hone runs delete runs/math-7f3a --yes"],
  notes: ["A run that is being written is refused. When a name fits no run, all stay.", yesNote],
  define: (command) =>
    void command
      .addArgument(runsArgument("<runs...>"))
      .addOption(runsOption())
      .addOption(yesOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { deleteRun, findRun } = await import("../../app/training/runs.ts");
    const folders = new Set<string>();
    for (const value of values) folders.add(await findRun(flags.runs, value, { parts: false }));
    const what = [...folders].map(shortPath).join(", ");
    const question = { command: "npx hone runs delete", what, terminal, signal };
    if (flags.yes !== true && !(await isAgreed(question))) {
      return terminal.tell({ deleted: [] }, "nothing deleted");
    }
    const deleted: string[] = [];
    for (const folder of folders) {
      const name = await deleteRun(flags.runs, folder);
      deleted.push(name);
      terminal.tell({ event: "deleted", run: name }, `deleted ${name}`);
    }
    terminal.emit({ deleted });
  },
});
