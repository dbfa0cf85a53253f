/** `hone evals delete`: folders of evaluations, with every try in them. */
import { createArgument } from "commander";
import { defineCommand } from "../command.ts";
import { isAgreed, yesNote, yesOption } from "../confirm.ts";
import { runsOption } from "../options.ts";

interface Flags {
  readonly runs: string;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone evals delete eval-math-20260101-1200-7f3a"],
  notes: ["When a name fits no evaluation, all stay.", yesNote],
  define: (command) =>
    void command
      .addArgument(
        createArgument("<evaluations...>", "a path, a name or its start, or the id at its end"),
      )
      .addOption(runsOption())
      .addOption(yesOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { deleteEvaluation, findEvaluation } =
      await import("../../app/evaluations/compare-measured.ts");
    const names = new Set<string>();
    for (const value of values) names.add(await findEvaluation(flags.runs, value));
    const what = [...names].join(", ");
    const question = { command: "npx hone evals delete", what, terminal, signal };
    if (flags.yes !== true && !(await isAgreed(question)))
      return terminal.tell({ deleted: [] }, "nothing deleted");
    for (const name of names) {
      await deleteEvaluation(flags.runs, name);
      terminal.tell({ event: "deleted", evaluation: name }, `deleted ${name}`);
    }
    terminal.emit({ deleted: [...names] });
  },
});
