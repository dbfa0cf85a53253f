/**
 * One process at a time per model of the cache: a lock file that names its holder.
 *
 * A lock is abandoned when its process, on this machine, has ended, or when its file has not been touched for a minute (a
 * holder touches it every few seconds). If two processes ever hold it at once, the files' hashes still keep the cache right.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError } from "../../core/errors.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeError } from "../../formats/write-error.ts";

const touchEveryMs = 5_000;
const abandonedAfterMs = 60_000;
const lookEveryMs = 100;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly id: string;
}

export interface LockOptions {
  /** The id of the model, which errors name. */
  readonly model: string;
  /** Called once when another process holds the lock; throwing here ends the wait. */
  readonly onWait?: (pid: number, lock: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` while holding the lock.
 * @throws CANCELLED when the signal aborts during the wait; WRITE_FAILED when there is no place for the lock
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const id = randomUUID();
  await acquire(path, id, options);
  const touch = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    touchEveryMs,
  );
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    if ((await holderOf(path))?.id === id) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  id: string,
  { model, onWait, signal }: LockOptions,
): Promise<void> {
  for (let tries = 0; !(await create(path, id)); tries++) {
    const holder = await holderOf(path);
    if (await isAbandoned(path, holder)) {
      await removeAbandoned(path, holder);
      continue;
    }
    if (tries === 0) onWait?.(holder?.pid ?? 0, path);
    await sleep(lookEveryMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    if (signal?.aborted)
      throw new HoneError("CANCELLED", { what: `Waiting for the download of "${model}"` });
  }
}

async function create(path: string, id: string): Promise<boolean> {
  try {
    await makeFolders(dirname(path));
    const handle = await open(path, "wx");
    const holder: Holder = { pid: process.pid, host: hostname(), id };
    await handle.writeFile(JSON.stringify(holder));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw writeError(error, path);
  }
}

/** Undefined when there is no lock, or its holder has not yet written its name. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

async function isAbandoned(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname() && !isAlive(holder.pid)) return true;
  const touched = await stat(path).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs > abandonedAfterMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes the file away under a name of its own first: of two processes that see it abandoned, one gets it. */
async function removeAbandoned(path: string, holder: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // Another process was faster.
  }
  const taken = await holderOf(aside);
  if (taken?.id === holder?.id) await rm(aside, { force: true });
  else await rename(aside, path); // A new holder's lock: back with it.
}
