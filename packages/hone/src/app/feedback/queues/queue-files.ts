/** Where queues are kept: `queues/<name>/queue.json` in a folder of runs. What people say is in the traces. */
import type { Dirent } from "node:fs";
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

/**
 * The names of the queues of a folder of runs, in order. A queue whose file cannot be read is among them: `readQueue` says why.
 * @throws FILE_DAMAGED where the folder of queues cannot be read
 */
export async function queueNames(runs: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await queueFolders(runs))
    if (await isQueue(runs, entry.name)) names.push(entry.name);
  return names.toSorted();
}

async function queueFolders(runs: string): Promise<readonly Dirent[]> {
  const folder = queuesFolder(runs);
  const read = () => readdir(folder, { withFileTypes: true });
  const entries = await unlessAbsent(folder, ["ENOENT"], read);
  return (entries ?? []).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith(unfinishedPrefix),
  );
}

/** Whether a folder holds the file of a queue, be it readable or not. */
const isQueue = (runs: string, name: string): Promise<boolean> =>
  queueText(runs, name).then(
    (text) => text !== undefined,
    () => true,
  );

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

/** @throws QUEUE_EXISTS; FILE_DAMAGED where the file of a queue of this name cannot be read */
export async function refuseKnownQueue(runs: string, name: string): Promise<void> {
  if ((await queueText(runs, name)) !== undefined)
    throw new HoneError("QUEUE_EXISTS", { name, folder: queuesFolder(runs) });
}

/** @throws QUEUE_EXISTS, FILE_DAMAGED; DISK_FULL, WRITE_FAILED */
export async function writeQueue(runs: string, queue: FeedbackQueue): Promise<void> {
  const { name } = queue;
  await refuseKnownQueue(runs, name);
  await makeFolders(queueFolder(runs, name));
  const text = writeFormat(queueFormat, { ...queue, filter: { ...queue.filter } });
  await writeFileWhole(join(queueFolder(runs, name), FILE), text);
}

/** The text of a queue's file; undefined where there is none. @throws FILE_DAMAGED */
function queueText(runs: string, name: string): Promise<string | undefined> {
  const file = join(queueFolder(runs, name), FILE);
  return unlessAbsent(file, ["ENOENT", "ENOTDIR"], () => readFile(file, "utf8"));
}

/** What is read of a file or a folder; undefined where the system says by one of these codes that there is none. @throws FILE_DAMAGED */
async function unlessAbsent<T>(
  file: string,
  codes: readonly string[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codes.includes(String(systemCode(error)))) return undefined;
    throw new HoneError("FILE_DAMAGED", { file, problem: messageOf(error) }, { cause: error });
  }
}
