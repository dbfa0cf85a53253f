/** The end of a run: the trained model as a folder that other tools read, result.json, report.md. */
import { join, relative } from "node:path";
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import type { IntervalRecord, Measurement } from "../../formats/result-format.ts";
import { writeReport } from "../../runs/report.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { type BeforeAndAfter, unknown } from "../../evaluation/before-and-after.ts";
import type { TrainResult } from "./pipeline-events.ts";

export interface ResultParts extends BeforeAndAfter {
  readonly run: RunFolder;
  readonly training: EngineTrainingClient;
  readonly seconds: number;
  readonly stages: ReadonlyMap<string, Evaluation>;
}

/** Writes everything a finished run leaves behind and says where it is. */
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

/** Saves what was trained into `model/` (all weights) or `adapter/` of a folder; its path. */
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
