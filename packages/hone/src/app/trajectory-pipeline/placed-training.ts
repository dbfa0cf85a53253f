/** A training of the table with a place of its own in a pipeline: begun there, or resumed where it was stopped. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { seedKeysOf } from "../seed-keys/seed-keys.ts";
import { resolveSettings } from "../training/config.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { runTraining, type TrainingRun } from "../training/run-training.ts";
import type { OwnSettings, Training } from "../training/training.ts";
import { defaultsOfTraining, settingsOfTraining } from "../training/training-settings.ts";
import type { TrainingName } from "../trainings.ts";

/** Where a training writes, and its settings. */
interface PlacedOptions<Source extends AlgorithmSource> extends Pick<
  TrainingRun<Source>,
  "open" | "origin" | "signal"
> {
  readonly out: string;
  /** Settings that win over those of the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** A file of settings, as `hone train` reads it with --config. Default: none. */
  readonly file?: string | undefined;
  readonly threads?: number | undefined;
}

/** A training that can be run. */
export interface PlacedTraining {
  readonly events: AsyncGenerator<PipelineEvent, void>;
  /** What of the file of settings has no effect, with the reason. */
  readonly notices: readonly string[];
}

/** Whether a training has ended in a folder. */
export const isTrained = (folder: string): boolean => existsSync(join(folder, runFiles.result));

/** @throws as `resolveSettings`; the events as `runTraining` */
export async function placedTraining<
  Source extends AlgorithmSource,
  Own extends OwnSettings<Source>,
>(
  name: TrainingName,
  training: Training<Source, Own>,
  { out, flags, file, threads, ...run }: PlacedOptions<Source>,
): Promise<PlacedTraining> {
  const isStopped = existsSync(join(out, runFiles.run));
  const { settings, resume, notices } = await resolveSettings(settingsOfTraining(training), {
    flags: { threads, ...flags, ...(!isStopped && { out }) },
    ...{ file, seedKeys: seedKeysOf(`train ${name}`), defaults: defaultsOfTraining(training) },
    ...(isStopped && { resume: out }),
  });
  return { events: runTraining({ ...run, name, training, settings, resume }), notices };
}
