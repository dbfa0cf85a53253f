/** The end of a run: writes the trained model as a folder that other tools read, result.json and report.md. */
import { join, relative } from "node:path";
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import type { IntervalRecord, Measurement } from "../../formats/result-format.ts";
import { writeReport } from "../../runs/report.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { type BeforeAndAfter, unknown } from "../../evaluation/before-and-after.ts";
import type { TrainResult } from "./pipeline-events.ts";

/** What `publishResult` writes. */
export interface ResultParts extends BeforeAndAfter {
  readonly run: RunFolder;
  readonly training: EngineTrainingClient;
  /** Wall time of the run, in seconds. */
  readonly seconds: number;
  /** Evaluations by their names: "start", "after sft". */
  readonly stages: ReadonlyMap<string, Evaluation>;
}

/** Writes the files of a finished run; returns their paths and the measurements. */
export async function publishResult(parts: ResultParts): Promise<TrainResult> {
  const { run, training, before, after, difference, seconds, stages } = parts;
  const checkpoint = await saveTrained(training, run.path);
  await run.saveResult({
    before: measurement(before),
    after: measurement(after),
    difference: {
      success: interval(difference.success),
      reward: interval(difference.reward ?? unknown),
    },
    seconds,
    checkpoint: relative(run.path, checkpoint),
    report: runFiles.report,
    stages: [...stages].map(([name, evaluation]) => ({
      name,
      measurement: measurement(evaluation),
    })),
  });
  const report = await writeReport(run.path);
  return { before, after, difference, seconds, checkpoint, report, folder: run.path };
}

/** Saves all weights into `model/` of a folder, or the adapter into `adapter/`; returns the path. */
export async function saveTrained(training: EngineTrainingClient, folder: string): Promise<string> {
  const path = join(folder, training.lora === undefined ? "model" : "adapter");
  if (training.lora === undefined) await training.saveModel(path, { replace: true });
  else await training.saveAdapter(path, { replace: true });
  return path;
}

const interval = ({ value, low, high }: Interval): IntervalRecord => ({ value, low, high });

function measurement({
  taskCount,
  rolloutCount,
  success,
  reward = unknown,
}: Evaluation): Measurement {
  const samplesPerTask = Math.round(rolloutCount / Math.max(1, taskCount));
  return { tasks: taskCount, samplesPerTask, success: interval(success), reward: interval(reward) };
}
