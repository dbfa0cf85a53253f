/** `hone train traces` on a recorded agent: its traces are learned by their rewards, and its program runs again on held-out questions. */
import { shownAddress } from "../../core/shown-address.ts";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { lastingAddress } from "../open-store.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { runTraining } from "../training/run-training.ts";
import { traceFilterOf } from "../training/trace-conditions.ts";
import { tracesCommand } from "../training/traces-settings.ts";
import {
  type OpenedTracesTraining,
  type RecordedAgent,
  tracesData,
} from "../training/traces-training.ts";
import type { Training, TrainingSettings } from "../training/training.ts";
import { type ImproveInputs, inputFiles } from "./improve-inputs.ts";
import { onRecording, type Recording, replayedTraining } from "./replayed-training.ts";
import { agentNamed } from "./outside-agent.ts";
import type { ScoringOptions } from "./scored-traces.ts";
import { servingNotes } from "./serving-notes.ts";
import { makeTracesInputs, tracesFiles } from "./traces-inputs.ts";
import { readsConversations, withWarmStart } from "./warm-start.ts";

/**
 * The run as a stream of events; see `runPipeline`.
 * @throws as `makeTracesInputs`, `replayRules` and `runTraining`
 */
export async function* trainTraces(
  { run, recorded, resume }: OpenedTracesTraining,
  signal: AbortSignal | undefined,
): AsyncGenerator<PipelineEvent, void> {
  if (recorded === undefined) return yield* runTraining({ ...run, signal });
  const { training, settings, name } = run;
  agentNamed(recorded);
  const agent = traceFilterOf(recorded.where).agent;
  yield* onRecording({
    makeInputs: (place) =>
      inputsOf(recorded, training, { place, resume, deadline: settings.deadline, signal }),
    train: (recording) => train({ training, settings, name, recorded, recording, resume, signal }),
    endingNotes: (folder) => servingNotes(folder, { agent, model: settings.model }),
  });
}

interface InputsRequest extends Pick<ScoringOptions, "deadline" | "signal"> {
  /** An empty folder for them. */
  readonly place: string;
  readonly resume: string | undefined;
}

/** Made of the store, or those of the run that is resumed. */
async function inputsOf(
  { store, where, reward = "exact", ...recorded }: RecordedAgent,
  { source, needsRewards }: Pick<Training, "source" | "needsRewards">,
  { place, resume, ...limits }: InputsRequest,
): Promise<ImproveInputs> {
  if (resume !== undefined) return { ...tracesFiles(resume), notes: [] };
  const needsAll = needsRewards === true || recorded.minReward !== undefined;
  return makeTracesInputs(
    { url: lastingAddress(store) },
    {
      ...{ ...recorded, ...limits, reward, filter: traceFilterOf(where) },
      needsRewards: source === "dataset" && needsAll,
    },
    place,
  );
}

interface RecordedTraining<Source extends AlgorithmSource> {
  readonly name: string;
  readonly training: Training<Source>;
  readonly settings: TrainingSettings<Source>;
  readonly recorded: RecordedAgent;
  readonly recording: Recording;
  readonly resume: string | undefined;
  readonly signal: AbortSignal | undefined;
}

async function* train<Source extends AlgorithmSource>({
  recorded,
  recording,
  ...run
}: RecordedTraining<Source>): AsyncGenerator<PipelineEvent, void> {
  const { training, settings, name } = run;
  const { inputs } = recording;
  const { data = "", traces = "", tasks } = inputs;
  const { source } = training;
  const { model } = settings;
  const store = source === "rollouts" ? traces : data;
  const dataSettings = tracesData(source, { store, minReward: recorded.minReward });
  const warmStart = name === "sft" ? (recorded.warmStart ?? 0) : recorded.warmStart;
  const warmStartSettings = { model, warmStart };
  const readsData = readsConversations(warmStartSettings);
  yield* replayedTraining<Source>({
    ...{ ...run, ...recording },
    settings: {
      ...{ ...settings, ...dataSettings, tasks },
      ...{ agent: agentNamed(recorded).name, where: undefined, heldOut: 0 },
    },
    origin: { command: tracesCommand, settled: settledOf(recorded, source) },
    runName: `traces-${name}`,
    agent: recorded,
    rules: { ...recorded, seed: settings.seed },
    keepsMessages: readsData,
    prepare: async (opened) =>
      readsData ? withWarmStart(opened, data, warmStartSettings) : opened,
  });
}

/** What the run records of the recording, whose files lie in its folder under names of their own. */
function settledOf(
  { command: _command, reward: _reward, ...recorded }: RecordedAgent,
  source: AlgorithmSource,
): Readonly<Record<string, unknown>> {
  const given = Object.entries(recorded).filter(([, value]) => value !== undefined);
  return {
    tasks: inputFiles.tasks,
    ...(source === "rollouts" ? { trajectories: inputFiles.traces } : { data: inputFiles.data }),
    traces: { ...Object.fromEntries(given), store: shownAddress(lastingAddress(recorded.store)) },
  };
}
