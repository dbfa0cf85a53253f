/** `hone tasks import`: tasks of a published benchmark as a file of tasks. */
import { benchmarkNames, benchmarks } from "../../app/data/benchmarks.ts";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";

interface Flags {
  readonly out?: string;
  readonly customer?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone tasks import tau2 tau2-bench --out tau2-retail",
    "npx hone tasks import bfcl bfcl-eval --out bfcl",
  ],
  notes: [
    ...benchmarkNames.flatMap((name) => benchmarks[name].help),
    "The file is a domain for every command that takes one: npx hone eval last",
    "--domain bfcl/tasks.jsonl; train sft (from right answers), train grpo; rollout,",
    "which also asks models by name.",
  ],
  define: (command) =>
    void command
      .argument("<benchmark>", benchmarkNames.join(" or "))
      .argument("<folder>", "where its files are")
      .option("--out <folder>", "for tasks.jsonl and what they need; else <benchmark>-tasks")
      .option("--customer <model>", "of tau2: plays the customers, as openai/gpt-4o-mini"),
  run: async ({ values, flags, terminal }) => {
    const [given = "", folder = ""] = values;
    const benchmark = benchmarkNames.find((name) => name === given);
    const { customer } = flags;
    if (benchmark === undefined)
      throw misused(`there is no benchmark "${given}"; there are ${benchmarkNames.join(", ")}`);
    const { hasCustomers, importTasks } = benchmarks[benchmark];
    if (customer !== undefined && !hasCustomers)
      throw misused(`the tasks of ${benchmark} have no customers; leave out --customer`);
    const out = flags.out ?? `${benchmark}-tasks`;
    const imported = await importTasks(folder, out, { customer });
    const { facts, notes, ...counts } = imported;
    const { tasks, splits } = counts;
    terminal.tell(
      { ...counts, ...facts },
      [
        `${tasks} tasks (${splits.train} train, ${splits.test} test) written to ${counts.out}`,
        ...notes,
      ].join("\n"),
    );
  },
});

const misused = (problem: string): HoneError =>
  new HoneError("USAGE_INVALID", { command: "npx hone tasks import", problem });
