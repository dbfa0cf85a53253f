/** What people said in a queue as rows to train on, and which trainings read them. */
import type { Feedback } from "../../../core/feedback.ts";
import type { FeedbackQueue, QueueKind } from "../../../core/feedback-queue.ts";
import type { Trace } from "../../../core/trace.ts";
import { trlMessage } from "../../../data/line-message.ts";
import { conversationsOf } from "../../../data/trace-conversations.ts";
import { preferencePairs } from "../../../rewards/preference-pairs.ts";
import { queueKindRules } from "../../../rewards/queues/queue-kinds.ts";
import { answerOf, promptOf } from "../../../rewards/trace-answer.ts";
import type { QueueBoard, ReadItem } from "./queue-board.ts";

/** A judged item with its traces. */
export interface JudgedItem extends ReadItem {
  readonly traces: readonly Trace[];
}

/** Rows, and how many items give none, by the reason. */
export interface QueueRows {
  readonly rows: readonly object[];
  readonly leftOut: Readonly<Record<string, number>>;
}

/** A row of `queueLearning`. */
interface QueueLearning {
  /** The name of the file of its rows. */
  readonly file: string;
  /** The trainings that read it, the usual one first. */
  readonly trainings: readonly string[];
  readonly rowsOf: (items: readonly JudgedItem[]) => QueueRows;
}

/** On a scale from 1 to 5, two answers to a task that are one point apart are a pair. */
const RATING_MARGIN = 0.25;

/** How the feedback of each kind of queue is learned. */
export const queueLearning: { readonly [Kind in QueueKind]: QueueLearning } = {
  rate: {
    file: "pairs.jsonl",
    trainings: ["reward-model", "dpo"],
    rowsOf: (items) => pairRows(items, { ratingMargin: RATING_MARGIN }),
  },
  thumbs: { file: "rated.jsonl", trainings: ["kto"], rowsOf: ratedRows },
  compare: {
    file: "pairs.jsonl",
    trainings: ["dpo", "reward-model"],
    rowsOf: (items) => pairRows(items, {}),
  },
  correct: { file: "corrections.jsonl", trainings: ["sft"], rowsOf: correctedRows },
};

/** The rows of a queue as its feedback is at this moment. */
export async function queueRows(board: QueueBoard): Promise<QueueRows> {
  const items: JudgedItem[] = [];
  for (const index of board.queue.items.keys()) {
    const { item, traces } = await board.read(index);
    if (traces !== undefined && item.judgements.length > 0) items.push({ ...item, traces });
  }
  return queueLearning[board.queue.kind].rowsOf(items);
}

const saidOf = (items: readonly JudgedItem[]): readonly Feedback[] =>
  items.flatMap(({ judgements }) => judgements.map(({ said }) => said));

/** Pairs in TRL's form, as `hone traces export --format pairs` writes them. */
function pairRows(
  items: readonly JudgedItem[],
  options: { readonly ratingMargin?: number },
): QueueRows {
  const traces = items.flatMap((item) => item.traces);
  const { pairs, leftOut } = preferencePairs(saidOf(items), traces, options);
  const rows = pairs.map(({ prompt, chosen, rejected }) => ({
    prompt: prompt.map((message) => trlMessage(message, false)),
    chosen: chosen.map((message) => trlMessage(message, false)),
    rejected: rejected.map((message) => trlMessage(message, false)),
  }));
  return { rows, leftOut };
}

/** Answers with the label that most raters gave. */
function ratedRows(items: readonly JudgedItem[]): QueueRows {
  let [undecided, silent] = [0, 0];
  const rows = items.flatMap(({ judgements, traces: [trace] }) => {
    const label = queueKindRules.thumbs.decision(judgements.map(({ value }) => value));
    const answer = answerOf(trace!);
    if (label === undefined) undecided++;
    else if (answer === undefined) silent++;
    if (label === undefined || answer === undefined) return [];
    const prompt = promptOf(trace!).map((message) => trlMessage(message, false));
    const completion = answer.map((message) => trlMessage(message, false));
    return [{ prompt, completion, label: label === 1 }];
  });
  return { rows, leftOut: counts({ tie: undecided, no_answer: silent }) };
}

/** The conversations of the corrected traces with the last correction of each in the place of the answer. */
function correctedRows(items: readonly JudgedItem[]): QueueRows {
  let pictures = 0;
  const rows = items.flatMap(({ judgements, traces: [trace] }) => {
    const feedback = judgements.map(({ said }) => said);
    const { lines, withPictures } = conversationsOf({ ...trace!, feedback }, { reasoning: "drop" });
    pictures += withPictures;
    return [...lines];
  });
  return { rows, leftOut: counts({ with_pictures: pictures }) };
}

const counts = (all: Readonly<Record<string, number>>): QueueRows["leftOut"] =>
  Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));

/** Where the rows of a queue are written, below the queue's folder. */
export const rowsFile = ({ kind }: Pick<FeedbackQueue, "kind">): string => queueLearning[kind].file;
