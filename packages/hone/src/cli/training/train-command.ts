/** `hone train <name>`: a command for every row of the table of trainings. */
import { join } from "node:path";
import type { Command } from "commander";
import { seedKeysOf } from "../../app/seed-keys/seed-keys.ts";
import { defaultsOfTraining, settingsOfTraining } from "../../app/training/training-settings.ts";
import { type TrainingName, trainingOf } from "../../app/trainings.ts";
import { HoneError } from "../../core/errors.ts";
import { type CommandDefinition, defineCommand, type ParsedFlags } from "../command.ts";
import { besideUi } from "./beside-ui.ts";
import { addSettings, IGNORED_KEY, settingsSources } from "./settings-options.ts";

/** Help that depends on what a training learns from. */
const sourceHelp = {
  rollouts: {
    examples: [
      '--agent "node a.js" --tasks t.jsonl --reward r.ts',
      "--judge openai/gpt-4o-mini --judge-budget 500",
      "--model Qwen/Qwen2.5-0.5B-Instruct --levels 1,2",
    ],
    notes: [
      'A line of --tasks: {"id":"1","question":"2 + 2","answer":4,"split":"train"}.',
      "  split is train or test, for all or for none; then --held-out is drawn.",
      "The agent gets a task, without its answer, as JSON on stdin and in HONE_TASK;",
      "  it calls the model by any client of OpenAI or Anthropic, whose variables",
      "  are set, and its last line on stdout is its answer (docs/programs.md).",
      "--judge scores the rollouts of a task against each other; --reward then only",
      "  measures. With --credit turn-rewards it scores turns, beside the reward.",
      "  The judge's budget counts for all sessions of a run.",
      "--reward r.ts: export default ({ answer, task }) => …, a number.",
    ],
  },
  dataset: {
    examples: [
      "--data chats.jsonl --model Qwen/Qwen3-0.6B",
      "--model Qwen/Qwen2.5-0.5B-Instruct --levels 1,2",
    ],
    notes: [
      'A line of --data: {"messages":[{"role":"user","content":"…"},',
      '  {"role":"assistant","content":"…"}]}, with "weight": 2 if it counts double.',
      "Files of OpenAI, TRL and ShareGPT are read as they are (docs/data.md).",
      "Held-out conversations give success, the last reply word for word, and reward,",
      "  the mean log-probability of what the assistant says, in nats per token.",
    ],
  },
  preferences: {
    examples: [
      "--data pairs.jsonl --model runs/my-sft",
      "--data sqlite:rollouts.db --min-margin 0.2",
    ],
    notes: [
      'A line of --data: {"prompt":[{"role":"user","content":"…"}],"chosen":[…],',
      '  "rejected":[…]}; files of TRL and OpenAI are read as they are.',
      "Of a store: rollouts of one task whose rewards differ, and people's comparisons",
      "  and corrections (docs/preferences.md).",
      "Held-out pairs give success, the chosen answer more likely than the other, and",
      "  reward, by how much, in nats.",
    ],
  },
} as const;

/** The 80 columns of a terminal without the heading. */
const EXAMPLE_WIDTH = 71;

/** Options that name the set of a tool, as `hone dataset sft` lays them out, in place of its file. */
const addToolOptions = (command: Command): Command =>
  command
    .option(
      "--tool <name>",
      "learn data/sft/<name>, in models/sft/<name>; with --out in <out>/<name>",
    )
    .option("--data-root <folder>", "of the sets of --tool, in place of data/sft");

/** The flags that `--tool` is read with. */
interface ToolFlags extends ParsedFlags {
  readonly tool?: string;
  readonly dataRoot?: string;
  readonly out?: string;
  readonly data?: string;
}

/** The flags with the files of a tool. @throws CONFIG_INVALID for a tool beside other data */
function toolFlags(flags: ToolFlags): ParsedFlags {
  const { tool, dataRoot = "data/sft", out = "models/sft", data, ...rest } = flags;
  if (tool === undefined) return flags;
  if (data !== undefined) {
    const problem = "it is a file of its own, and --tool names a set; leave one of them out.";
    throw new HoneError("CONFIG_INVALID", { where: "--data", problem });
  }
  return { ...rest, data: join(dataRoot, tool, "train.jsonl"), out: join(out, tool) };
}

/** The command of a training. */
export function trainCommand(name: TrainingName): CommandDefinition {
  const training = trainingOf(name);
  const table = settingsOfTraining(training);
  const { examples, notes } = sourceHelp[training.source];
  const commandLine = `npx hone train ${name}`;
  return defineCommand({
    examples: [...examples, "--config run.yaml --seed 1"]
      .map((flags) => `${commandLine} ${flags}`)
      // Beside a long name an example would not fit into a terminal's width.
      .filter((example, i, all) => example.length <= EXAMPLE_WIDTH || i === all.length - 1),
    notes: [
      ...(training.notes ?? []),
      ...notes,
      "Ctrl-C saves; --resume goes on as if nothing had happened.",
    ],
    otherFlags: {
      ...{ "--model-name": "--model", "--out-dir": "--out" },
      ...(training.source === "rollouts" && {
        ...{ "--trajectory-glob": "--trajectories", "--min-reward": "--trajectory-min-reward" },
      }),
    },
    define: (command: Command) => {
      addSettings(command, table);
      if (name === "sft") addToolOptions(command);
    },
    run: async (invocation) => {
      const { terminal, signal } = invocation;
      const flags = toolFlags(invocation.flags);
      const { resolveSettings } = await import("../../app/training/config.ts");
      const { runTraining } = await import("../../app/training/run-training.ts");
      const { printRun } = await import("../../app/training/run-printer.ts");
      const { settings, resume, notices } = await resolveSettings(table, {
        ...settingsSources(table, flags),
        seedKeys: seedKeysOf(`train ${name}`),
        defaults: defaultsOfTraining(training),
      });
      terminal.debug("settings", () => settings);
      for (const notice of notices) terminal.warn(`${IGNORED_KEY}: ${notice}`);
      const events = runTraining({ name, training, settings, resume, signal });
      const again = (folder: string): string => `${commandLine} --resume ${folder}`;
      await besideUi(invocation, events, (shown) => printRun(shown, terminal, again));
    },
  });
}
