/** `hone train sft --data`: supervised learning on your own conversations, from settings to events. */
import { resolve } from "node:path";
import { sft } from "../../../algorithms/sft.ts";
import { HoneError, isHoneError } from "../../../core/errors.ts";
import type { Message } from "../../../core/message.ts";
import { readArchitecture } from "../../../engine/models/models.ts";
import { openModelFolder } from "../../../engine/weights/model-folder.ts";
import { openRenderer } from "../../../text/renderer.ts";
import { baseModelOf } from "../model-from-nothing.ts";
import { type Conversation, readConversations } from "../../../data/conversations.ts";
import type { DomainRunOptions } from "../run-training.ts";
import { findModel } from "../../models/find-model.ts";
import { holdOut } from "../../../data/held-out.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { runPipeline } from "../pipeline-session.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  type ReplyTask,
  replyTask,
} from "../../../evaluation/reply-task.ts";
import { meaningful, type SftSettings, sftSettings } from "../setting-kinds.ts";
import { optimizerOf, pipelineOptionsOf, trainedWeights, trainingOf } from "../client-options.ts";

export type DataSettings = SftSettings & { readonly data: string };

/**
 * The run as a stream of events; see pipeline.ts.
 * @throws as `readConversations`; ROW_TOO_LONG and DATA_LINE_INVALID name the line that the model cannot read
 */
export async function* runData(
  settings: DataSettings,
  { resume, signal }: DomainRunOptions = {},
): AsyncGenerator<PipelineEvent, void> {
  const { out, model, data, seed, testTasks } = settings;
  const { conversations, digest } = await readConversations(data);
  const { train, test } = holdOut(conversations, {
    share: settings.heldOut,
    most: testTasks,
    seed,
  });
  if (test.length === 0 && settings.heldOut > 0) {
    const problem =
      "no other conversation differs from it, and one more is needed to measure on (--held-out 0 measures nothing)";
    throw new HoneError("DATA_LINE_INVALID", { file: data, line: train[0]!.line, problem });
  }
  const found =
    model === "tiny" ? undefined : await findModel(model, signal === undefined ? {} : { signal });
  if (found !== undefined) await checkRows(found.folder, conversations, data);
  yield* runPipeline<ReplyTask, Message>({
    name: "sft",
    config: { command: "train sft", ...recordedSettings(settings), dataDigest: digest },
    out,
    resume,
    prepareModel: async (folder) => {
      if (found !== undefined) return found.folder;
      const made = await tinyModel(folder, train, seed);
      await checkRows(made, conversations, data);
      return made;
    },
    notes: [splitText(train, test, settings)],
    training: trainingOf(found, settings),
    phases: [
      {
        name: "sft",
        algorithm: sft({
          ...optimizerOf(settings),
          conversations: train.map(({ messages }) => messages),
          weights: train.map(({ weight }) => weight),
          batchSize: settings.batchSize,
          normalize: settings.normalize,
        }),
      },
    ],
    agent: replyAgent,
    reward: replyReward,
    wrapRunner: likelihoodRunner,
    tasks: { train: train.map(replyTask), test: test.map(replyTask) },
    ...pipelineOptionsOf(settings),
    signal,
  });
}

function recordedSettings(settings: DataSettings): Record<string, unknown> {
  const { out: _out, threads: _threads, ...recorded } = meaningful(sftSettings, settings);
  return { ...recorded, data: resolve(settings.data), weights: trainedWeights(settings) };
}

function splitText(
  train: readonly Conversation[],
  test: readonly Conversation[],
  { data, steps, batchSize }: DataSettings,
): string {
  const passes = Number((steps / Math.ceil(train.length / batchSize)).toPrecision(2));
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : `${test.length} held out to measure`;
  return `${data}: ${train.length} to learn (about ${passes} times each), ${held}`;
}

const tinyModel = (
  runFolder: string,
  conversations: readonly Conversation[],
  seed: number,
): Promise<string> =>
  baseModelOf(runFolder, {
    texts: conversations.map(({ messages }) => messages),
    seed,
  });

/** Renders every conversation as training will, so that what cannot be learned is known before the first step. */
async function checkRows(
  model: string,
  conversations: readonly Conversation[],
  file: string,
): Promise<void> {
  const { config } = await openModelFolder(model);
  const { contextLength } = readArchitecture(config, `${model}/config.json`);
  const renderer = await openRenderer(model);
  for (const { line, messages } of conversations) {
    const { tokens } = await renderer.conversation(messages).catch((cause: unknown) => {
      if (!isHoneError(cause)) throw cause;
      const problem = `the model cannot read it: ${cause.message.split("\n")[0]!.replace(/\.$/, "")}`;
      throw new HoneError("DATA_LINE_INVALID", { file, line, problem }, { cause });
    });
    // The last token is predicted and never read.
    if (tokens.length - 1 <= contextLength) continue;
    const row = `${file}:${line}`;
    throw new HoneError("ROW_TOO_LONG", { row, length: tokens.length, contextLength });
  }
}
