/** `hone train all`: agents, rewards, a model per tool and PPO, from one file. */
import { Option } from "commander";
import { type PipelineMode, pipelineModes } from "../../app/trajectory-pipeline/pipeline-modes.ts";
import { defineCommand } from "../command.ts";
import { numberBetween, threadsOption } from "../options.ts";

interface Flags {
  readonly mode: PipelineMode;
  readonly config: string;
  readonly model?: string;
  readonly dataRoot?: string;
  readonly minReward?: number;
  readonly threads?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone train all --config configs/training_config.yaml",
    "npx hone train all --mode sft --model Qwen/Qwen2.5-0.5B",
  ],
  notes: [
    "The file names agents (domains) with their tasks, and the files of settings:",
    '  agents: { math: { questions: ["2x = 6"], count: 50 }, video: { count: 50 } }',
    "  models: { base: tiny }",
    "  sft: { config: trl_defaults.yaml, templates: sft_templates.yaml }",
    "  rl: { config: rl_defaults.yaml, min_reward: 0.3 }",
    "Writes data/raw, data/unified, data/rewards/analysis.json, data/sft/<tool>,",
    "models/sft/<tool> and models/rl. What is there stays, so the same command goes",
    "on where it was stopped (docs/trajectories.md).",
  ],
  otherFlags: { "--model-name": "--model" },
  define: (command) =>
    void command
      .addOption(
        new Option("--mode <text>", "which models are trained")
          .choices(pipelineModes)
          .default("both"),
      )
      .option("--config <file>", "YAML or JSON", "configs/training_config.yaml")
      .option("--model <text>", "in place of the file's base model")
      .option("--data-root <folder>", "in place of the file's data_root")
      .option("--min-reward <n>", "in place of rl.min_reward", numberBetween(-1e9, 1e9))
      .addOption(threadsOption()),
  run: async ({ flags, terminal, signal }) => {
    const { readPipelineConfig } = await import("../../app/trajectory-pipeline/pipeline-config.ts");
    const { trainAll } = await import("../../app/trajectory-pipeline/train-all.ts");
    const { printRun } = await import("../../app/training/run-printer.ts");
    const read = await readPipelineConfig(flags.config);
    const config = {
      ...read,
      models: { ...read.models, base: flags.model ?? read.models.base },
      data_root: flags.dataRoot ?? read.data_root,
      rl: { ...read.rl, min_reward: flags.minReward ?? read.rl.min_reward },
    };
    const { mode, threads } = flags;
    const work = { signal, threads, onProgress: terminal.progress };
    for await (const event of trainAll({ config, mode, ...work })) {
      if (event.kind === "stage") {
        terminal.tell(event.fact, event.text);
        continue;
      }
      terminal.tell({ stage: "training", title: event.title }, `\n${event.title}`);
      const again = (): string => "the same command";
      const result = await printRun(event.events, terminal, again);
      if (result === undefined) return;
    }
  },
});
