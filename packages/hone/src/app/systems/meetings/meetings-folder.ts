/** Where `hone run meetings` writes: one run folder with the data, the models, the trajectories, the report, and a run for each training. */
import { cp, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../../../runs/run-files.ts";

/** The paths in the run folder. */
export const meetingFiles = {
  data: "data/sft_training_data.csv",
  sftRun: "sft",
  dpoRun: "dpo",
  sftModel: "models/sft_prediction_model_gemma_270m",
  adapter: "models/dpo_aligned_adapter",
  alignedModel: "models/dpo_aligned_model",
  traces: "trajectories/agent_traces.json",
  pairs: "trajectories/preference_pairs.json",
  statistics: "trajectories/statistics.json",
  begun: "trajectories/begun.jsonl",
  report: "results/evaluation_report.md",
} as const;

/** The same as absolute paths. */
export type MeetingPaths = Readonly<Record<keyof typeof meetingFiles | "folder", string>>;

/** The paths in a folder. */
export function meetingPaths(folder: string): MeetingPaths {
  const at = (path: string): string => join(resolve(folder), path);
  return {
    folder: resolve(folder),
    data: at(meetingFiles.data),
    sftRun: at(meetingFiles.sftRun),
    dpoRun: at(meetingFiles.dpoRun),
    sftModel: at(meetingFiles.sftModel),
    adapter: at(meetingFiles.adapter),
    alignedModel: at(meetingFiles.alignedModel),
    traces: at(meetingFiles.traces),
    pairs: at(meetingFiles.pairs),
    statistics: at(meetingFiles.statistics),
    begun: at(meetingFiles.begun),
    report: at(meetingFiles.report),
  };
}

/** Copies a folder so that it appears whole or not at all. */
export async function copyFolder(from: string, to: string): Promise<void> {
  const unfinished = `${to}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await makeFolder(dirname(to));
  await cp(from, unfinished, { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(unfinished, to);
}

/** The parts that are copied where the project's own folders are. */
const ofLayout = ["data", "models", "trajectories", "results"];

/** Copies data, models, trajectories and results into a folder of the user's, over older ones of the same names. */
export async function copyLayout(folder: string, to: string): Promise<void> {
  for (const part of ofLayout)
    await cp(join(folder, part), join(resolve(to), part), { recursive: true }).catch(ifThere);
}

/** A phase that was not run has no folder to copy. */
function ifThere(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
