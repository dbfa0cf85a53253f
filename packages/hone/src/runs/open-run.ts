/** Starts a run folder, or resumes one. */
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { OLD_MATH_TOKENS, OLD_MAX_ACTIONS } from "../core/old-names.ts";
import { HoneError, isError } from "../core/errors.ts";
import { readFormat, writeFormat } from "../formats/format.ts";
import { environmentFormat, runFormat } from "../formats/run-format.ts";
import type { Environment, RunRecord } from "../formats/run-format.ts";
import type { Retention } from "./checkpoints.ts";
import { describeEnvironment } from "./environment.ts";
import type { LoadedCheckpoint } from "./load-checkpoint.ts";
import { findLatest } from "./load-checkpoint.ts";
import type { FolderLock } from "./lock.ts";
import { lockFolder } from "./lock.ts";
import { RunFolder, runFiles } from "./run-folder.ts";
import { replacedPrefix, unfinishedPrefix } from "../formats/whole-write.ts";
import { makeFolder, readText, writeWhole } from "./run-files.ts";

/** A new run folder. */
export interface CreateRunOptions {
  /** The start of the folder's name, such as "math". */
  readonly name: string;
  /** The configuration with every default filled in; must be JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The run folder, new or empty. Default: `<root>/<name>-<date>-<short id>`. */
  readonly out?: string;
  /** The folder of run folders. Default "runs". */
  readonly root?: string;
  /** Which checkpoints are kept. Default: the latest two and the best. */
  readonly retention?: Retention;
  /** Threads of matrix products that were asked for, which a resume takes again. Default: none were. */
  readonly threads?: number | undefined;
}

/**
 * Makes a run folder, locked for this process.
 * @throws RUN_FOLDER_NOT_EMPTY, RUN_FOLDER_NOT_WRITABLE, RUN_FOLDER_LOCKED, DISK_FULL
 * @example const run = await createRunFolder({ name: "math", config }); … await run.close();
 */
export async function createRunFolder(options: CreateRunOptions): Promise<RunFolder> {
  const id = randomBytes(2).toString("hex");
  const createdAt = new Date().toISOString();
  const path = resolve(
    options.out ?? join(options.root ?? "runs", folderName(options.name, id, createdAt)),
  );
  await makeFolder(path);
  const lock = await lockFolder(path);
  return orRelease(lock, async () => {
    const holds = (await readdir(path)).filter(
      (name) => name !== "lock.json" && !name.startsWith(unfinishedPrefix),
    );
    if (holds.length > 0) {
      const what = holds.includes(runFiles.run) ? "a run" : `"${holds[0]}"`;
      throw new HoneError("RUN_FOLDER_NOT_EMPTY", { folder: path, holds: what });
    }
    const record: RunRecord = { id, name: options.name, createdAt, config: toJson(options.config) };
    await writeWhole(join(path, runFiles.run), writeFormat(runFormat, record));
    await removeLeftovers(path);
    await addSession(path, options.threads);
    return RunFolder.open(path, record, lock, retentionField(options.retention));
  });
}

/** A run folder to resume. */
export interface ResumeRunOptions {
  /** The run folder. */
  readonly folder: string;
  /** Must equal the configuration that the run was started with. Default: not compared. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Top-level keys that may differ, such as the number of steps. */
  readonly mayChange?: readonly string[];
  readonly retention?: Retention;
  /** As of a new run. */
  readonly threads?: number | undefined;
}

/** A run folder that was resumed. */
export interface ResumedRun {
  readonly run: RunFolder;
  /** The checkpoint to continue from; undefined when the run was stopped before its first one. */
  readonly checkpoint: LoadedCheckpoint | undefined;
  /** Files that were damaged and are not needed to continue. */
  readonly warnings: readonly HoneError[];
}

/**
 * Locks a run folder and takes it back to its last checkpoint: later rows of its logs are cut off.
 * @throws RUN_NOT_FOUND, RUN_FOLDER_LOCKED, RUN_CONFIG_CHANGED, CHECKPOINT_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export async function resumeRunFolder(options: ResumeRunOptions): Promise<ResumedRun> {
  const path = resolve(options.folder);
  const record = await readRunRecord(path);
  if (options.config !== undefined) {
    const changes = changesOf(record, options.config, options.mayChange);
    if (changes.length > 0) throw new HoneError("RUN_CONFIG_CHANGED", { folder: path, changes });
  }
  const lock = await lockFolder(path);
  return orRelease(lock, async () => {
    const checkpoint = await findLatest(join(path, runFiles.checkpoints));
    await removeLeftovers(path);
    const warnings = await addSession(path, options.threads);
    await rm(join(path, runFiles.failure), { force: true });
    const run = await RunFolder.open(path, record, lock, {
      ...retentionField(options.retention),
      keep: checkpoint?.manifest.logs ?? nothingKept,
    });
    return { run, checkpoint, warnings };
  });
}

/** The lengths of the logs of a run without a checkpoint, which starts again at its first step. */
const nothingKept = {
  [runFiles.metrics]: 0,
  [runFiles.samples]: 0,
  [runFiles.trained]: 0,
  [runFiles.events]: 0,
};

