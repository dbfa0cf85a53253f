/**
 * Phase 1: supervised learning on the table of meetings, and on episodes of an explorer, from which a model learns the form of actions
 * and what facts mean. Measured by predictions of held-out meetings from their texts alone.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { sft } from "../../../algorithms/supervised/sft.ts";
import type { Message } from "../../../core/message.ts";
import { HoneError } from "../../../core/errors.ts";
import { Random } from "../../../core/random.ts";
import { explorerEpisodes } from "../../../domains/meetings/expert.ts";
import { formatPrediction } from "../../../domains/meetings/prediction.ts";
import { PREDICT } from "../../../domains/meetings/rewards.ts";
import {
  meetingCsv,
  type MeetingRow,
  meetingRows,
  readMeetingCsv,
  textTasks,
} from "../../../domains/meetings/rows.ts";
import { meetingTasks, type TextTask } from "../../../domains/meetings/tasks.ts";
import { conversationOf } from "../../../environments/chat-format.ts";
import { makeFolder, writeWhole } from "../../../runs/run-files.ts";
import type { FoundModel } from "../../models/find-model.ts";
import { baseModelOf } from "../../training/model-from-nothing.ts";
import { shortPath } from "../../training/run-figures.ts";
import { runPipeline } from "../../training/pipeline.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import type { MeetingPaths } from "./meetings-folder.ts";
import { formatsOf, heldOutMeetings, pipelineOf, recordedSettings, tried } from "./meeting-work.ts";
import { type ResolvedMeetings, trainedBy } from "./resolved-settings.ts";

/** What a phase is given. */
export interface PhaseOptions {
  readonly settings: ResolvedMeetings;
  readonly paths: MeetingPaths;
  /** The pretrained model; undefined for one from nothing. */
  readonly found: FoundModel | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** As many as query heads: a new model learns sooner to copy facts than with shared ones. */
const KEY_VALUE_HEADS = 4;

/** Phase 1 as a stream of events. @throws as `runPipeline`, `readMeetingCsv` */
export async function* sftPhase(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, found, signal } = options;
  const rows = await trainingRows(settings, paths, signal);
  const conversations = await trainingConversations(rows.train, settings);
  const warning = badRowsWarning(rows);
  const { sftSteps, sftEpochs, sftBatchSize: batchSize, weightDecay } = settings;
  const isResumed = existsSync(join(paths.sftRun, "run.json"));
  yield* runPipeline({
    name: "meetings-sft",
    config: recordedSettings(settings),
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
    heldOut: tried(rows.test, formatsOf(settings).text),
    ...pipelineOf(settings),
    notes: [rows.note],
    warning,
    signal,
  });
}

/** The rows of phase 1. */
interface SftRows {
  readonly train: readonly MeetingRow[];
  readonly test: readonly TextTask[];
  readonly note: string;
  /** Lines of the file that cannot be used. */
  readonly bad: readonly { readonly line: number; readonly problem: string }[];
  readonly file: string;
}

/** The rows of a user's table, of which a share is held out; else rows that are drawn, and written where a user would have them. */
export async function trainingRows(
  settings: ResolvedMeetings,
  paths: MeetingPaths,
  signal: AbortSignal | undefined,
): Promise<SftRows> {
  const { data, trainRows, testRows, seed } = settings;
  if (data !== undefined) return ownRows(data, testRows, seed, signal);
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

/** The share of a user's rows that is held out, at most as many as `testRows`. */
const HELD_OUT = 0.2;

async function ownRows(
  file: string,
  max: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<SftRows> {
  const { rows, bad } = await readMeetingCsv(file, signal);
  if (rows.length === 0) {
    const [first] = bad;
    const where = first === undefined ? file : `${file}: line ${first.line}: ${first.problem}`;
    throw new HoneError("DATA_EMPTY", { where, item: "meeting that can be used" });
  }
  const split = splitRows(rows, max, seed);
  const test = textTasks(split.test, ({ line }) => `line-${line}`);
  const note = `${shortPath(file)}: ${split.train.length} meetings to learn from, ${test.length} held out`;
  return { train: split.train, test, note, bad, file };
}

/** Splits rows by their texts, so that no text is on both sides. The seed draws which are held out. */
function splitRows(rows: readonly MeetingRow[], max: number, seed: number) {
  const texts = [...new Set(rows.map(({ text }) => text))];
  const drawn = new Random("held-out meetings", seed).shuffle(texts);
  const heldOut = new Set(drawn.slice(0, Math.min(max, Math.floor(HELD_OUT * texts.length))));
  const test = new Map(rows.filter(({ text }) => heldOut.has(text)).map((row) => [row.text, row]));
  return { train: rows.filter(({ text }) => !heldOut.has(text)), test: [...test.values()] };
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
