/** `hone evals list`: what was measured on held-out tasks, by `hone eval` and at the stages of runs. */
import { intervalText } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";
import { tableText } from "../terminal/figures.ts";

interface Flags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone evals list"],
  notes: ["The first column is what `npx hone evals compare` takes."],
  define: (command) => void command.addOption(runsOption()),
  run: async ({ flags, terminal }) => {
    const { evaluationLibrary } = await import("../../app/evaluations/evaluation-library.ts");
    const stages = await evaluationLibrary(flags.runs).list();
    for (const stage of stages) terminal.emit({ event: "evaluation", ...stage });
    terminal.emit({ evaluations: stages.length });
    if (stages.length === 0)
      return terminal.say(`nothing was measured in ${flags.runs}\n  → npx hone eval <model>`);
    const rows = stages.map((one) => [
      one.kind === "run" ? `${one.run}/${one.stage}` : one.run,
      one.set,
      [one.model, one.adapter, one.prompt].filter((part) => part !== undefined).join(", "),
      `${one.mode ?? ""}${one.samplesPerTask === 1 ? "" : ` × ${one.samplesPerTask}`}`,
      intervalText(one.success),
      intervalText(one.reward),
    ]);
    const head = [
      "evaluation",
      "measured on",
      "model, adapter, prompt",
      "mode",
      "success",
      "reward",
    ];
    terminal.say(tableText([head, ...rows]));
  },
});