/** Records the settings of a resumed run that `mayChange` let be others, so that the next resume has them. */
export async function recordChanges(
  { path, record }: RunFolder,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (changesOf(record, config).length === 0) return;
  const changed: RunRecord = { ...record, config: toJson(config) };
  await writeWhole(join(path, runFiles.run), writeFormat(runFormat, changed));
}

/** The run.json of a folder. @throws RUN_NOT_FOUND, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readRunRecord(path: string): Promise<RunRecord> {
  const file = join(path, runFiles.run);
  const text = await readText(file);
  if (text !== undefined) return withNewNames(readFormat(runFormat, text, file));
  throw new HoneError("RUN_FOLDER_INVALID", { folder: path });
}

/** The record of a run that an earlier version made, with the settings' names of today and what it did without recording it. */
function withNewNames(record: RunRecord): RunRecord {
  const { [OLD_MAX_ACTIONS]: maxActions, ...config } = record.config;
  if (maxActions === undefined) return record;
  const settled = config["command"] === "run math" ? { maxTokens: OLD_MATH_TOKENS } : {};
  return { ...record, config: { ...settled, ...config, maxActions } };
}

/** The settings that another configuration would change, as "key: before → after". Empty: the run can be resumed with it. */
export const changesOf = (
  { config }: RunRecord,
  other: Readonly<Record<string, unknown>>,
  mayChange: readonly string[] = [],
): string[] => configChanges(config, toJson(other), mayChange);

/** The differences of two configurations, as "key: before → after". Keys of nested objects are joined by dots. */
function configChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  mayChange: readonly string[] = [],
  prefix = "",
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted().flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    if (mayChange.includes(key) || isDeepStrictEqual(a, b)) return [];
    if (isPlainObject(a) && isPlainObject(b)) return configChanges(a, b, [], `${prefix}${key}.`);
    return [`${prefix}${key}: ${show(a)} → ${show(b)}`];
  });
}

const show = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(value));

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names a run in stores: as its folder is called where no other name was given, wherever the folder is. */
export const runNameOf = ({ name, id, createdAt }: RunRecord): string =>
  folderName(name, id, createdAt);

function folderName(name: string, id: string, createdAt: string): string {
  const safeName = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "") || "run";
  const date = createdAt.slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
  return `${safeName}-${date}-${id}`;
}

/**
 * Adds this session to environment.json. A file that cannot be read is started anew: it only informs, so a run goes on
 * without what it said, and the damage is returned.
 */
async function addSession(path: string, threads: number | undefined): Promise<HoneError[]> {
  const file = join(path, runFiles.environment);
  const damage: HoneError[] = [];
  const sessions = await earlierSessions(file).catch((error: unknown) => {
    if (!isError(error, "FILE_DAMAGED")) throw error;
    damage.push(error);
    return [];
  });
  const content = { sessions: [...sessions, await describeEnvironment(threads)] };
  await writeWhole(file, writeFormat(environmentFormat, content));
  return damage;
}

/** The threads that a run was last asked for; undefined where it was not, or where its environment.json cannot be read. */
export async function lastThreads(path: string): Promise<number | undefined> {
  const file = join(path, runFiles.environment);
  const sessions = await earlierSessions(file).catch((error: unknown) => {
    if (!isError(error, "FILE_DAMAGED")) throw error;
    return [];
  });
  return sessions.at(-1)?.threads;
}

async function earlierSessions(file: string): Promise<readonly Environment[]> {
  const text = await readText(file);
  return text === undefined ? [] : readFormat(environmentFormat, text, file).sessions;
}

/** Folders of a run in which files are written whole, so that a killed process may have left unfinished ones. */
const writtenWhole = ["", runFiles.batches, runFiles.pictures, "tensorboard"];

/** Removes what a killed process left unfinished. The caller holds the lock; what other processes need to ask for it stays. */
async function removeLeftovers(path: string): Promise<void> {
  for (const part of writtenWhole) {
    const folder = join(path, part);
    for (const name of await readdir(folder).catch(() => [])) {
      const isLeft = name.startsWith(unfinishedPrefix) || name.startsWith(replacedPrefix);
      if (!isLeft || name.startsWith(`${unfinishedPrefix}lock.json`)) continue;
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

async function orRelease<T>(lock: FolderLock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The configuration as it will be read back from the file, so that both sides of a comparison are plain JSON. */
const toJson = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(config)) as Record<string, unknown>;

const retentionField = (retention: Retention | undefined): { retention?: Retention } =>
  retention === undefined ? {} : { retention };
