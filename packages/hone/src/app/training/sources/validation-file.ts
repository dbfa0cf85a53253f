/** The rows to measure on that lie beside the rows to learn, as `hone dataset sft` writes them: `validation.jsonl` beside `train.jsonl`. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Conversation, readConversations } from "../../../data/conversations.ts";
import type { TrainingSettings } from "../training.ts";

/** Conversations that are measured and never learned, with their file. */
export interface ValidationFile {
  readonly path: string;
  readonly digest: string;
  /** The first ones, as many as are measured. */
  readonly conversations: readonly Conversation[];
}

/**
 * The validation file of a set's training file.
 * @returns undefined where there is none, for a file that is not called train, and where nothing is to be measured
 * @throws as `readConversations`
 */
export async function validationBeside(
  file: string,
  { heldOut, testTasks }: Pick<TrainingSettings<"dataset">, "heldOut" | "testTasks">,
): Promise<ValidationFile | undefined> {
  const [, ending] = /^train(\.\w+)$/.exec(basename(file)) ?? [];
  const path = join(dirname(file), `validation${ending ?? ""}`);
  if (ending === undefined || heldOut === 0 || !existsSync(path)) return undefined;
  const { conversations, digest } = await readConversations(path);
  return { path, digest, conversations: conversations.slice(0, testTasks) };
}
