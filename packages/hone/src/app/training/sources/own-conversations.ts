/** A user's own conversations as the source of a training: a file of them, of which a share is held out and measured. */
import { resolve } from "node:path";
import { HoneError, isHoneError } from "../../../core/errors.ts";
import { conversationSettings } from "../../../core/message.ts";
import { type Conversation, readConversations } from "../../../data/conversations.ts";
import { holdOut, type SplitConversations } from "../../../data/held-out.ts";
import { readArchitecture } from "../../../engine/models/models.ts";
import { openModelFolder } from "../../../engine/weights/model-folder.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  replyTask,
} from "../../../evaluation/reply-task.ts";
import { agentTasks } from "../../../rollouts/agent-tasks.ts";
import { openRenderer } from "../../../text/renderer.ts";
import type { TrainingSettings } from "../training.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";

/**
 * Reads the file, splits it, and checks that the model can read every line.
 * @throws as `readConversations`; ROW_TOO_LONG and DATA_LINE_INVALID name the line that the model cannot read
 */
export async function openOwnConversations(
  request: SourceRequest<"dataset">,
  file: string,
): Promise<OpenedSource<"dataset">> {
  const { conversations, digest } = await readConversations(file);
  const { train, test } = split(conversations, file, request.settings);
  const found = await modelOf(request);
  const checkModel = (folder: string): Promise<void> => checkRows(folder, conversations, file);
  if (found !== undefined) await checkModel(found.folder);
  return {
    runName: request.training,
    found,
    texts: async () => train.map(({ messages }) => messages),
    checkModel,
    data: {
      conversations: train.map(({ messages }) => messages),
      settings: train.map(conversationSettings),
      weights: train.map(({ weight }) => weight),
    },
    learning: { kind: "dataset" },
    heldOut: agentTasks({
      tasks: test.map(replyTask),
      agent: replyAgent,
      reward: replyReward,
      wrapRunner: likelihoodRunner,
    }),
    settled: { data: resolve(file) },
    dataDigest: digest,
    notes: [splitText({ train, test }, file, request.settings), ...unusedText(conversations, file)],
  };
}

function split(
  conversations: readonly Conversation[],
  file: string,
  { heldOut: share, testTasks, seed }: TrainingSettings<"dataset">,
): SplitConversations {
  const { train, test } = holdOut(conversations, { share, max: testTasks, seed });
  if (test.length === 0 && share > 0) {
    const problem = `${file} holds no two different conversations, so none can be held out to measure the model on; add a different one, or set 0 to train without measuring.`;
    throw new HoneError("CONFIG_INVALID", { where: "--held-out", problem });
  }
  return { train, test };
}

function splitText(
  { train, test }: SplitConversations,
  file: string,
  { steps, batchSize }: TrainingSettings<"dataset">,
): string {
  const passes = Number((steps / Math.ceil(train.length / batchSize)).toPrecision(2));
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : `${test.length} held out to measure`;
  return `${file}: ${train.length} to learn (about ${passes} times each), ${held}`;
}

/** What of the file this training does not use. */
function unusedText(conversations: readonly Conversation[], file: string): readonly string[] {
  const rejected = conversations.filter((one) => one.rejected !== undefined).length;
  if (rejected === 0) return [];
  return [
    `${file}: ${rejected} rejected answers are not used; this training learns the chosen ones`,
  ];
}

/** Renders every conversation as training will, so that what cannot be learned is known before the first step. */
async function checkRows(
  model: string,
  conversations: readonly Conversation[],
  file: string,
): Promise<void> {
  const { config } = await openModelFolder(model);
  const { contextLength } = readArchitecture(config, `${model}/config.json`);
  const renderer = await openRenderer(model);
  for (const conversation of conversations) {
    const { line, messages } = conversation;
    const settings = conversationSettings(conversation);
    const { tokens } = await renderer.conversation(messages, settings).catch((cause: unknown) => {
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
