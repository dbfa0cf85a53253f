/** `hone train traces`: learns from the traces of a store by one of several algorithms. */
import type { Command } from "commander";
import { tracesCommandSettings } from "../../app/training/traces-settings.ts";
import { defineCommand } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, IGNORED_KEY, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    "npx hone train traces --model Qwen/Qwen3-0.6B",
    "npx hone train traces --store files:./rl_data --where agent=planner",
    "npx hone train traces --algorithm dpo --model m --config rl.yaml",
    'npx hone train traces --agent "node a.js" --tasks t.jsonl --model m',
    "npx hone train traces --agent-file answer.ts --reward r.ts --model tiny",
  ],
  notes: [
    "Each model call of a trace is a transition, from its messages to its reply; the",
    "  reward of the trace is divided over them by --credit. Tokens are those that",
    "  were sampled where the store has them for this model, else the messages are",
    "  tokenised anew, with log-probs of the starting model; the run says how many.",
    "A share of the sessions is held out. With --agent and --tasks success is that of",
    "  your agent, before and after; without, how the policy finds what was said.",
    "--agent or --agent-file without --tasks runs the recorded agent again: its tasks",
    "  are questions of the traces, as in `npx hone improve`, its tools are answered",
    "  from the recording, and --reward scores the traces that have no reward, too.",
    "  --model tiny is made of the traces, then taught by --warm-start steps of sft.",
    "An option that the algorithm does not have is an error. --config also reads the",
    "  rl: section of files that configure recording (docs/guides/traces.md).",
    "Ctrl-C saves; the last line says how to go on.",
  ],
  define: (given: Command) => {
    addSettings(given, tracesCommandSettings());
  },
  run: async (invocation) => {
    const { flags, terminal, signal } = invocation;
    const { openTracesTraining } = await import("../../app/training/traces-training.ts");
    const { trainTraces } = await import("../../app/improve/train-recorded.ts");
    const { printRun } = await import("../../app/training/run-printer.ts");
    const { flags: given, file, resume } = settingsSources(tracesCommandSettings(), flags);
    const opened = await openTracesTraining(given ?? {}, file, resume);
    for (const notice of opened.notices) terminal.warn(`${IGNORED_KEY}: ${notice}`);
    const resumed = opened.recorded === undefined ? opened.run.name : "traces";
    const again = (folder: string): string => `npx hone train ${resumed} --resume ${folder}`;
    await besideUi(invocation, trainTraces(opened, signal), (events) =>
      printRun(events, terminal, again),
    );
  },
});
