/** The run to resume: whether it was started by this command with these settings, and whether it is finished already. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ErrorFacts, HoneError, isError } from "../../core/errors.ts";
import { findLatest } from "../../runs/load-checkpoint.ts";
import { changesOf, readRunRecord } from "../../runs/open-run.ts";
import { readResult } from "../../runs/report-data.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { mayChange } from "./deadline.ts";
import { furtherCommand, newRunCommand, resumeCommand, startedBy } from "./further-command.ts";
import { flagOf } from "./setting-rules.ts";
import { settingsOfCommand } from "./command-settings.ts";
import { beforeAndAfter } from "../../evaluation/before-and-after.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { stateOf } from "./run-state.ts";

type Config = Readonly<Record<string, unknown>>;

/** @throws RUN_NOT_FOUND, FILE_DAMAGED; RUN_OF_ANOTHER_COMMAND, RUN_CONFIG_CHANGED for a run that cannot be resumed like this */
export async function checkSameRun(
  folder: string,
  config: Config,
  changeable: readonly string[] = mayChange,
): Promise<void> {
  const record = await readRunRecord(folder);
  const { command: given } = config;
  if (record.config["command"] !== given) {
    throw new HoneError("RUN_OF_ANOTHER_COMMAND", {
      folder,
      command: startedBy(record.config["command"]),
      given: startedBy(given),
      resume: resumeCommand(folder, record.config),
    });
  }
  const changes = changesOf(record, config, changeable);
  if (changes.length === 0) return;
  throw new HoneError("RUN_CONFIG_CHANGED", {
    ...{ folder, changes },
    ...wayOut(folder, { before: record.config, after: config, changeable }),
  });
}

/** Other settings are those of a new run: one like it, or one that trains its model further. */
function wayOut(
  folder: string,
  {
    before,
    after,
    changeable,
  }: { readonly before: Config; readonly after: Config; readonly changeable: readonly string[] },
): Partial<ErrorFacts<"RUN_CONFIG_CHANGED">> {
  const anew = newRunCommand(after);
  if (anew === undefined) return { further: furtherCommand(folder, before, after) };
  const table = settingsOfCommand(after["command"]);
  return { anew, changeable: changeable.filter((key) => Object.hasOwn(table, key)).map(flagOf) };
}

/** The parts of a run that its finished result depends on. */
export interface RunPlan {
  readonly config: Config;
  readonly phases: readonly {
    readonly name: string;
    readonly algorithm: { readonly steps: number };
  }[];
  readonly seed: number;
}

function undefinedIfDamaged(error: unknown): undefined {
  if (!isError(error, "FILE_DAMAGED")) throw error;
}

/** The result of a finished run, read from its files; undefined for a run that was stopped. Writes nothing. */
export async function finishedRun(
  given: string,
  { config, phases, seed }: RunPlan,
): Promise<Extract<PipelineEvent, { readonly kind: "finished" }> | undefined> {
  const folder = resolve(given);
  // A damaged result is written anew at the end of the resumed run.
  const record = await readResult(folder).catch(undefinedIfDamaged);
  const report = join(folder, runFiles.report);
  // The report is written last, so a run with a report is finished.
  if (record?.checkpoint === undefined || !existsSync(report)) return undefined;
  const checkpoint = await findLatest(join(folder, runFiles.checkpoints));
  const state = checkpoint && stateOf(checkpoint);
  // A run whose last checkpoint is damaged continues from the one before it.
  if (state === undefined || state.phase < phases.length) return undefined;
  const evaluations = state.evaluations.map(({ name, evaluation }) => [name, evaluation] as const);
  const measured = beforeAndAfter(new Map(evaluations), phases, seed);
  const trained = join(folder, record.checkpoint);
  const { parameters, seconds, warnings = [], baselines = [] } = record;
  const kept = { parameters, warnings, baselines, seconds };
  const head = existsSync(join(folder, runFiles.valueHead)) && { isRewardModel: true as const };
  const result = { ...measured, ...kept, ...head, checkpoint: trained, report, folder };
  const done = phases.map(({ name, algorithm }) => ({ name, steps: algorithm.steps }));
  return { kind: "finished", phases: done, result, further: furtherCommand(given, config) };
}
