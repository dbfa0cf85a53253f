/**
 * One writer at a time in a tree of files, also among processes.
 *
 * The lock is a file that names its holder and is touched while it is held. A holder that died on this machine is seen
 * at once, one elsewhere when its file was not touched for half a minute of our waiting. A dead lock is replaced under a
 * second lock beside it, so that two who see it dead do not replace each other's.
 */
import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../../core/json.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { unfinishedPath } from "../../formats/whole-write.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";

const pollMs = 5;
const touchMs = 5_000;
const silentMs = 30_000;

/** Runs `work` while holding the lock; waits for it as long as its holder lives. @throws DISK_FULL, WRITE_FAILED */
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

/** Takes a dead lock away, if it is still that one. */
async function remove(path: string, seen: string): Promise<void> {
  const guard = `${path}-takeover`;
  if (!(await create(guard))) {
    // Whoever removes it needs moments; a guard that stays was left by one that died in them.
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

/** True when the file was made; a link fails where the name is taken, and what it names is already whole. */
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

/** Who holds the lock and when it was touched, as a text to compare; undefined when it is gone. */
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
