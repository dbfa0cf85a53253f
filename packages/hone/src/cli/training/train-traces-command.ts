/** `hone train traces`: learns from the traces of a store by one of several algorithms. */
import type { Command } from "commander";
import { openTracesTraining, tracesCommandSettings } from "../../app/training/traces-training.ts";
import { defineCommand } from "../command.ts";
import { addFlags, IGNORED_KEY, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    "npx hone train traces --model Qwen/Qwen3-0.6B",
    "npx hone train traces --store files:./rl_data --where agent=planner",
    "npx hone train traces --algorithm dpo --model m --config rl.yaml",
    'npx hone train traces --agent "node a.js" --tasks t.jsonl --model m',
  ],
  notes: [
    "Each model call of a trace is a transition, from its messages to its reply; the",
    "  reward of the trace is divided over them by --credit. Tokens are those that",
    "  were sampled where the store has them for this model, else the messages are",
    "  tokenised anew, with log-probs of the starting model; the run says how many.",
    "A share of the sessions is held out. With --agent and --tasks success is that of",
    "  your agent, before and after; without, how the policy finds what was said.",
    "An option that the algorithm does not have is an error. --config also reads the",
    "  rl: section of files that configure recording (docs/guides/traces.md).",
    "Ctrl-C saves; the last line says how to go on.",
  ],
  define: (given: Command) => {
    addFlags(given, tracesCommandSettings());
    given.option("--config <file>", "YAML or JSON with the same keys, as seed: 1");
  },
  run: async ({ flags, terminal, signal }) => {
    const { runTraining } = await import("../../app/training/run-training.ts");
    const { printRun } = await import("../../app/training/run-printer.ts");
    const { flags: given, file } = settingsSources(tracesCommandSettings(), flags);
    const { run, notices } = await openTracesTraining(given ?? {}, file);
    for (const notice of notices) terminal.warn(`${IGNORED_KEY}: ${notice}`);
    const events = runTraining({ ...run, signal });
    await printRun(events, terminal, (folder) => `npx hone train ${run.name} --resume ${folder}`);
  },
});
