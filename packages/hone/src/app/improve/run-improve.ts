/** `hone improve` by training: from recorded traces to weights that are measured on questions they did not learn. */
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { type ConfigSources, type ResolvedSettings, resolveSettings } from "../training/config.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { resumedFolder } from "../training/resumed-folder.ts";
import type { OpenedSource } from "../training/sources/opened-source.ts";
import type { Training } from "../training/training.ts";
import { settingsOfTraining } from "../training/training-settings.ts";
import { trainings } from "../trainings.ts";
import {
  improveCommand,
  type ImproveSettings,
  improveSettings,
  methodSettings,
  recordedImprovement,
  type TrainedMethod,
} from "./improve-settings.ts";
import { type Improvement, type ImproveOptions, improving, settledOf } from "./improvement.ts";
import { agentNamed } from "./outside-agent.ts";
import { replayedTraining } from "./replayed-training.ts";
import { withWarmStart } from "./warm-start.ts";

/** Settings whose method trains weights. */
export type TrainedImprovement = ImproveSettings & { readonly method: TrainedMethod };

/** Whether weights are trained; else a better prompt is searched for. */
export const trainsWeights = (settings: ImproveSettings): settings is TrainedImprovement =>
  settings.method !== "prompt";

/**
 * The run as a stream of events; see `runPipeline`.
 * @throws as `improving`, `replayRules` and `runTraining`
 */
export const runImprove = (
  settings: TrainedImprovement,
  options: ImproveOptions,
): AsyncGenerator<PipelineEvent, void> => improving(settings, options, trainingOf(settings.method));

type Train = (run: Improvement) => AsyncGenerator<PipelineEvent, void>;

/** The training of a method. */
function trainingOf(method: TrainedMethod): Train {
  const { grpo, dpo, sft } = trainings;
  const rows: Readonly<Record<TrainedMethod, Train>> = {
    grpo: (run) => train(grpo, run, warmStart(run)),
    dpo: (run) => train(dpo, run),
    sft: (run) => train(sft, run),
  };
  return rows[method];
}

/** What an improvement adds to the source of its training. */
type Prepare<Source extends AlgorithmSource> = (
  opened: OpenedSource<Source>,
) => Promise<OpenedSource<Source>>;

const warmStart =
  ({ settings, inputs }: Improvement): Prepare<"rollouts"> =>
  async (opened) =>
    inputs.data === undefined ? opened : withWarmStart(opened, inputs.data, settings);

async function* train<Source extends AlgorithmSource>(
  training: Training<Source>,
  run: Improvement,
  prepare: Prepare<Source> = async (opened) => opened,
): AsyncGenerator<PipelineEvent, void> {
  const { settings: given, inputs, coverage, resume, signal } = run;
  const { settings } = await resolveSettings(settingsOfTraining(training), {
    flags: flagsOf(run, training.source),
  });
  yield* replayedTraining<Source>({
    ...{ name: given.method, training, settings, resume, signal, inputs, coverage, prepare },
    origin: { command: improveCommand, settled: settledOf(given, inputs) },
    runName: `improve-${given.method}`,
    agent: given,
    rules: given,
  });
}

/** The settings of the method's training. */
function flagsOf(
  { settings, inputs }: Improvement,
  source: AlgorithmSource,
): Readonly<Record<string, unknown>> {
  const shared = Object.keys(methodSettings) as (keyof typeof methodSettings)[];
  return {
    ...Object.fromEntries(shared.map((key) => [key, settings[key]])),
    agent: agentNamed(settings).name,
    tasks: inputs.tasks,
    ...(source !== "rollouts" && { data: inputs.data, heldOut: 0 }),
  };
}

/** The settings of a command line, of its file, and of the run that it resumes. @throws as `resolveSettings` */
export async function resolveImprovement({
  resume,
  ...given
}: ConfigSources): Promise<ResolvedSettings<typeof improveSettings>> {
  const folder = resume === undefined ? undefined : await resumedFolder(resume);
  const recorded = folder === undefined ? {} : await recordedSettings(folder);
  const resolved = await resolveSettings(improveSettings, { ...given, defaults: () => recorded });
  return { ...resolved, resume: folder };
}

/** The settings that a run was started with, by the keys of `improveSettings`. */
async function recordedSettings(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const { config } = await readRunRecord(folder);
  return config["command"] === improveCommand ? recordedImprovement(config) : {};
}
