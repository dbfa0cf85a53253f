/** A user's own conversations as the source of a training: a file of them, of which a share is held out and measured. */
import { resolve } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import { conversationRows, type RowsPer } from "../../../core/conversation-turns.ts";
import { conversationSettings } from "../../../core/message.ts";
import { type Conversation, readConversations } from "../../../data/conversations.ts";
import { holdOut, type SplitConversations } from "../../../data/held-out.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  replyTasks,
} from "../../../evaluation/reply-task.ts";
import { agentTasks } from "../../../rollouts/agent-tasks.ts";
import type { TrainingSettings } from "../training.ts";
import { checkRows } from "./check-rows.ts";
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
  const { rowsPer = "conversation" } = request.settings;
  const { train, test } = split(conversations, file, request.settings);
  const found = await modelOf(request);
  const checkModel = (folder: string) => checkRows(folder, conversations, file, rowsPer);
  const warning = found === undefined ? undefined : await checkModel(found.folder);
  return {
    runName: request.training,
    found,
    texts: async () => train.map(({ messages }) => messages),
    checkModel: async (folder) => void (await checkModel(folder)),
    warning,
    data: {
      conversations: train.map(({ messages }) => messages),
      settings: train.map(conversationSettings),
      weights: train.map(({ weight }) => weight),
      rowsPer,
    },
    learning: { kind: "dataset" },
    heldOut: agentTasks({
      tasks: test.flatMap((one) => replyTasks(one, rowsPer)),
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
  { steps, batchSize, rowsPer = "conversation" }: TrainingSettings<"dataset">,
): string {
  const rows = rowCount(train, rowsPer);
  const passes = Number((steps / Math.ceil(rows / batchSize)).toPrecision(2));
  const count = (all: readonly Conversation[]): string =>
    rowsPer === "turn" ? `${rowCount(all, rowsPer)} turns of ${all.length}` : `${all.length}`;
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : `${count(test)} held out to measure`;
  return `${file}: ${count(train)} to learn (about ${passes} times each), ${held}`;
}

const rowCount = (conversations: readonly Conversation[], rowsPer: RowsPer): number =>
  conversations.flatMap((one) => conversationRows(one.messages, one, rowsPer)).length;

/** What of the file this training does not use. */
function unusedText(conversations: readonly Conversation[], file: string): readonly string[] {
  const rejected = conversations.filter((one) => one.rejected !== undefined).length;
  if (rejected === 0) return [];
  return [
    `${file}: ${rejected} rejected answers are not used; this training learns the chosen ones`,
  ];
}
