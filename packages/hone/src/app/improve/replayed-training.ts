/** A training whose agent, a program, runs again for each try with its tools answered from a recording. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import type { PromptEvent } from "../prompts/prompt-events.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { runTraining, type TrainingRun } from "../training/run-training.ts";
import type { OpenedSource } from "../training/sources/opened-source.ts";
import { type OpenSource, sources } from "../training/sources/sources.ts";
import { CoverageLog, coverageText } from "./coverage-log.ts";
import { type ImproveInputs, keepInputs } from "./improve-inputs.ts";
import { type AgentSettings, outsideAgent } from "./outside-agent.ts";
import { replayRules, type ReplaySettings } from "./replay-rules.ts";
import { newModelOf } from "./warm-start.ts";

/** What a run has of its recording. */
export interface Recording {
  readonly inputs: ImproveInputs;
  /** Counts how calls of tools are answered. */
  readonly coverage: CoverageLog;
}

/** How a run on a recording begins and ends. */
export interface RecordingOptions<Event> {
  /** Makes the files, in an empty folder that is removed at the end, or finds those that a resumed run kept. */
  readonly makeInputs: (place: string) => Promise<ImproveInputs>;
  readonly train: (recording: Recording) => AsyncGenerator<Event, void>;
  /** The last lines, of the folder of a run that has ended. */
  readonly endingNotes: (folder: string) => readonly string[];
}

type NoteEvent = Extract<PipelineEvent, { readonly kind: "note" }>;

/** The events of a training, or of a search for prompts, on the files of a recording; the last notes say how calls of tools were answered. */
export async function* onRecording<Event extends PipelineEvent | PromptEvent>({
  makeInputs,
  train,
  endingNotes,
}: RecordingOptions<Event>): AsyncGenerator<Event | NoteEvent, void> {
  const place = await mkdtemp(join(tmpdir(), "hone-improve-"));
  const coverage = new CoverageLog();
  try {
    for await (const event of train({ inputs: await makeInputs(place), coverage })) {
      yield event;
      if (event.kind === "step" || event.kind === "evaluated") await coverage.save();
      if (event.kind !== "done") continue;
      const { folder } = event.result;
      for (const text of [...coverageText(coverage.coverage), ...endingNotes(folder)])
        yield { kind: "note", text };
    }
  } finally {
    await coverage.save();
    await rm(place, { recursive: true, force: true });
  }
}

/** Keeps the files in a run's folder, and goes on with the counts of its earlier sessions. */
export async function keepRecording(
  { inputs, coverage }: Recording,
  folder: string,
): Promise<void> {
  await keepInputs(inputs, folder);
  await coverage.open(folder);
}

/** A training on a recording. */
export interface ReplayedTraining<Source extends AlgorithmSource>
  extends Omit<TrainingRun<Source>, "open">, Recording {
  /** The start of the run folder's name. */
  readonly runName: string;
  /** The agent's program, or the file of its function. */
  readonly agent: AgentSettings;
  /** How its tools are answered. */
  readonly rules: ReplaySettings;
  /** Changes the opened source. Default: it stays as it is. */
  readonly prepare?: (opened: OpenedSource<Source>) => Promise<OpenedSource<Source>>;
  /** Whether traces are tokenised only when they are learned. Default false. */
  readonly keepsMessages?: boolean;
}

/** @throws as `replayRules` and `runTraining` */
export async function* replayedTraining<Source extends AlgorithmSource>({
  runName,
  agent,
  rules,
  prepare = async (opened) => opened,
  keepsMessages,
  inputs,
  coverage,
  ...run
}: ReplayedTraining<Source>): AsyncGenerator<PipelineEvent, void> {
  const replay = await replayRules(rules, inputs.tasks, coverage.add);
  const program = outsideAgent(agent, { replay });
  const openSource: OpenSource<Source> = sources[run.training.source];
  yield* runTraining({
    ...run,
    open: async (request) => {
      const opened = await prepare(await openSource({ ...request, program, keepsMessages }));
      return {
        ...opened,
        close: program.close,
        newModel: newModelOf(opened),
        runName,
        notes: inputs.notes,
        replay: () => coverage.coverage,
        prepareFolder: (folder) => keepRecording({ inputs, coverage }, folder),
      };
    },
  });
}
