/** `hone sweep`: the runs of a sweep, several at a time as processes, and what came out. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { failureText } from "./failed-run.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import type { SweepRecord, SweepRow } from "../../formats/sweep-format.ts";
import { writeWhole } from "../../runs/run-files.ts";
import { settingsOfCommand } from "../training/command-settings.ts";
import { startRun, type RunStarter } from "./start-run.ts";
import { hasBegun, openSweepFolder, resultOf, type SweepRun, sweepFiles } from "./sweep-folder.ts";
import { rowsOf, writeSweepReport } from "./sweep-report.ts";

/** One event of a sweep, told apart by `kind`. The last one is "done" or "stopped". */
export type SweepEvent =
  /** The folder is open. */
  | {
      readonly kind: "sweep";
      readonly folder: string;
      /** Runs in total, and those that are done already. */
      readonly runs: number;
      readonly done: number;
      /** Runs at a time, and threads of each; undefined where the sweep's own settings say them. */
      readonly parallel: number;
      readonly threads: number | undefined;
    }
  /** A run begins, or goes on. */
  | { readonly kind: "run"; readonly run: SweepRun; readonly resumed: boolean }
  /** A run ended. Its result, or why it has none. */
  | {
      readonly kind: "ended";
      readonly run: SweepRun;
      readonly result: ResultRecord | undefined;
      readonly problem: string | undefined;
      /** Runs with a result so far. */
      readonly done: number;
      readonly runs: number;
    }
  /** The signal stopped the sweep; the same command goes on. */
  | {
      readonly kind: "stopped";
      readonly folder: string;
      readonly done: number;
      readonly runs: number;
    }
  /** Every run has a result. */
  | {
      readonly kind: "done";
      readonly folder: string;
      readonly report: string;
      readonly rows: readonly SweepRow[];
    };

/** A sweep to run. */
export interface SweepOptions {
  readonly sweep: SweepRecord;
  /** Its folder: a new one, or that of the same sweep, to go on. */
  readonly folder: string;
  /** Runs at a time. Default: half the cores, at least 1. */
  readonly parallel?: number | undefined;
  /** Cores of the machine. */
  readonly cores: number;
  /** Aborts when the runs are to save and end. */
  readonly signal?: AbortSignal | undefined;
  /** Starts a run. Default: as a process. */
  readonly start?: RunStarter;
}

/**
 * Runs what has no result yet, in the order of the combinations, each with all seeds.
 * @throws SWEEP_FOLDER_TAKEN, RUN_FOLDER_NOT_EMPTY, RUN_FOLDER_LOCKED; SWEEP_RUNS_FAILED after all runs, where some failed
 */
export async function* runSweep(options: SweepOptions): AsyncGenerator<SweepEvent, void> {
  const { sweep, folder, cores, signal, start = startRun } = options;
  const opened = await openSweepFolder(folder, sweep);
  const { path, runs, lock } = opened;
  try {
    const results = new Map<SweepRun, ResultRecord>();
    for (const run of runs) {
      const result = await resultOf(run);
      if (result !== undefined) results.set(run, result);
    }
    const parallel = Math.min(options.parallel ?? Math.max(1, Math.floor(cores / 2)), runs.length);
    const threads = Math.max(1, Math.floor(cores / parallel));
    const said = runs.some(({ settings }) => "threads" in settings) ? undefined : threads;
    const counts = { runs: runs.length, done: results.size };
    yield { kind: "sweep", folder: path, ...counts, parallel, threads: said };
    const waiting = runs.filter((run) => !results.has(run));
    const failed: string[] = [];
    const work = { sweep, path, threads, signal, start };
    for await (const event of sideBySide(waiting, parallel, work)) {
      if (event.kind === "run") {
        yield event;
        continue;
      }
      const { run, result, problem } = event;
      if (result !== undefined) results.set(run, result);
      else if (!signal?.aborted) failed.push(run.name);
      yield { kind: "ended", run, result, problem, done: results.size, runs: runs.length };
    }
    const found = runs.map((run) => ({ number: run.number, result: results.get(run) }));
    const rows = rowsOf(sweep, found);
    const report = await writeSweepReport(path, sweep, rows);
    const ended = { done: results.size, runs: runs.length };
    // Stopped by its user, the sweep goes on another time, with what failed, too.
    if (signal?.aborted && results.size < runs.length)
      return yield { kind: "stopped", folder: path, ...ended };
    if (failed.length > 0)
      throw new HoneError("SWEEP_RUNS_FAILED", { folder: path, failed, runs: runs.length, report });
    yield { kind: "done", folder: path, report, rows };
  } finally {
    await lock.release();
  }
}

/** What runs are started with. */
interface Work {
  readonly sweep: SweepRecord;
  readonly path: string;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  readonly start: RunStarter;
}

type RunEvent =
  | Extract<SweepEvent, { readonly kind: "run" }>
  | Omit<Extract<SweepEvent, { readonly kind: "ended" }>, "done" | "runs">;

/** Starts the runs in their order, so many at a time, and tells of each when it begins and ends. None begins after the signal. */
async function* sideBySide(
  waiting: readonly SweepRun[],
  parallel: number,
  work: Work,
): AsyncGenerator<RunEvent, void> {
  const queue = [...waiting];
  const running = new Map<SweepRun, Promise<RunEvent>>();
  while (queue.length > 0 || running.size > 0) {
    while (running.size < parallel && queue.length > 0 && work.signal?.aborted !== true) {
      const run = queue.shift()!;
      const resumed = hasBegun(run);
      yield { kind: "run", run, resumed };
      running.set(run, toItsEnd(run, resumed, work));
    }
    if (running.size === 0) return;
    const ended = await Promise.race(running.values());
    running.delete(ended.run);
    yield ended;
  }
}

/** Never rejects: a run that cannot be started is told as ended, so that the others go on. */
async function toItsEnd(run: SweepRun, resumed: boolean, work: Work): Promise<RunEvent> {
  try {
    return await startedRun(run, resumed, work);
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    return { kind: "ended", run, result: undefined, problem };
  }
}

async function startedRun(run: SweepRun, resumed: boolean, work: Work): Promise<RunEvent> {
  const { sweep, path, threads, signal, start } = work;
  const command = `train ${sweep.train}`;
  const config = join(path, sweepFiles.configs, `${run.name}.json`);
  const log = join(path, sweepFiles.logs, `${run.name}.log`);
  await writeWhole(config, `${JSON.stringify(run.settings, null, 2)}\n`);
  const ownThreads = "threads" in settingsOfCommand(command) && !("threads" in run.settings);
  const words = [
    ...command.split(" "),
    ...["--config", config],
    ...(resumed ? ["--resume", run.folder] : ["--out", run.folder]),
    ...(ownThreads ? ["--threads", String(threads)] : []),
    "--json",
  ];
  const code = await start({ words, log, signal });
  const result = await resultOf(run);
  if (result !== undefined) return { kind: "ended", run, result, problem: undefined };
  const stopped = signal?.aborted === true && code !== 1;
  const problem = stopped ? "stopped and saved" : await failureText(run, { code, log });
  return { kind: "ended", run, result, problem };
}
