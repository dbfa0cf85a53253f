/**
 * A lock that lets one process at a time write into a tree of files.
 *
 * The lock is a file that names its holder and is touched while it is held. The death of a holder on this machine is seen
 * at once, on another machine when the file was not touched for half a minute of waiting. An abandoned lock is removed under a
 * second lock beside it, so that two waiting processes do not remove each other's new lock.
 */
import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../../core/json.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { unfinishedPath } from "../../formats/whole-write.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";

/** How often a waiting process looks at the lock, in ms. */
const pollMs = 5;
/** How often the holder touches the file, in ms. */
const touchMs = 5_000;
/** A holder on another machine counts as dead when it has not touched the file for so long, in ms. */
const silentMs = 30_000;

/** Runs `work` while holding the lock. Waits for the lock as long as its holder lives. @throws DISK_FULL, WRITE_FAILED */
export async function withWriteLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await take(path);
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, touchMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<void> {
  let seen: string | undefined;
  let since = performance.now();
  for (;;) {
    if (await create(path)) return;
    const state = await stateOf(path);
    if (state === undefined) continue;
    if (state.text !== seen) {
      seen = state.text;
      since = performance.now();
    }
    const isSilent = performance.now() - since > silentMs;
    if (state.isDead || isSilent) await remove(path, state.text);
    else await sleep(pollMs);
  }
}

/** Removes an abandoned lock, unless it is another one by now. */
async function remove(path: string, seen: string): Promise<void> {
  const guard = `${path}-takeover`;
  if (!(await create(guard))) {
    // Removing a lock takes moments, so an old guard was left by a process that died while it did so.
    const age = Date.now() - ((await mtimeOf(guard)) ?? Date.now());
    if (age > silentMs) await rm(guard, { force: true });
    await sleep(pollMs);
    return;
  }
  try {
    if ((await stateOf(path))?.text === seen) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** True when the lock file was made. A link fails where the name is taken, and never shows a file that is half written. */
async function create(path: string): Promise<boolean> {
  const temporary = unfinishedPath(path);
  try {
    await makeFolders(dirname(path));
    await writeFile(temporary, JSON.stringify({ pid: process.pid, host: hostname() }), {
      flag: "wx",
    });
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw writeError(error, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The holder of the lock and the time of its last touch, as a text to compare. Undefined when the lock is gone. */
async function stateOf(path: string): Promise<{ text: string; isDead: boolean } | undefined> {
  const modified = await mtimeOf(path);
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (modified === undefined || holder === undefined) return undefined;
  return { text: `${modified} ${holder}`, isDead: isDead(holder) };
}

function isDead(holder: string): boolean {
  try {
    const facts: unknown = JSON.parse(holder);
    if (!isObject(facts) || facts["host"] !== hostname()) return false;
    process.kill(facts["pid"] as number, 0);
    return false;
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
}

const mtimeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (facts) => facts.mtimeMs,
    () => undefined,
  );
