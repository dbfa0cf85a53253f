/** The start of a training run: its folder, its state, and what is said before the first step. */
import { describeError, type HoneError } from "../../core/errors.ts";
import { inCode } from "../../core/option-naming.ts";
import { FEW_TASKS, widestHalf } from "../../evaluation/before-and-after.ts";
import { createRunFolder, resumeRunFolder } from "../../runs/open-run.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { mayChange } from "./deadline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { freshState, type RunState, stateOf } from "./run-state.ts";

/** Where the run writes, the caller's notes, and a warning where too few tasks are held out. */
export function* openingEvents(
  folder: string,
  { notes = [], warning, heldOut }: Pick<PipelineOptions, "notes" | "warning" | "heldOut">,
): Generator<PipelineEvent> {
  for (const text of [`run folder ${folder}`, ...notes]) yield { kind: "note", text };
  if (warning !== undefined) yield { kind: "warning", ...warning };
  const { length: count } = heldOut.tasks;
  if (count === 0 || count >= FEW_TASKS) return;
  const noun = count === 1 ? "held-out task is" : "held-out tasks are";
  const text = `${count} ${noun} too few to say whether it gets better: success on them is known to ±${widestHalf(count).toFixed(2)}. Hold out ${FEW_TASKS} or more.`;
  yield { kind: "warning", code: "HELD_OUT_FEW", text };
}

/** A warning with the code and the words of an error. */
export function warningEvent(warning: HoneError): PipelineEvent {
  const { what, fix } = describeError(warning, inCode) ?? { what: warning.message, fix: "" };
  return { kind: "warning", code: warning.code, text: `${what} ${fix}`.trimEnd() };
}

/** An open run folder, and where its run continues. */
export interface OpenedRun {
  readonly run: RunFolder;
  readonly state: RunState;
  /** The path of the checkpoint that the state is from; undefined for a run that starts at its first step. */
  readonly checkpoint: string | undefined;
}

/** A new run folder, or that of a stopped run with the state of its last checkpoint. */
export async function openRun(
  options: Pick<PipelineOptions, "name" | "config" | "out" | "resume">,
): Promise<OpenedRun> {
  const { name, config, out, resume } = options;
  const fromStart = { state: freshState, checkpoint: undefined };
  if (resume === undefined) {
    const run = await createRunFolder({ name, config, ...(out === undefined ? {} : { out }) });
    return { run, ...fromStart };
  }
  const { run, checkpoint } = await resumeRunFolder({ folder: resume, config, mayChange });
  if (checkpoint === undefined) return { run, ...fromStart };
  return { run, state: stateOf(checkpoint), checkpoint: checkpoint.path };
}
