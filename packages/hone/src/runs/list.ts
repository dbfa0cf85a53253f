/** Lists, shows and deletes the runs in a folder. */
import { join, resolve } from "node:path";
import { isHoneError } from "../core/errors.ts";
import { metricsFormat } from "../formats/metrics-format.ts";
import type { ResultRecord } from "../formats/result-format.ts";
import type { RunRecord } from "../formats/run-format.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { findRun, runName, runNames } from "./find-run.ts";
import { readJsonl } from "./jsonl-log.ts";
import { lockFolder, lockHolder } from "./lock.ts";
import { readRunRecord } from "./open-run.ts";
import { readFailure, readResult } from "./report-data.ts";
import { runFiles } from "./run-folder.ts";
import { removeFolder, storageError } from "./run-files.ts";

/** One run of a list. */
export interface RunSummary {
  /** The name of its folder. */
  readonly name: string;
  readonly folder: string;
  /**
   * "failed": it ended with an error. "stopped": it was stopped, or its process was killed. "damaged": one of its files
   * cannot be read. `problem` says why it failed or is damaged.
   */
  readonly status: "running" | "done" | "stopped" | "failed" | "damaged";
  /** When it was started, in ISO 8601, UTC. */
  readonly createdAt?: string;
  readonly result?: ResultRecord;
  readonly problem?: string;
}

/** One run in detail. */
export interface RunDetails extends RunSummary {
  readonly record: RunRecord;
  readonly checkpoints: readonly { readonly name: string; readonly step: number }[];
  /** The last step of each section with its metrics. */
  readonly last: Readonly<
    Record<string, { step: number; values: Readonly<Record<string, number>> }>
  >;
}

/** All runs in a folder, the newest first. Empty when there is no such folder. */
export async function listRuns(root: string): Promise<RunSummary[]> {
  const runs = await Promise.all(
    (await runNames(root)).map((name) => runSummary(resolve(root, name))),
  );
  return runs.toSorted(
    (a, b) => (b.createdAt ?? "").localeCompare(a.createdAt ?? "") || a.name.localeCompare(b.name),
  );
}

/**
 * One run in detail.
 * @param name  as `findRun` takes it
 * @throws      RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export async function showRun(root: string, name: string): Promise<RunDetails> {
  const folder = await findRun(root, name);
  const last: Record<string, { step: number; values: Readonly<Record<string, number>> }> = {};
  for (const { section, step, values } of await readJsonl(
    join(folder, runFiles.metrics),
    metricsFormat,
  )) {
    if (values !== undefined) last[section] = { step, values };
  }
  const checkpoints = await listCheckpoints(join(folder, runFiles.checkpoints));
  return {
    ...(await runSummary(folder)),
    record: await readRunRecord(folder),
    checkpoints: checkpoints.map(({ name: checkpoint, step }) => ({ name: checkpoint, step })),
    last,
  };
}

/**
 * Deletes a run.
 * @param name  as `findRun` takes it, but no path of something inside a run
 * @returns the name of the deleted run
 * @throws  RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FOLDER_LOCKED, RUN_FOLDER_NOT_WRITABLE
 */
export async function deleteRun(root: string, name: string): Promise<string> {
  const folder = await findRun(root, name, { parts: false });
  const lock = await lockFolder(folder);
  try {
    // While it is locked, so that it cannot be resumed meanwhile.
    await removeFolder(folder);
  } catch (error) {
    await lock.release();
    throw storageError(error, folder);
  }
  return runName(folder);
}

/** The summary of the run in a folder. */
export async function runSummary(folder: string): Promise<RunSummary> {
  const name = runName(folder);
  try {
    const { createdAt } = await readRunRecord(folder);
    const result = await readResult(folder);
    const isRunning = (await lockHolder(folder)) !== undefined;
    const measured = result === undefined ? {} : { result };
    if (isRunning) return { name, folder, status: "running", createdAt, ...measured };
    const failure = await readFailure(folder);
    if (failure !== undefined) {
      return { name, folder, status: "failed", createdAt, ...measured, problem: failure.message };
    }
    const status = result === undefined ? "stopped" : "done";
    return { name, folder, status, createdAt, ...measured };
  } catch (error) {
    if (!isHoneError(error)) throw error;
    return { name, folder, status: "damaged", problem: error.message };
  }
}
