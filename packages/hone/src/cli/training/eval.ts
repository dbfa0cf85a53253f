/** `hone eval`: measures a model on held-out tasks, with 95 % intervals. */
import { evaluationSettings } from "../../app/training/evaluation-settings.ts";
import {
  durationText,
  evaluationDetails,
  evaluationFacts,
  evaluationText,
  shortPath,
  trainedText,
} from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import {
  adapterOption,
  checkpointOption,
  modelArgument,
  runsOption,
  threadsOption,
} from "../options.ts";
import { addFlags, settingsSources } from "./settings-options.ts";

interface Flags extends Record<string, unknown> {
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly threads?: number;
  readonly domain?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone eval 7f3a",
    "npx hone eval 7f3a --mode sampled --samples-per-task 8",
    "npx hone eval Qwen/Qwen2.5-0.5B-Instruct --adapter 91c0 --tasks 50",
  ],
  notes: [
    "Several tries per task give pass@k, and the reward of the best of k.",
    "The same seed means the same tasks and draws, so that models can be compared.",
  ],
  define: (command) => {
    command.addArgument(modelArgument()).addOption(adapterOption()).addOption(checkpointOption());
    addFlags(command, evaluationSettings);
    command.addOption(runsOption()).addOption(threadsOption());
  },
  run: async ({ values, flags, terminal, signal }) => {
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { evaluateModel } = await import("../../app/training/evaluate-model.ts");
    const sources = settingsSources(evaluationSettings, flags);
    const { settings } = await resolveSettings(evaluationSettings, sources);
    const { adapter, checkpoint, runs, threads, domain } = flags;
    const { found, evaluation, notices, ...facts } = await evaluateModel({
      ...settings,
      model: values[0]!,
      isDomainGiven: domain !== undefined || sources.file !== undefined,
      runs,
      signal,
      onProgress: terminal.progress,
      ...(adapter === undefined ? {} : { adapter }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(threads === undefined ? {} : { threads }),
    });
    for (const notice of notices) terminal.warn(notice);
    terminal.tell(
      { model: found.name, ...evaluationFacts(evaluation), ...facts },
      [
        `${shortPath(found.name)}: ${evaluationText(evaluation)}, domain ${facts.domain}, ${durationText(facts.seconds)}`,
        ...evaluationDetails(evaluation),
        ...trainedText(facts.parameters),
      ].join("\n"),
    );
  },
});
