/**
 * What processes could not write before they ended, into the store they meant: each file of the spool's folder once.
 *
 * A file is claimed by renaming it to a name with our process id, and deleted when all of it is in the store. One whose
 * claimer died is claimed again; appending the same batch twice changes nothing. Where what the store holds of a trace is
 * damaged, that trace's part of the file waits on, in a file of its own.
 */
import { readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, isError, isHoneError, messageOf } from "../../core/errors.ts";
import { readRows } from "../../formats/format.ts";
import { spoolFormat } from "../../formats/spool-format.ts";
import { spoolEnding } from "../../formats/spool-names.ts";
import { isDamage } from "../../core/stored-damage.ts";
import { writeSpool } from "../../formats/write-spool.ts";
import type { TraceBatch, TraceStore } from "../../ports/trace-store.ts";

/** A claim that is older than this is void, in ms: its process id may belong to another process by now. */
const claimMs = 600_000;

const claimed = /^(?<name>.+)\.taken-(?<pid>\d+)$/;

/** True when files of ended processes wait for the store of this folder. */
export async function hasSpool(folder: string): Promise<boolean> {
  return (await filesOf(folder)).length > 0;
}

/**
 * Appends every waiting batch to the store.
 *
 * @param onProblem  called for what the store refuses for good, and once when it cannot take more; the rest of the file waits
 * @returns the number of spans that were appended
 */
export async function takeSpool(
  folder: string,
  store: TraceStore,
  onProblem: (problem: HoneError) => void,
): Promise<number> {
  let spans = 0;
  const names = await filesOf(folder);
  for (const name of names) {
    const taken = await claim(folder, name);
    if (taken === undefined) continue;
    try {
      const appended = await appendFile(taken, store, onProblem);
      spans += appended.spans;
      // Older heads of the healthy traces must not come again with what waits on.
      if (appended.unwritable.length > 0) writeSpool(folder, appended.unwritable.map(textOf));
      await rm(taken, { force: true });
    } catch (error) {
      // A store that cannot be written to now is opened all the same; the file waits for the next time.
      await rename(taken, join(folder, plainName(name))).catch(() => undefined);
      onProblem(problemOf(error, taken));
      if (!isError(error, "FILE_DAMAGED")) break;
    }
  }
  // Fails where files are left.
  if (names.length > 0) await rmdir(folder).catch(() => undefined);
  return spans;
}

/** Files that wait, and files whose claimer died, the oldest first. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const waiting = await Promise.all(
    names.map(async (name) => {
      if (name.endsWith(spoolEnding)) return [name];
      const { pid } = claimed.exec(name)?.groups ?? {};
      return pid !== undefined && (await isVoid(join(folder, name), Number(pid))) ? [name] : [];
    }),
  );
  return waiting.flat().toSorted();
}

async function isVoid(path: string, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.ctimeMs > claimMs;
}

const plainName = (name: string): string => claimed.exec(name)?.groups?.["name"] ?? name;

/** The claimed file's path; undefined when another process was faster. */
async function claim(folder: string, name: string): Promise<string | undefined> {
  const taken = join(folder, `${plainName(name)}.taken-${process.pid}`);
  try {
    await rename(join(folder, name), taken);
    return taken;
  } catch {
    return undefined;
  }
}

async function appendFile(
  path: string,
  store: TraceStore,
  onProblem: (problem: HoneError) => void,
): Promise<{ readonly spans: number; readonly unwritable: readonly TraceBatch[] }> {
  const rows = readRows(spoolFormat, await readFile(path, "utf8"), path);
  let spans = 0;
  const unwritable: TraceBatch[] = [];
  for (const row of rows) {
    const whole = await tryBatch(row, store, onProblem);
    if (typeof whole === "number") {
      spans += whole;
      continue;
    }
    for (const part of byTrace(row)) {
      const appended = await tryBatch(part, store, onProblem);
      if (typeof appended === "number") spans += appended;
      else {
        onProblem(appended);
        unwritable.push(part);
      }
    }
  }
  return { spans, unwritable };
}

/** The number of spans that were appended, or why none was: what the store holds of a trace is damaged. */
async function tryBatch(
  batch: TraceBatch,
  store: TraceStore,
  onProblem: (problem: HoneError) => void,
): Promise<number | HoneError> {
  try {
    return await appendBatch(batch, store, onProblem);
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}

/** The batch, divided by the traces it is about. */
function byTrace({ heads = [], spans = [] }: TraceBatch): TraceBatch[] {
  const ids = new Set([...heads.map(({ id }) => id), ...spans.map(({ traceId }) => traceId)]);
  return [...ids].map((id) => ({
    heads: heads.filter((head) => head.id === id),
    spans: spans.filter(({ traceId }) => traceId === id),
  }));
}

const textOf = (batch: TraceBatch): string[] => [JSON.stringify(batch)];

/** The batch, or, where the store refuses it, each of its heads and spans that it does not refuse. */
async function appendBatch(
  batch: TraceBatch,
  store: TraceStore,
  onProblem: (problem: HoneError) => void,
): Promise<number> {
  const { heads = [], spans = [] } = batch;
  try {
    await store.append(batch);
    return spans.length;
  } catch (error) {
    if (!isError(error, "TRACE_INVALID") && !isError(error, "TRACE_NOT_FOUND")) throw error;
    if (heads.length + spans.length <= 1) {
      onProblem(error);
      return 0;
    }
  }
  let appended = 0;
  for (const head of heads) await appendBatch({ heads: [head] }, store, onProblem);
  for (const span of spans) appended += await appendBatch({ spans: [span] }, store, onProblem);
  return appended;
}

const problemOf = (error: unknown, file: string): HoneError =>
  isHoneError(error)
    ? error
    : new HoneError("WRITE_FAILED", { path: file, reason: messageOf(error) }, { cause: error });
