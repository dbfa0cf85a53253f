/**
 * The lock of a run folder: one process writes it at a time.
 *
 * `lock.json` names its holder by process id and start time, since process ids are used again. A lock whose holder has ended
 * is taken over. Whether a holder on another machine is running cannot be checked, so its lock is respected.
 */
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError, isHoneError } from "../core/errors.ts";
import { readFormat, writeFormat } from "../formats/format.ts";
import { lockFormat } from "../formats/run-format.ts";
import type { LockRecord } from "../formats/run-format.ts";
import { unfinishedPath, unfinishedPrefix } from "../formats/whole-write.ts";
import { systemCode } from "../formats/write-error.ts";
import { readText, storageError } from "./run-files.ts";

/** While another process takes a lock over: how often to look again, and how long to wait each time. */
const waits = { attempts: 40, milliseconds: 25 };

/** A lock that this process holds. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder.
 * @throws RUN_FOLDER_LOCKED while another process (or another part of this one) has it; RUN_FOLDER_NOT_WRITABLE
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, "lock.json");
  const own = await processFacts(process.pid);
  const text = writeFormat(lockFormat, {
    pid: process.pid,
    ...(own?.start === undefined ? {} : { processStart: own.start }),
    host: hostname(),
    lockedAt: new Date().toISOString(),
  });
  const holder = await takeLock(path, text);
  if (holder !== undefined) {
    const elsewhere = holder.host === hostname() ? {} : { host: holder.host };
    throw new HoneError("RUN_FOLDER_LOCKED", { folder, pid: holder.pid, ...elsewhere });
  }
  return { release: () => rm(path, { force: true }) };
}

/**
 * Makes the lock file, or replaces one whose holder has ended. Returns the holder when it is running.
 *
 * Replacing a lock takes a second lock beside it, by the same rule. Without it two processes could both find the holder ended,
 * and the slower one would replace the new lock of the faster one.
 */
async function takeLock(path: string, text: string): Promise<LockRecord | undefined> {
  const guard = join(dirname(path), `${unfinishedPrefix}${basename(path)}-takeover`);
  let holder: LockRecord | undefined;
  for (let attempt = 0; attempt < waits.attempts; attempt++) {
    if (await create(path, text)) return undefined;
    holder = await livingHolder(path);
    if (holder !== undefined) return holder;
    holder = await takeLock(guard, text);
    if (holder === undefined) {
      try {
        if ((await livingHolder(path)) === undefined) await rm(path, { force: true });
        if (await create(path, text)) return undefined;
      } finally {
        await rm(guard, { force: true });
      }
    } else {
      await sleep(waits.milliseconds);
    }
  }
  return holder;
}

/** The running process that holds the lock; undefined when there is none. */
export async function lockHolder(folder: string): Promise<LockRecord | undefined> {
  return livingHolder(join(folder, "lock.json"));
}

async function livingHolder(path: string): Promise<LockRecord | undefined> {
  const text = await readText(path);
  const record = text === undefined ? undefined : parse(text, path);
  return record !== undefined && (await isAlive(record)) ? record : undefined;
}

/** Makes the lock as a link to a whole file, which fails where the name is taken. True when it was made. */
async function create(path: string, text: string): Promise<boolean> {
  const temporary = unfinishedPath(path);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw storageError(error, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The holder in a lock file. Lock files are written whole, so one that cannot be read is not a lock. */
function parse(text: string, path: string): LockRecord | undefined {
  try {
    return readFormat(lockFormat, text, path);
  } catch (error) {
    if (isHoneError(error) && error.code === "FILE_DAMAGED") return undefined;
    throw error;
  }
}

async function isAlive(record: LockRecord): Promise<boolean> {
  if (record.host !== hostname()) return true;
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    // EPERM: the process is running and belongs to another user.
    if (systemCode(error) === "ESRCH") return false;
  }
  const found = await processFacts(record.pid);
  if (found === undefined) return true;
  const isSame = record.processStart === undefined || found.start === record.processStart;
  return isSame && !found.isZombie;
}

/**
 * State and start time of a process, on Linux: fields 3 and 22 of /proc/<pid>/stat; undefined on other systems. The start time
 * is in ticks since the machine's boot. A zombie has ended, although its id is still taken.
 */
async function processFacts(
  pid: number,
): Promise<{ start?: string; isZombie: boolean } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // Fields are counted after field 2, the program's name, which may have spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const start = fields[19];
  return { isZombie: fields[0] === "Z", ...(start === undefined ? {} : { start }) };
}
