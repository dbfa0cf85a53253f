/** `hone evals compare`: the paired difference of two measurements of the same tasks, and the tasks that changed. */
import { createArgument } from "commander";
import { intervalText } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { runsOption, wholeNumber } from "../options.ts";
import { shownLine } from "../terminal/shown-text.ts";

interface Flags {
  readonly runs: string;
  readonly tasks: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone evals compare eval-math-20260101-1200-7f3a 91c0",
    'npx hone evals compare 7f3a "5e2c/after grpo" --json',
  ],
  notes: [
    "The second minus the first, paired by task, with 95 % intervals. A stage of a",
    "run is <run>/<stage>; `npx hone evals list` names all.",
  ],
  define: (command) =>
    void command
      .addArgument(
        createArgument("<before>", "an evaluation (its name, its start, its id), or <run>/<stage>"),
      )
      .addArgument(createArgument("<after>", "the one that is compared with it"))
      .option("--tasks <n>", "tasks shown that got better, and that got worse", wholeNumber(0), 5)
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { compareMeasured } = await import("../../app/evaluations/compare-measured.ts");
    const compared = await compareMeasured(flags.runs, values[0]!, values[1]!);
    const { before, after, success, reward, better, worse, equal, tasks } = compared;
    terminal.emit(compared);
    terminal.say(
      `${after.run}, ${after.stage} minus ${before.run}, ${before.stage}, ${tasks.length} tasks`,
    );
    terminal.say(`  success ${intervalText(success)}`);
    if (reward !== undefined) terminal.say(`  reward ${intervalText(reward)}`);
    terminal.say(`  ${better} tasks got better, ${worse} worse, ${equal} equal`);
    const changed = {
      better: tasks.filter((task) => task.after.success > task.before.success),
      worse: tasks.filter((task) => task.after.success < task.before.success),
    };
    for (const [how, some] of Object.entries(changed))
      for (const task of some.slice(0, flags.tasks)) {
        terminal.say(`\n${how}: ${shownLine(task.text)}`);
        terminal.say(`  before: ${shownLine(task.before.reply)}`);
        terminal.say(`  after:  ${shownLine(task.after.reply)}`);
      }
  },
});
