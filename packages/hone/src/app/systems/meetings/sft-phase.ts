/**
 * Phase 1: supervised learning on the table of meetings, and on episodes of an explorer, from which a model learns the form of actions
 * and what facts mean. Measured by predictions of held-out meetings from their texts alone.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { sft } from "../../../algorithms/supervised/sft.ts";
import type { Message } from "../../../core/message.ts";
import { explorerEpisodes } from "../../../domains/meetings/expert.ts";
import { formatPrediction } from "../../../domains/meetings/prediction.ts";
import { PREDICT } from "../../../domains/meetings/rewards.ts";
import {
  meetingCsv,
  type MeetingRow,
  meetingRows,
  textTasks,
} from "../../../domains/meetings/rows.ts";
import { meetingTasks } from "../../../domains/meetings/tasks.ts";
import { conversationOf } from "../../../environments/chat-format.ts";
import { makeFolder, writeWhole } from "../../../runs/run-files.ts";
import type { FoundModel } from "../../models/find-model.ts";
import { baseModelOf } from "../../training/model-from-nothing.ts";
import { shortPath } from "../../training/run-figures.ts";
import { runPipeline } from "../../training/pipeline.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { givenRows, type SftRows } from "./given-table.ts";
import type { MeetingPaths } from "./meetings-folder.ts";
import { formatsOf, heldOutMeetings, pipelineOf, tried, withoutLater } from "./meeting-work.ts";
import { type ResolvedMeetings, trainedBy } from "./resolved-settings.ts";

/** What a phase is given. */
export interface PhaseOptions {
  readonly settings: ResolvedMeetings;
  /** The settings as the run records them. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly paths: MeetingPaths;
  /** The pretrained model; undefined for one from nothing. */
  readonly found: FoundModel | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** As many as query heads: a new model learns sooner to copy facts than with shared ones. */
const KEY_VALUE_HEADS = 4;

/** Phase 1 as a stream of events. @throws as `runPipeline`, `givenRows` */
export async function* sftPhase(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { settings, config, paths, found, signal } = options;
  const rows = await trainingRows(settings, paths, signal);
  const conversations = await trainingConversations(rows.train, settings);
  const warning = badRowsWarning(rows);
  const { sftSteps, sftEpochs, sftBatchSize: batchSize, weightDecay } = settings;
  const isResumed = existsSync(join(paths.sftRun, "run.json"));
  yield* runPipeline({
    name: "meetings-sft",
    config: withoutLater(config),
    ...(isResumed ? { resume: paths.sftRun } : { out: paths.sftRun }),
    prepareModel: async (folder) => found?.folder ?? newModel(folder, conversations, settings),
    training: { ...trainedBy("sft", settings), seed: settings.seed },
    phases: [
      {
        name: "sft",
        algorithm: sft({
          conversations,
          ...(sftSteps !== undefined && { steps: sftSteps }),
          ...(sftEpochs !== undefined && { epochs: sftEpochs }),
          batchSize,
          learningRate: settings.sftLearningRate,
          schedule: "cosine",
          warmUpSteps: 20,
          adam: { beta2: 0.95, weightDecay },
        }),
        source: { kind: "dataset" },
      },
    ],
    heldOut: tried(rows.test, settings, "text"),
    ...pipelineOf(settings),
    notes: [rows.note],
    warning,
    signal,
  });
}

/** The rows of a user's table, of which a share is held out; else rows that are drawn, and written where a user would have them. */
export async function trainingRows(
  settings: ResolvedMeetings,
  paths: MeetingPaths,
  signal: AbortSignal | undefined,
): Promise<SftRows> {
  const { data, trainRows, testRows, seed } = settings;
  if (data !== undefined) return givenRows({ data, testRows, seed }, paths, signal);
  const tasks = meetingTasks({ split: "train", count: trainRows, seed });
  const train = meetingRows(tasks, seed);
  if (!existsSync(paths.data)) {
    await makeFolder(dirname(paths.data));
    await writeWhole(paths.data, meetingCsv(train));
  }
  const heldOut = heldOutMeetings(settings);
  const test = textTasks(meetingRows(heldOut, seed), (_, i) => heldOut[i]!.id);
  const note = `${train.length} meetings to learn from, ${test.length} held out`;
  return { train, test, note, bad: [], file: paths.data };
}

function badRowsWarning({ bad, file }: SftRows): { code: string; text: string } | undefined {
  if (bad.length === 0) return undefined;
  const shown = bad.slice(0, 10).map(({ line, problem }) => `line ${line}: ${problem}`);
  const more = bad.length > shown.length ? `; and ${bad.length - shown.length} more` : "";
  return {
    code: "DATA_ROWS_UNUSABLE",
    text: `${shortPath(file)}: ${bad.length} of its rows cannot be used and are left out. ${shown.join("; ")}${more}.`,
  };
}

/** The rows as questions and answers, and the explorer's episodes. */
async function trainingConversations(
  rows: readonly MeetingRow[],
  settings: ResolvedMeetings,
): Promise<readonly (readonly Message[])[]> {
  const { explorerEpisodes: count, seed } = settings;
  const formats = formatsOf(settings);
  const system = formats.text.system;
  const answered = rows.map(({ text, probability, reason }): readonly Message[] => [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: text },
    {
      role: "assistant",
      content: `${PREDICT} ${formatPrediction({ probability, reason, claims: [] })}`,
    },
  ]);
  if (count === 0) return answered;
  const tasks = meetingTasks({ split: "train", count, seed: seed + 1 });
  const episodes = await explorerEpisodes(tasks, { seed });
  return [...answered, ...episodes.map((episode) => conversationOf(episode, formats.tools))];
}

const newModel = (
  runFolder: string,
  conversations: readonly (readonly Message[])[],
  { vocabulary, layers, width, seed }: ResolvedMeetings,
): Promise<string> =>
  baseModelOf(runFolder, {
    texts: conversations.slice(0, 500).concat(conversations.slice(-500)),
    vocabularySize: vocabulary,
    layers,
    width,
    keyValueHeads: KEY_VALUE_HEADS,
    seed,
  });
