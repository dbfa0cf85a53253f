/** `hone train <name>`: one algorithm on its source, from settings to events. */
import type { Algorithm, AlgorithmSource } from "../../ports/algorithm.ts";
import { clientOptions, pipelineSettings, teamOf, trainedWeights } from "./client-options.ts";
import { baseModelOf } from "./model-from-nothing.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { runPipeline } from "./pipeline.ts";
import { eitherSignal } from "./either-signal.ts";
import { JudgeSpending } from "./judge-spending.ts";
import { queueOf, type QueueSettings, withoutQueue } from "./queue-settings.ts";
import { meaningfulSettings } from "./setting-rules.ts";
import type { SharedSettings } from "./shared-settings.ts";
import { recordedStore } from "./stored/recorded-store.ts";
import type { OpenedSource } from "./sources/opened-source.ts";
import { type OpenSource, sources } from "./sources/sources.ts";
import type { Training, TrainingSettings } from "./training.ts";
import { settingsOfTraining } from "./training-settings.ts";

/** What is run: a row of the table of trainings, by its name there, with checked settings. */
export interface TrainingRun<Source extends AlgorithmSource = AlgorithmSource> {
  readonly name: string;
  readonly training: Training<Source>;
  readonly settings: TrainingSettings<Source>;
  /** The command that started it, and what it records beside the settings. Default: `train <name>`, and nothing. */
  readonly origin?: {
    readonly command: string;
    readonly settled: Readonly<Record<string, unknown>>;
  };
  /** Opens what is learned from. Default: as the settings say. */
  readonly open?: OpenSource<Source>;
  /** The folder of a stopped run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The run as a stream of events; see pipeline.ts.
 * @throws as `runPipeline`, and what opening the source throws
 */
export async function* runTraining<Source extends AlgorithmSource>(
  run: TrainingRun<Source>,
): AsyncGenerator<PipelineEvent, void> {
  const { name, training, settings, signal } = run;
  const { needsRewards, takesRatedAnswers, trainsValues } = training;
  const kind = { needsRewards, takesRatedAnswers, trainsValues };
  const request = { training: name, ...kind, settings, signal };
  const source = await (run.open ?? sources[training.source])(request);
  try {
    yield* sourceEvents(run, source);
  } finally {
    await Promise.all([source.rewardModel?.close(), source.close?.()]);
  }
}

async function* sourceEvents<Source extends AlgorithmSource>(
  run: TrainingRun<Source>,
  source: OpenedSource<Source>,
): AsyncGenerator<PipelineEvent, void> {
  const { name, training, settings, resume, signal } = run;
  const { maxActions = settings.maxActions } = source;
  const algorithm = await training.algorithm({ ...settings, maxActions }, source.data);
  const { judge } = source;
  const spending = judge && new JudgeSpending(judge);
  const events = runPipeline({
    name: source.runName,
    config: configOf(run, source, algorithm),
    out: settings.out,
    resume,
    prepareModel: async (folder) => {
      await spending?.open(folder);
      await source.prepareFolder?.(folder);
      return preparedModel(folder, source, settings.seed);
    },
    notes: notesOf(source, algorithm.steps),
    warning: source.warning,
    training: {
      ...clientOptions(source.found, settings),
      ...(algorithm.trainsValues === true && { head: "value" as const }),
    },
    adapters: teamOf(settings),
    queue: queueOf(settings as SharedSettings & QueueSettings, source.play),
    phases: [...(source.before ?? []), { name, algorithm, source: source.learning }],
    heldOut: source.heldOut,
    ...(source.replay && { replay: source.replay }),
    ...pipelineSettings(settings),
    // Answers that are compared are not sampled, so that only those of a measured agent can be kept.
    ...(training.source === "preferences" &&
      settings.agent === undefined && { keepRollouts: "none" as const }),
    signal: eitherSignal(signal, judge?.spent.signal),
  });
  yield* spending === undefined ? events : spending.watch(events);
}

const notesOf = ({ notes = [] }: OpenedSource, steps: number): readonly string[] =>
  typeof notes === "function" ? notes(steps) : notes;

/** What the run records. A resume with other values is refused; where a run writes and its threads change no result. */
function configOf<Source extends AlgorithmSource>(
  {
    name,
    training,
    settings,
    origin = { command: `train ${name}`, settled: {} },
  }: TrainingRun<Source>,
  { settled, judge, rewardModel, dataDigest }: OpenedSource,
  { steps }: Pick<Algorithm, "steps">,
): Record<string, unknown> {
  const { out: _out, threads: _threads, ...rest } = settings;
  const decisive = withoutQueue(rest as typeof rest & QueueSettings);
  return {
    command: origin.command,
    ...meaningfulSettings(settingsOfTraining(training), decisive),
    // Where passes over the data decide, the run still says how many steps they are.
    steps,
    ...settled,
    ...origin.settled,
    ...judge?.settled,
    ...rewardModel?.settled,
    ...recordedStore(settings),
    weights: trainedWeights(settings),
    ...(dataDigest === undefined ? {} : { dataDigest }),
  };
}

/** The folder of the model to start from; one from nothing is made in the run folder, once. */
async function preparedModel(
  runFolder: string,
  { found, texts, newModel, checkModel }: OpenedSource,
  seed: number,
): Promise<string> {
  if (found !== undefined) return found.folder;
  const made = await baseModelOf(runFolder, { ...newModel, texts: await texts(), seed });
  await checkModel?.(made);
  return made;
}
