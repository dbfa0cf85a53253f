/** The start of a training run: its folder, its state, and what is said before the first step. */
import { describeError, type HoneError } from "../../core/errors.ts";
import { inCode, type OptionNaming } from "../../core/option-naming.ts";
import { FEW_TASKS, widestHalf } from "../../evaluation/before-and-after.ts";
import { createRunFolder, resumeRunFolder } from "../../runs/open-run.ts";
import type { LoadedCheckpoint } from "../../runs/load-checkpoint.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { mayChange } from "./deadline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { shortPath } from "./run-figures.ts";
import { filterWarning } from "./sampling-filters.ts";
import { freshState, type RunState, stateOf } from "./run-state.ts";

/** Where the run writes, the caller's notes, and a warning where too few tasks are held out. */
export function* openingEvents(
  folder: string,
  options: Pick<
    PipelineOptions,
    "notes" | "warning" | "heldOut" | "sampling" | "phases" | "filtersInTraining"
  >,
): Generator<PipelineEvent> {
  const { notes = [], warning, heldOut, sampling, phases, filtersInTraining = true } = options;
  yield folderNote(folder);
  for (const text of notes) yield { kind: "note", text };
  for (const one of [warning ?? []].flat()) yield { kind: "warning", ...one };
  const filters = filterWarning(sampling, phases, filtersInTraining);
  if (filters !== undefined) yield { kind: "warning", ...filters };
  const { length: count } = heldOut.tasks;
  if (count === 0 || count >= FEW_TASKS) return;
  const noun = count === 1 ? "held-out task is" : "held-out tasks are";
  const text = `${count} ${noun} too few to say whether it gets better: success on them is known to ±${widestHalf(count).toFixed(2)}. Hold out ${FEW_TASKS} or more.`;
  yield { kind: "warning", code: "HELD_OUT_FEW", text };
}

/** The first event of a run: where it writes. */
export const folderNote = (folder: string): Extract<PipelineEvent, { readonly kind: "note" }> => ({
  kind: "note",
  text: `run folder ${shortPath(folder)}`,
  folder,
});

/** Warnings with the code and the words of an error, which name options in one way. */
export const warningsNaming =
  (naming: OptionNaming) =>
  (warning: HoneError): PipelineEvent => {
    const { what, fix } = describeError(warning, naming) ?? { what: warning.message, fix: "" };
    return { kind: "warning", code: warning.code, text: `${what} ${fix}`.trimEnd() };
  };

/** The warning that a program's options are named in as the program writes them. */
export const warningEvent = warningsNaming(inCode);

/** A checkpoint (or the pointer to it) that a resume skipped, with the step that the run goes on from instead. */
function skippedEvent(warning: HoneError, { manifest }: LoadedCheckpoint): PipelineEvent {
  const what = describeError(warning, inCode)?.what ?? warning.message;
  const text = `${what} The run goes on from ${manifest.section} step ${manifest.step}, the checkpoint before; later steps are computed again.`;
  return { kind: "warning", code: warning.code, text };
}

/** An open run folder, and where its run continues. */
export interface OpenedRun {
  readonly run: RunFolder;
  readonly state: RunState;
  /** The path of the checkpoint that the state is from; undefined for a run that starts at its first step. */
  readonly checkpoint: string | undefined;
  /** What of an earlier session was damaged, with what that costs. */
  readonly warnings: readonly PipelineEvent[];
}

/** A new run folder, or that of a stopped run with the state of its last checkpoint. */
export async function openRun(
  options: Pick<PipelineOptions, "name" | "config" | "out" | "resume" | "threads">,
): Promise<OpenedRun> {
  const { name, config, out, resume, threads } = options;
  const fromStart = { state: freshState, checkpoint: undefined, warnings: [] };
  if (resume === undefined) {
    const run = await createRunFolder({ name, config, threads, ...(out !== undefined && { out }) });
    return { run, ...fromStart };
  }
  const resumed = await resumeRunFolder({ folder: resume, config, threads, mayChange });
  const { run, checkpoint } = resumed;
  const damaged = resumed.warnings.map(warningEvent);
  if (checkpoint === undefined) return { run, ...fromStart, warnings: damaged };
  const skipped = checkpoint.warnings.map((warning) => skippedEvent(warning, checkpoint));
  return {
    run,
    state: stateOf(checkpoint),
    checkpoint: checkpoint.path,
    warnings: [...damaged, ...skipped],
  };
}
