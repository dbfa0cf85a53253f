/** The runs of a folder as the dashboard reads them. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";
import { readRows, writeHeader } from "../../formats/format.ts";
import { metricsFormat, type MetricsRow } from "../../formats/metrics-format.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { systemCode } from "../../formats/write-error.ts";
import { runNames } from "../../runs/find-run.ts";
import { listRuns, type RunSummary, runSummary, showRun } from "../../runs/list.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import type { UiMetrics, UiRun, UiRunLibrary } from "../../server/ui/ui-library.ts";
import { distributionsOf } from "./distributions.ts";
import { compareRuns } from "../training/compare-runs.ts";

/** The folder of a run by its name. Nothing outside of the folder of runs is reached by one. @throws RUN_NOT_FOUND */
export async function runFolderOf(root: string, name: string): Promise<string> {
  const known = await runNames(root);
  if (known.includes(name)) return join(root, name);
  throw new HoneError("RUN_NOT_FOUND", { name, root, known });
}

/** The runs of a folder. Only names of its own folders are known. */
export function runLibrary(root: string): UiRunLibrary {
  const folderOf = (name: string): Promise<string> => runFolderOf(root, name);
  return {
    list: async () =>
      Promise.all(
        (await listRuns(root)).map(async (run) => uiRun(run, await configOf(run.folder))),
      ),
    show: async (name) => {
      await folderOf(name);
      const { record, checkpoints, ...run } = await showRun(root, name);
      const folder = relative(process.cwd(), run.folder);
      return { ...uiRun(run, record.config), folder, config: record.config, checkpoints };
    },
    status: async (name) => (await runSummary(await folderOf(name))).status,
    compare: async (names) => {
      for (const name of names) await folderOf(name);
      const { groups, settings } = await compareRuns(root, names);
      return { groups: groups.map(({ runs }) => runs.map(({ name }) => name)), settings };
    },
    distributions: async (name) => distributionsOf(join(await folderOf(name), runFiles.metrics)),
    metricsBytes: async (name) => sizeOf(join(await folderOf(name), runFiles.metrics)),
    metrics: async (name, from) => metricsFrom(join(await folderOf(name), runFiles.metrics), from),
  };
}

/** A run that is damaged, or is just being deleted, has none. */
const configOf = (folder: string): Promise<RunRecord["config"]> =>
  readRunRecord(folder).then(
    ({ config }) => config,
    () => ({}),
  );

function uiRun(run: RunSummary, config: RunRecord["config"] = {}): UiRun {
  const { name, status, createdAt, problem, result } = run;
  const { command, model, seed } = config;
  return {
    name,
    status,
    ...(createdAt !== undefined && { createdAt }),
    ...(problem !== undefined && { problem }),
    ...(result !== undefined && { result }),
    ...(typeof command === "string" && { command }),
    ...(typeof model === "string" && { model }),
    ...(typeof seed === "number" && { seed }),
  };
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Read at a time, so that memory does not grow with the file. */
const PART_BYTES = 4 * 2 ** 20;

/** The whole rows of a file of metrics from a byte on, which another process may be writing. */
async function metricsFrom(path: string, given: number): Promise<UiMetrics> {
  const file = await open(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    const facts = { file: path, problem: messageOf(error) };
    throw new HoneError("FILE_DAMAGED", facts, { cause: error });
  });
  if (file === undefined) return { rows: [], next: 0, hasMore: false, isAnew: given > 0 };
  try {
    const { size } = await file.stat();
    const isAnew = given > size || !(await isStartOfRow(file, given));
    const from = isAnew ? 0 : given;
    const text = await wholeLines(file, from, size);
    const next = from + Buffer.byteLength(text);
    const rows = text === "" ? [] : rowsOf(from === 0 ? text : header + text, path);
    return { rows, next, hasMore: text !== "" && next < size, isAnew };
  } finally {
    await file.close();
  }
}

const header = writeHeader(metricsFormat);

/** Histograms are many numbers that no page shows yet. */
const rowsOf = (text: string, path: string): readonly MetricsRow[] =>
  readRows(metricsFormat, text, path).map(({ histograms: _, ...row }) => row);

/** Whole lines of a file from a byte on: a part's worth of them, or one line where that is longer. */
async function wholeLines(file: FileHandle, from: number, size: number): Promise<string> {
  for (let length = PART_BYTES; ; length *= 2) {
    const bytes = Buffer.alloc(Math.min(length, size - from));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
    if (end > 0 || bytes.length === size - from) return bytes.toString("utf8", 0, end);
  }
}

/** False where a resume has cut the file and written other rows. */
async function isStartOfRow(file: FileHandle, place: number): Promise<boolean> {
  if (place === 0) return true;
  const before = Buffer.alloc(1);
  await file.read(before, 0, 1, place - 1);
  return before[0] === 10;
}
