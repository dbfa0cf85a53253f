/** `hone improve`: from recorded traces to a trained model that is measured on questions it did not learn. */
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { lastingAddress } from "../open-store.ts";
import { type ConfigSources, type ResolvedSettings, resolveSettings } from "../training/config.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { resumedFolder } from "../training/resumed-folder.ts";
import type { OpenedSource } from "../training/sources/opened-source.ts";
import type { Training } from "../training/training.ts";
import { settingsOfTraining } from "../training/training-settings.ts";
import { trainings } from "../trainings.ts";
import { agentNamed } from "./outside-agent.ts";
import { type ImproveInputs, inputFiles, keptInputs, makeInputs } from "./improve-inputs.ts";
import {
  improveCommand,
  type ImproveSettings,
  improveSettings,
  methodSettings,
  recordedImprovement,
  recordingSettings,
} from "./improve-settings.ts";
import { onRecording, type Recording, replayedTraining } from "./replayed-training.ts";
import { servingNotes } from "./serving-notes.ts";
import { readsConversations, withWarmStart } from "./warm-start.ts";

/** How an improvement is run. */
export interface ImproveOptions {
  /** The folder of a stopped run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The run as a stream of events; see `runPipeline`.
 * @throws as `makeInputs`, `replayRules` and `runTraining`
 */
export async function* runImprove(
  settings: ImproveSettings,
  { resume, signal }: ImproveOptions,
): AsyncGenerator<PipelineEvent, void> {
  checkMeasured(settings);
  agentNamed(settings);
  yield* onRecording({
    makeInputs: async (place) =>
      resume === undefined
        ? makeInputs({ url: lastingAddress(settings.store) }, settings, place)
        : keptInputs(resume, settings),
    train: (recording) => trainingOf(settings.method)({ ...recording, settings, resume, signal }),
    endingNotes: (folder) => servingNotes(folder, settings),
  });
}

interface Improvement extends ImproveOptions, Recording {
  readonly settings: ImproveSettings;
}

/** @throws CONFIG_INVALID where nothing says what is good, and for settings that only GRPO has */
function checkMeasured({
  reward,
  judge,
  method,
  groupSize,
  groupsPerStep,
  minReward,
  model,
  warmStart,
}: ImproveSettings): void {
  const refuse = (where: string, problem: string): never => {
    throw new HoneError("CONFIG_INVALID", { where, problem });
  };
  if (reward === undefined && judge === undefined)
    refuse("--reward", "says what a good answer is: a file, exact or numeric; or give --judge.");
  const ofRollouts = { judge, groupSize, groupsPerStep, warmStart };
  const learnsTraces = method === "sft" || readsConversations({ model, warmStart });
  const ofTraces = learnsTraces ? {} : { minReward };
  for (const [key, value] of Object.entries(method === "grpo" ? ofTraces : ofRollouts))
    if (value !== undefined) refuse(key, `it has no meaning for ${method}; leave it out.`);
}

type Train = (run: Improvement) => AsyncGenerator<PipelineEvent, void>;

/** The training of a method. */
function trainingOf(method: ImproveSettings["method"]): Train {
  const { grpo, dpo, sft } = trainings;
  const rows: Readonly<Record<ImproveSettings["method"], Train>> = {
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

/** What the run records of the recording, whose files lie in its folder under names of their own. */
const settledOf = (settings: ImproveSettings, { data }: ImproveInputs) => ({
  tasks: inputFiles.tasks,
  ...(data !== undefined && { data: inputFiles.data }),
  improve: {
    ...Object.fromEntries(
      Object.keys(recordingSettings).flatMap((key) => {
        const value = settings[key as keyof typeof recordingSettings];
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    store: shownAddress(lastingAddress(settings.store)),
  },
});

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
