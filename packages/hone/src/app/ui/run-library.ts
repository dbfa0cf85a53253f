/** The runs of a folder as the dashboard reads them. */
import { open } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { readRows, writeHeader } from "../../formats/format.ts";
import { metricsFormat } from "../../formats/metrics-format.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { findRun } from "../../runs/find-run.ts";
import { listRuns, type RunSummary, showRun } from "../../runs/list.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import type { UiMetrics, UiRun, UiRunLibrary } from "../../server/ui/ui-library.ts";
import { compareRuns } from "../training/compare-runs.ts";

/** The runs below a folder. Nothing outside of it is reached by a name. */
export const runLibrary = (root: string): UiRunLibrary => ({
  list: async () =>
    Promise.all(
      (await listRuns(root)).map(async (run) => {
        const record = run.status === "damaged" ? undefined : await readRunRecord(run.folder);
        return uiRun(run, record?.config);
      }),
    ),
  show: async (name) => {
    const { record, checkpoints, ...run } = await showRun(root, await nameOf(root, name));
    const folder = relative(process.cwd(), run.folder);
    return { ...uiRun(run, record.config), folder, config: record.config, checkpoints };
  },
  compare: async (names) => {
    const known = await Promise.all(names.map((name) => nameOf(root, name)));
    const { groups, settings } = await compareRuns(root, known);
    return { groups: groups.map(({ runs }) => runs.map(({ name }) => name)), settings };
  },
  metrics: async (name, from) =>
    metricsFrom(join(root, await nameOf(root, name), runFiles.metrics), from),
});

/** The name of a run of this folder. @throws RUN_NOT_FOUND also for a run that lies elsewhere */
async function nameOf(root: string, name: string): Promise<string> {
  const folder = relative(root, await findRun(root, name, { parts: false }));
  if (folder !== "" && !folder.split(sep).includes("..")) return folder;
  throw new HoneError("RUN_NOT_FOUND", { name, root, known: [] });
}

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

/** The whole rows of a file of metrics from a byte on, which another process may be writing. */
async function metricsFrom(path: string, given: number): Promise<UiMetrics> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return { rows: [], next: 0 };
  try {
    const { size } = await file.stat();
    const from = given <= size && (await isStartOfRow(file, given)) ? given : 0;
    const bytes = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
    const text = bytes.toString("utf8", 0, end);
    if (text === "") return { rows: [], next: from };
    const whole = from === 0 ? text : writeHeader(metricsFormat) + text;
    return { rows: readRows(metricsFormat, whole, path), next: from + end };
  } finally {
    await file.close();
  }
}

/** A run that was resumed has cut its file, and written other rows. */
async function isStartOfRow(
  file: Awaited<ReturnType<typeof open>>,
  place: number,
): Promise<boolean> {
  if (place === 0) return true;
  const before = Buffer.alloc(1);
  await file.read(before, 0, 1, place - 1);
  return before[0] === 10;
}
