/** Writes what people said in a queue to a file for a training, and says which commands do so and read it. */
import { join } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import type { FeedbackQueue } from "../../../core/feedback-queue.ts";
import { shellWord } from "../../../core/shell-word.ts";
import { writeOutput } from "../../../formats/whole-write.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { type QueueBoard, queueBoard } from "./queue-board.ts";
import { queueFolder, readQueue } from "./queue-files.ts";
import { queueLearning, type QueueRows, queueRows, rowsFile } from "./queue-rows.ts";

/** What was written. */
export interface QueueExport {
  readonly file: string;
  readonly rows: number;
  readonly leftOut: QueueRows["leftOut"];
}

/** The file of a queue's rows where none is named. */
export const exportFile = (runs: string, queue: FeedbackQueue): string =>
  join(queueFolder(runs, queue.name), rowsFile(queue));

/**
 * Writes the rows of a queue, whole or not at all.
 * @throws QUEUE_TOO_FEW where there would be none; DISK_FULL, WRITE_FAILED; as the store
 */
async function exportQueue(board: QueueBoard, file: string): Promise<QueueExport> {
  const { rows, leftOut } = await queueRows(board);
  const { name, kind } = board.queue;
  if (rows.length === 0) {
    const left = Object.entries(leftOut).map(([why, count]) => `${count} ${why}`);
    const problem = left.length === 0 ? "nothing of it is judged" : `left out: ${left.join(", ")}`;
    const [training = ""] = queueLearning[kind].trainings;
    throw new HoneError("QUEUE_TOO_FEW", { name, training, problem });
  }
  await writeOutput(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return { file, rows: rows.length, leftOut };
}

/** The same by the queue's name. @throws as `exportQueue`; QUEUE_NOT_FOUND */
export async function exportNamedQueue(
  store: TraceStore,
  runs: string,
  name: string,
  file?: string,
): Promise<QueueExport> {
  const queue = await readQueue(runs, name);
  return exportQueue(queueBoard(store, queue), file ?? exportFile(runs, queue));
}

/** The words behind `hone` of a training on a queue's rows, without those that a person chooses. */
export const trainingWords = (training: string, file: string): readonly string[] => [
  ...["train", training],
  ...["--data", file],
];

/** The command lines that train on a queue: one writes its rows, the other reads them. */
export function trainingCommands(
  queue: FeedbackQueue,
  training: string,
  { runs, store }: { readonly runs: string; readonly store: string },
): readonly string[] {
  const file = exportFile(runs, queue);
  const exporting = ["queues", "export", queue.name, "--runs", runs, "--store", store];
  return [exporting, trainingWords(training, file)].map((words) =>
    ["npx hone", ...words.map(shellWord)].join(" "),
  );
}
