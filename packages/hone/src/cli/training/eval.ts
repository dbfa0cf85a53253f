/** `hone eval`: measures a model on held-out tasks, with 95 % intervals. */
import type { DataEvaluation } from "../../app/training/evaluate-data.ts";
import type { ModelEvaluation } from "../../app/training/evaluate-model.ts";
import { evaluationSettings } from "../../app/training/evaluation-settings.ts";
import {
  durationText,
  evaluationDetails,
  evaluationFacts,
  evaluationText,
  intervalText,
  shortPath,
  trainedText,
} from "../../app/training/run-figures.ts";
import { describeError, HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { asFlag } from "../../core/option-naming.ts";
import { defineCommand } from "../command.ts";
import {
  adapterOption,
  checkpointOption,
  modelArgument,
  runsOption,
  threadsOption,
} from "../options.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFlags, settingsSources } from "./settings-options.ts";

interface Flags extends Record<string, unknown> {
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly threads?: number;
  readonly domain?: string;
  readonly data?: string;
  readonly keep: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone eval 7f3a",
    "npx hone eval 7f3a --mode sampled --samples-per-task 8",
    "npx hone eval Qwen/Qwen2.5-0.5B-Instruct --adapter 91c0 --tasks 50",
    "npx hone eval 7f3a --data held-out.jsonl",
    "npx hone eval 7f3a --no-keep",
  ],
  notes: [
    "Several tries per task give pass@k, and the reward of the best of k.",
    "The same seed means the same tasks and draws, so that models can be compared.",
    "What was measured is kept in the folder of runs, every try with its tokens:",
    "`npx hone evals compare` and `npx hone ui` show two of them by task.",
    "--data measures conversations instead: loss (nats per token), perplexity, token",
    "accuracy, the words of the last reply (f1), and success where it is the same.",
  ],
  otherFlags: { "--model-path": "", "--model": "", "--test-data": "--data" },
  define: (command) => {
    command.addArgument(modelArgument()).addOption(adapterOption()).addOption(checkpointOption());
    addFlags(command, evaluationSettings);
    command.option("--data <text>", "a file of conversations, in place of a domain");
    command.option("--no-keep", "keep no folder of it beside the runs");
    command.addOption(runsOption()).addOption(threadsOption());
  },
  run: async ({ values, flags, terminal, signal }) => {
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { evaluateModel } = await import("../../app/training/evaluate-model.ts");
    const sources = settingsSources(evaluationSettings, flags);
    const { settings } = await resolveSettings(evaluationSettings, sources);
    terminal.debug("settings", () => settings);
    const { adapter, checkpoint, runs, threads, domain, data } = flags;
    const common = {
      model: values[0]!,
      runs,
      signal,
      onProgress: terminal.progress,
      ...(adapter === undefined ? {} : { adapter }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(threads === undefined ? {} : { threads }),
    };
    if (data !== undefined) {
      refuseDomainFlags(flags);
      const { evaluateData } = await import("../../app/training/evaluate-data.ts");
      const { tasks: most, ...rest } = settings;
      const tasks = flags["tasks"] === undefined ? undefined : most;
      const measured = await evaluateData({ ...rest, ...common, data, tasks });
      return tell(measured, data, { kept: await kept(measured, flags, terminal), terminal });
    }
    const measured = await evaluateModel({
      ...settings,
      ...common,
      isDomainGiven: domain !== undefined || sources.file !== undefined,
    });
    const what = `domain ${measured.domain}`;
    tell(measured, what, { kept: await kept(measured, flags, terminal), terminal });
  },
});

/**
 * The folder that the evaluation is kept in; undefined where it is not to be kept, or cannot be. What was measured is told all
 * the same: it may have taken hours.
 */
async function kept(
  measured: ModelEvaluation | DataEvaluation,
  { keep, runs }: Flags,
  terminal: Terminal,
): Promise<string | undefined> {
  if (!keep) return undefined;
  const { keepEvaluation } = await import("../../app/evaluations/keep-evaluation.ts");
  try {
    return await keepEvaluation(runs, measured);
  } catch (error) {
    const problem = isHoneError(error) ? describeError(error, asFlag)?.what : undefined;
    terminal.warn(
      `EVALUATION_NOT_KEPT: ${problem ?? messageOf(error)} Name another folder with --runs, or leave it out with --no-keep.`,
    );
    return undefined;
  }
}

/** What has no meaning for conversations of a file. */
const domainFlags = ["domain", "levels", "prompt", "maxActions"] as const;

/** @throws CONFIG_INVALID */
function refuseDomainFlags(flags: Flags): void {
  const given = domainFlags.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const problem =
    "it is of a domain's tasks, and --data measures conversations; leave one of them out.";
  throw new HoneError("CONFIG_INVALID", { where: asFlag(given), problem });
}

interface Telling {
  readonly kept: string | undefined;
  readonly terminal: Terminal;
}

/** @param what  was measured on, in words */
function tell(
  measured: ModelEvaluation | DataEvaluation,
  what: string,
  { kept: folder, terminal }: Telling,
): void {
  const { found, evaluation, notices, rollouts: _rollouts, config: _config, ...facts } = measured;
  const { perplexity } = "perplexity" in measured ? measured : {};
  for (const notice of notices) terminal.warn(notice);
  terminal.tell(
    {
      ...{ model: found.name, ...evaluationFacts(evaluation), ...facts },
      ...(folder !== undefined && { kept: folder }),
    },
    [
      `${shortPath(found.name)}: ${evaluationText(evaluation)}, ${what}, ${durationText(facts.seconds)}`,
      ...(perplexity === undefined ? [] : [`  perplexity ${intervalText(perplexity)}`]),
      ...evaluationDetails(evaluation),
      ...trainedText(facts.parameters),
      ...(folder === undefined ? [] : [`  kept in ${shortPath(folder)}`]),
    ].join("\n"),
  );
}
