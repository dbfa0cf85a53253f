/** Where queues are kept: `queues/<name>/queue.json` in a folder of runs. What people say is in the traces. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../../../core/errors.ts";
import type { FeedbackQueue } from "../../../core/feedback-queue.ts";
import { optionChecks } from "../../../core/option-checks.ts";
import { checkFilter, type TraceFilter } from "../../../core/trace-query.ts";
import { readFormat, writeFormat } from "../../../formats/format.ts";
import { makeFolders } from "../../../formats/make-folders.ts";
import { queueFormat } from "../../../formats/queue-format.ts";
import { unfinishedPrefix, writeFileWhole } from "../../../formats/whole-write.ts";
import { systemCode } from "../../../formats/write-error.ts";

/** The folder of all queues beside the runs of a folder. */
const queuesFolder = (runs: string): string => join(runs, "queues");

/** The folder of a queue: its file, and what is exported of it. */
export const queueFolder = (runs: string, name: string): string => join(queuesFolder(runs), name);

const FILE = "queue.json";

const checks = optionChecks("queues");

/** Names that are names of folders everywhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws OPTION_INVALID for a name that could not be the name of a folder */
export function checkQueueName(name: string): void {
  if (NAME.test(name) && !name.endsWith(".")) return;
  throw checks.invalid("name", name, "letters, digits, -, _ and inner dots, 64 at most");
}

/** The names of the queues of a folder of runs, in order. */
export async function queueNames(runs: string): Promise<readonly string[]> {
  const entries = await readdir(queuesFolder(runs), { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory() && !entry.name.startsWith(unfinishedPrefix))
      if ((await queueText(runs, entry.name)) !== undefined) names.push(entry.name);
  return names.toSorted();
}

/** @throws QUEUE_NOT_FOUND, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readQueue(runs: string, name: string): Promise<FeedbackQueue> {
  const text = NAME.test(name) ? await queueText(runs, name) : undefined;
  if (text === undefined) {
    const known = await queueNames(runs);
    throw new HoneError("QUEUE_NOT_FOUND", { name, folder: queuesFolder(runs), known });
  }
  const path = join(queueFolder(runs, name), FILE);
  const content = readFormat(queueFormat, text, path);
  const filter: TraceFilter = content.filter;
  checkFilter(filter);
  return { ...content, filter };
}

/** @throws QUEUE_EXISTS; DISK_FULL, WRITE_FAILED */
export async function writeQueue(runs: string, queue: FeedbackQueue): Promise<void> {
  const { name } = queue;
  if ((await queueText(runs, name)) !== undefined)
    throw new HoneError("QUEUE_EXISTS", { name, folder: queuesFolder(runs) });
  await makeFolders(queueFolder(runs, name));
  const text = writeFormat(queueFormat, { ...queue, filter: { ...queue.filter } });
  await writeFileWhole(join(queueFolder(runs, name), FILE), text);
}

/** The text of a queue's file; undefined where there is none. */
async function queueText(runs: string, name: string): Promise<string | undefined> {
  const file = join(queueFolder(runs, name), FILE);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String(systemCode(error)))) return undefined;
    throw new HoneError("FILE_DAMAGED", { file, problem: messageOf(error) }, { cause: error });
  }
}
