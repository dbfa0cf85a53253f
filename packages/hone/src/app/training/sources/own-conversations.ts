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
import { tokenizerTextOf } from "../../../text/tiny-tokenizer.ts";
import type { SourceData, TrainingSettings } from "../training.ts";
import { checkRows } from "./check-rows.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { validationBeside } from "./validation-file.ts";

/**
 * Reads the file, splits it unless there is a validation file beside it, and checks that the model can read every line.
 * @throws as `readConversations`; ROW_TOO_LONG and DATA_LINE_INVALID name the line that the model cannot read
 */
export async function openOwnConversations(
  request: SourceRequest<"dataset">,
  file: string,
): Promise<OpenedSource<"dataset">> {
  const { rowsPer = "conversation", minReward } = request.settings;
  const { conversations, digest, left } = await goodConversations(request, file, minReward);
  const validation = await validationBeside(file, request.settings);
  const { train, test } =
    validation === undefined
      ? split(conversations, file, request.settings)
      : { train: conversations, test: validation.conversations };
  const all = validation === undefined ? conversations : [...train, ...test];
  const found = await modelOf(request);
  const checkModel = async (folder: string) => {
    if (validation !== undefined) await checkRows(folder, test, validation.path, rowsPer);
    return checkRows(folder, conversations, file, rowsPer);
  };
  const warning = found === undefined ? undefined : await checkModel(found.folder);
  return {
    runName: request.training,
    found,
    texts: async () => train.map((one) => tokenizerTextOf(one.messages, one)),
    newModel: { holds: all.map((one) => tokenizerTextOf(one.messages, one)) },
    checkModel: async (folder) => void (await checkModel(folder)),
    warning,
    data: learnedData(request, train),
    learning: { kind: "dataset" },
    heldOut: agentTasks({
      tasks: test.flatMap((one) => replyTasks(one, rowsPer)),
      agent: replyAgent,
      reward: replyReward,
      wrapRunner: likelihoodRunner,
    }),
    settled: { data: resolve(file) },
    dataDigest: validation === undefined ? digest : `${digest} ${validation.digest}`,
    notes: (steps) => [
      splitText({ train, test }, [file, validation?.path], { ...request.settings, steps }),
      ...left,
      ...unusedText(conversations, file, request),
    ],
  };
}

/**
 * The conversations of a file that are good enough to be learned, and the line that says how many are not.
 * @throws as `readConversations`; DATA_LINE_INVALID for one without a reward that is asked for; DATA_EMPTY where none is good enough
 */
export async function goodConversations(
  { needsRewards }: Pick<SourceRequest<"dataset">, "needsRewards">,
  file: string,
  minReward: number | undefined,
): Promise<{
  readonly conversations: readonly Conversation[];
  readonly digest: string;
  readonly left: readonly string[];
}> {
  const { conversations: read, digest } = await readConversations(file);
  if (needsRewards === true || minReward !== undefined) checkRewards(read, file);
  const conversations = goodEnough(read, file, minReward);
  return { conversations, digest, left: leftText(read.length - conversations.length, minReward) };
}

/** What an algorithm learns of conversations: their rows with their tools and weights, and their rewards where it needs them. */
export const learnedData = (
  { needsRewards, settings: { rowsPer = "conversation" } }: SourceRequest<"dataset">,
  learned: readonly Conversation[],
): SourceData["dataset"] => ({
  examples: {
    conversations: learned.map(({ messages }) => messages),
    settings: learned.map(conversationSettings),
    weights: learned.map(({ weight }) => weight),
    rowsPer,
  },
  ...(needsRewards && { scores: { rewards: learned.map(({ reward }) => reward!) } }),
});

/** @throws DATA_LINE_INVALID naming the first line without a reward */
function checkRewards(conversations: readonly Conversation[], file: string): void {
  const without = conversations.find(({ reward }) => reward === undefined);
  if (without === undefined) return;
  const problem =
    'it has no "reward", a number that says how good it is; here every line needs one';
  throw new HoneError("DATA_LINE_INVALID", {
    file,
    holds: "conversations",
    line: without.line,
    problem,
  });
}

/** @throws DATA_EMPTY where no conversation is good enough */
function goodEnough(
  read: readonly Conversation[],
  file: string,
  minReward: number | undefined,
): readonly Conversation[] {
  if (minReward === undefined) return read;
  const kept = read.filter(({ reward }) => reward! >= minReward);
  if (kept.length > 0) return kept;
  const where = `${file}: what is left of it by --min-reward ${minReward}`;
  throw new HoneError("DATA_EMPTY", { where, item: "conversation" });
}

/** Of the conversations or rollouts that `minReward` leaves out. */
export const leftText = (count: number, minReward: number | undefined): readonly string[] =>
  count === 0 ? [] : [`${count} with a reward below ${minReward} are left out`];

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
  [file, validation]: readonly [string, string | undefined],
  {
    steps,
    batchSize,
    rowsPer = "conversation",
  }: TrainingSettings<"dataset"> & { readonly steps: number },
): string {
  const rows = rowCount(train, rowsPer);
  const passes = Number((steps / Math.ceil(rows / batchSize)).toPrecision(2));
  const count = (all: readonly Conversation[]): string =>
    rowsPer === "turn" ? `${rowCount(all, rowsPer)} turns of ${all.length}` : `${all.length}`;
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : validation === undefined
        ? `${count(test)} held out to measure`
        : `${count(test)} of ${validation} to measure`;
  return `${file}: ${count(train)} to learn (about ${passes} times each), ${held}`;
}

const rowCount = (conversations: readonly Conversation[], rowsPer: RowsPer): number =>
  conversations.flatMap((one) => conversationRows(one.messages, one, rowsPer)).length;

/** What of the file this training does not use. */
function unusedText(
  conversations: readonly Conversation[],
  file: string,
  { needsRewards, settings: { minReward } }: SourceRequest<"dataset">,
): readonly string[] {
  const rejected = conversations.filter((one) => one.rejected !== undefined).length;
  const isUsed = needsRewards === true || minReward !== undefined;
  const rewarded = isUsed ? 0 : conversations.filter((one) => one.reward !== undefined).length;
  return [
    ...(rejected === 0
      ? []
      : [
          `${file}: ${rejected} rejected answers are not used; this training learns the chosen ones`,
        ]),
    ...(rewarded === 0
      ? []
      : [`${file}: ${rewarded} rewards are not used; npx hone train weighted counts by them`]),
  ];
}
