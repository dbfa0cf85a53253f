/** The folder of a sweep: what it is made of, who works in it, and how far its runs are. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../../core/errors.ts";
import { readFormat, writeFormat } from "../../formats/format.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import { sweepFormat, type SweepRecord } from "../../formats/sweep-format.ts";
import { type FolderLock, lockFolder } from "../../runs/lock.ts";
import { readResult } from "../../runs/report-data.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { makeFolder, readText, writeWhole } from "../../runs/run-files.ts";

/** The paths of files inside a sweep's folder. */
export const sweepFiles = {
  sweep: "sweep.json",
  runs: "runs",
  configs: "configs",
  logs: "logs",
  result: "result.json",
  report: "report.md",
  picture: "success.svg",
} as const;

/** One run of a sweep. */
export interface SweepRun {
  /** The name of its folder: the number of its combination and its seed. */
  readonly name: string;
  /** Its folder. */
  readonly folder: string;
  /** The number of its combination, from 1. */
  readonly number: number;
  readonly seed: number;
  /** The values of the settings that vary. */
  readonly values: Readonly<Record<string, unknown>>;
  /** All its settings, the seed among them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** An open folder. */
export interface SweepFolder {
  readonly path: string;
  readonly runs: readonly SweepRun[];
  readonly lock: FolderLock;
}

/**
 * Opens the folder of a sweep: a new or an empty one, or that of the same sweep, to go on.
 * @throws SWEEP_FOLDER_TAKEN for one that holds another sweep; RUN_FOLDER_NOT_EMPTY for one that holds something else;
 *         RUN_FOLDER_LOCKED while another process works in it; FILE_DAMAGED
 */
export async function openSweepFolder(folder: string, sweep: SweepRecord): Promise<SweepFolder> {
  const path = resolve(folder);
  const file = join(path, sweepFiles.sweep);
  const text = await readText(file);
  // As it is read back, so that both sides of the comparison are plain JSON.
  const plain = JSON.parse(JSON.stringify(sweep)) as SweepRecord;
  if (text === undefined) {
    const entries = await readdir(path).catch((): string[] => []);
    const [holds] = entries.filter((name) => !name.startsWith("."));
    if (holds !== undefined) throw new HoneError("RUN_FOLDER_NOT_EMPTY", { folder, holds });
    await makeFolder(path);
  } else checkSame(folder, readFormat(sweepFormat, text, file), plain);
  const lock = await lockFolder(path);
  try {
    for (const part of [sweepFiles.runs, sweepFiles.configs, sweepFiles.logs])
      await makeFolder(join(path, part));
    if (text === undefined) await writeWhole(file, writeFormat(sweepFormat, plain));
    return { path, runs: runsOf(path, plain), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function checkSame(folder: string, before: SweepRecord, now: SweepRecord): void {
  const changes = (["train", "settings", "combinations", "seeds"] as const).filter(
    (key) => !isDeepStrictEqual(before[key], now[key]),
  );
  if (changes.length > 0) throw new HoneError("SWEEP_FOLDER_TAKEN", { folder, changes });
}

function runsOf(path: string, { settings, combinations, seeds }: SweepRecord): SweepRun[] {
  return combinations.flatMap((values, i) =>
    seeds.map((seed) => {
      const name = `${i + 1}-seed-${seed}`;
      const folder = join(path, sweepFiles.runs, name);
      return {
        name,
        folder,
        number: i + 1,
        seed,
        values,
        settings: { ...settings, ...values, seed },
      };
    }),
  );
}

/** Whether a run has begun, so that it goes on instead of starting anew. */
export const hasBegun = ({ folder }: Pick<SweepRun, "folder">): boolean =>
  existsSync(join(folder, runFiles.run));

/** The result of a run; undefined while it has none. */
export const resultOf = ({ folder }: Pick<SweepRun, "folder">): Promise<ResultRecord | undefined> =>
  readResult(folder);
