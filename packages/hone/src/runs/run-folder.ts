/**
 * The folder of one run: its configuration and environment, its progress, and its result.
 *
 *     run.json  environment.json  lock.json        configuration, machine, the process that writes it
 *     metrics.jsonl  samples.jsonl  tensorboard/   grow while it runs
 *     trained.jsonl                                likewise: what each step did with the tokens of its rollouts
 *     checkpoints/  batches/                       whole or absent
 *     result.json  report.md  report.html  pictures/   written at the end
 *     model/ | adapter/ | adapters/<name>/         what was trained: all weights, an adapter, or those of a team
 *     rollouts.db                                  a store of traces: every rollout with its tokens
 *     value_head.safetensors                       of a reward model: the weights of its head, beside `adapter/` or `model/`
 *     judge.json                                   what the judge of the rewards has used
 *     prompts.json  paid.jsonl                     of a search for prompts: its candidates, and what was paid for
 *     failure.json                                 the error that the run ended with, until it is resumed
 */
import { join } from "node:path";
import { isError, isHoneError, messageOf } from "../core/errors.ts";
import { writeFormat } from "../formats/format.ts";
import { resultFormat } from "../formats/result-format.ts";
import type { ResultRecord } from "../formats/result-format.ts";
import { batchFormat, failureFormat } from "../formats/run-format.ts";
import type { RunRecord } from "../formats/run-format.ts";
import { sampleRow, samplesFormat } from "../formats/samples-format.ts";
import { trainedFormat, trainedStepRow } from "../formats/trained-format.ts";
import type { Rollout } from "../core/rollout.ts";
import type { TrainedStep } from "../core/trained-rollout.ts";
import type { Tracker } from "../ports/tracker.ts";
import type { AppendLog } from "./append-log.ts";
import type { CheckpointOptions, CheckpointWriter, SavedCheckpoint } from "./checkpoints.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Retention } from "./checkpoints.ts";
import { appendRow, openJsonlLog } from "./jsonl-log.ts";
import type { FolderLock } from "./lock.ts";
import { combineTrackers, MetricsTracker } from "./metrics.ts";
import { TensorBoardTracker } from "./tensorboard.ts";
import { makeFolder, writeWhole } from "./run-files.ts";

/** The paths of files inside a run folder. */
export const runFiles = {
  run: "run.json",
  environment: "environment.json",
  metrics: "metrics.jsonl",
  samples: "samples.jsonl",
  trained: "trained.jsonl",
  events: "tensorboard/events.out.tfevents.0.hone",
  checkpoints: "checkpoints",
  batches: "batches",
  result: "result.json",
  report: "report.md",
  failure: "failure.json",
  judge: "judge.json",
  rollouts: "rollouts.db",
  valueHead: "value_head.safetensors",
  adapters: "adapters",
  weights: "weights",
  reference: "reference",
  prompts: "prompts.json",
  paid: "paid.jsonl",
  pictures: "pictures",
} as const;

/** A run folder that this process has locked and writes. `createRunFolder` and `resumeRunFolder` open one. */
export class RunFolder {
  readonly path: string;
  readonly record: RunRecord;
  readonly checkpoints: Checkpoints;
  /** Writes metrics to metrics.jsonl and to TensorBoard. */
  readonly tracker: Tracker;
  readonly #logs: Readonly<Record<string, AppendLog>>;
  readonly #lock: FolderLock;

  private constructor(
    path: string,
    record: RunRecord,
    checkpoints: Checkpoints,
    lock: FolderLock,
    keep: Readonly<Record<string, number>> | undefined,
  ) {
    this.path = path;
    this.record = record;
    this.checkpoints = checkpoints;
    this.#lock = lock;
    const metrics = new MetricsTracker(join(path, runFiles.metrics), keep?.[runFiles.metrics]);
    const events = new TensorBoardTracker(join(path, runFiles.events), keep?.[runFiles.events]);
    const samples = openJsonlLog(
      join(path, runFiles.samples),
      samplesFormat,
      keep?.[runFiles.samples],
    );
    const trained = openJsonlLog(
      join(path, runFiles.trained),
      trainedFormat,
      keep && (keep[runFiles.trained] ?? 0),
    );
    this.tracker = combineTrackers([metrics, events]);
    this.#logs = {
      [runFiles.metrics]: metrics.log,
      [runFiles.events]: events.log,
      [runFiles.samples]: samples,
      [runFiles.trained]: trained,
    };
  }

  /**
   * Opens the logs and the checkpoints of a folder whose lock is held.
   * @param keep  lengths to cut the logs back to, from a checkpoint; undefined keeps every whole row
   */
  static async open(
    path: string,
    record: RunRecord,
    lock: FolderLock,
    options: { retention?: Retention; keep?: Readonly<Record<string, number>> } = {},
  ): Promise<RunFolder> {
    await makeFolder(join(path, "tensorboard"));
    const checkpoints = await Checkpoints.open(join(path, runFiles.checkpoints), options.retention);
    return new RunFolder(path, record, checkpoints, lock, options.keep);
  }

  /** Appends a rollout to samples.jsonl. */
  addSample(section: string, step: number, rollout: Rollout): void {
    appendRow(this.#logs[runFiles.samples]!, sampleRow(section, step, rollout));
  }

  /** Appends what a step did with its rollouts to trained.jsonl. */
  addTrained(phase: string, step: number, trained: TrainedStep): void {
    appendRow(this.#logs[runFiles.trained]!, trainedStepRow(phase, step, trained));
  }

  /** Saves a checkpoint with the current lengths of the logs. @throws as `Checkpoints.save` */
  saveCheckpoint(
    options: Omit<CheckpointOptions, "logs">,
    write: CheckpointWriter,
  ): Promise<SavedCheckpoint> {
    const logs: Record<string, number> = {};
    for (const [name, log] of Object.entries(this.#logs)) {
      log.sync();
      logs[name] = log.length;
    }
    return this.checkpoints.save({ ...options, logs }, write);
  }

  /** Saves a batch that broke training; returns the path of its file. Can be passed on as a function. */
  readonly saveBatch = async (name: string, data: unknown): Promise<string> => {
    const safeName = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^\.+/, "") || "batch";
    const path = join(this.path, runFiles.batches, `${safeName}.json`);
    await makeFolder(join(this.path, runFiles.batches));
    const content = { savedAt: new Date().toISOString(), data };
    await writeWhole(path, writeFormat(batchFormat, content));
    return path;
  };

  /** Writes result.json. */
  async saveResult(result: ResultRecord): Promise<void> {
    await writeWhole(join(this.path, runFiles.result), writeFormat(resultFormat, result));
  }

  /** Writes failure.json: the run is shown as failed until it is resumed. A run that was stopped did not fail. */
  async saveFailure(error: unknown): Promise<void> {
    if (isError(error, "CANCELLED")) return;
    const code = isHoneError(error) ? error.code : "INTERNAL";
    const content = { code, message: messageOf(error), failedAt: new Date().toISOString() };
    try {
      await writeWhole(join(this.path, runFiles.failure), writeFormat(failureFormat, content));
    } catch {
      // The error of the run is what its caller is told, also where the disk is full.
    }
  }

  /** Closes the logs and releases the lock. */
  async close(): Promise<void> {
    await this.tracker.close();
    this.#logs[runFiles.samples]!.close();
    this.#logs[runFiles.trained]!.close();
    await this.#lock.release();
  }
}
