/** `hone rollout`: tries at a domain's tasks, as files of raw trajectories. */
import { Option } from "commander";
import type { MakeRolloutsOptions, RolloutsReport } from "../../app/data/raw/make-rollouts.ts";
import { defineCommand } from "../command.ts";
import {
  adapterOption,
  checkpointOption,
  levelList,
  numberBetween,
  runsOption,
  seedOption,
  threadsOption,
  wholeNumber,
} from "../options.ts";
import { counted } from "../terminal/shown-text.ts";

type Flags = Omit<MakeRolloutsOptions, "domain" | "signal" | "onProgress" | "replace"> & {
  readonly replace?: true;
};

export const command = defineCommand<Flags>({
  examples: [
    'npx hone rollout math --question "2x + 5 = 13" --out demo.traj.json',
    "npx hone rollout math --count 200 --mistake-rate 0.3 --samples 2",
    "npx hone rollout math --model 7f3a --count 50 --split test",
    "npx hone rollout video --policy openai/gpt-4o-mini --tasks tasks.jsonl",
  ],
  notes: [
    "Without --model and --policy the domain's expert tries. A domain may be a file.",
    "Files are <out>/<task>.traj.json, <task>-2.traj.json of a second try; those that",
    "are there stay, so the same command goes on where it was stopped. npx hone",
    "convert, reward and dataset read them, and npx hone train ppo --trajectories.",
    "Lines of --tasks: a question, or a task with the domain's own fields.",
  ],
  otherFlags: { "--video-ctx": "--context", "--model-name": "--model" },
  define: (command) =>
    void command
      .argument("<domain>", "a domain's name, or your file")
      .option("--question <text>", "one task, in words")
      .option("--tasks <file>", "tasks: JSONL, CSV or Parquet")
      .option("--context <file>", "a text behind each question, as captions")
      .option("--count <n>", "how many tasks are drawn", wholeNumber(1), 10)
      .option("--levels <list>", "difficulties of drawn tasks, as 1,2", levelList, [1])
      .addOption(
        new Option("--split <name>", "of drawn tasks").choices(["train", "test"]).default("train"),
      )
      .option("--samples <n>", "tries at each task", wholeNumber(1), 1)
      .option("--model <text>", "tries: a folder, a run, a .gguf file, or an id")
      .option("--policy <model>", "tries: a model by name, as openai/gpt-4o-mini")
      .addOption(adapterOption())
      .addOption(checkpointOption())
      .option("--mistake-rate <n>", "share of the expert's wrong actions", numberBetween(0, 1), 0)
      .option("--prompt <text>", "wording: compact, instructed, or a file; else the run's")
      .option("--temperature <n>", "of sampling; 0: the likeliest", numberBetween(0), 1)
      .option("--max-tokens <n>", "longest reply; else the run's, or 64", wholeNumber(1))
      .option("--max-actions <n>", "of an episode; else the domain's", wholeNumber(1))
      .option("--concurrency <n>", "tries at a time", wholeNumber(1), 64)
      .option("--deadline <n>", "seconds for a try", numberBetween(0.001), 60)
      .option("--out <path>", "a folder, or a .json file; else data/raw/<domain>")
      .option("--replace", "try again what has its file already")
      .addOption(seedOption("decides tasks and every draw"))
      .addOption(runsOption())
      .addOption(threadsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { makeRollouts } = await import("../../app/data/raw/make-rollouts.ts");
    const report = await makeRollouts({
      ...{ ...flags, domain: values[0]!, signal, onProgress: terminal.progress },
      replace: flags.replace === true,
    });
    for (const notice of report.notices) terminal.warn(notice);
    terminal.tell({ ...report }, textOf(report));
  },
});

function textOf(report: RolloutsReport): string {
  const { domain, player, written, alreadyThere, failed, failure, success, reward, out } = report;
  const tries = `${written === 1 ? "1 trajectory" : `${written} trajectories`} of ${domain} by ${player}`;
  const figures =
    success === undefined
      ? ""
      : `: ${(100 * success).toFixed(0)} % done, mean reward ${reward!.toFixed(2)}`;
  return [
    `${tries} written to ${out}${figures}`,
    ...(alreadyThere === 0 ? [] : [`  ${counted(alreadyThere, "file")} there already`]),
    ...(failed === 0 ? [] : [`  ${failed} failed, the most frequent: ${failure}`]),
  ].join("\n");
}
