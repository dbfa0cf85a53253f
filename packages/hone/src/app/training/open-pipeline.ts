/** The start of a training run: its folder, where it stands, and what is said before the first step. */
import type { Task } from "../../core/rollout.ts";
import { createRunFolder, resumeRunFolder } from "../../runs/open-run.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { FEW_TASKS, widestHalf } from "../../evaluation/before-and-after.ts";
import type { PipelineOptions } from "./pipeline-session.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { freshState, type RunState, stateOf } from "./run-state.ts";

/** Where the run writes, what its caller has to say, and whether enough is held out. */
export function* openingEvents(
  folder: string,
  { notes = [], tasks }: Pick<PipelineOptions<Task, never>, "notes" | "tasks">,
): Generator<PipelineEvent> {
  for (const text of [`run folder ${folder}`, ...notes]) yield { kind: "note", text };
  const { length: count } = tasks.test;
  if (count === 0 || count >= FEW_TASKS) return;
  const noun = count === 1 ? "held-out task is" : "held-out tasks are";
  const text = `${count} ${noun} too few to say whether it gets better: success on them is known to ±${widestHalf(count).toFixed(2)}. Hold out ${FEW_TASKS} or more.`;
  yield { kind: "warning", code: "HELD_OUT_FEW", text };
}

interface OpenedState {
  readonly value: RunState;
  readonly checkpoint: string | undefined;
}

/** A new run folder, or that of a stopped run with what its last checkpoint says. */
export async function openRun(
  options: Pick<PipelineOptions<Task, unknown>, "name" | "config" | "out" | "resume">,
): Promise<{ readonly run: RunFolder; readonly state: OpenedState }> {
  const { name, config, out, resume } = options;
  if (resume === undefined) {
    const run = await createRunFolder({ name, config, ...(out === undefined ? {} : { out }) });
    return { run, state: { value: freshState, checkpoint: undefined } };
  }
  const { run, checkpoint } = await resumeRunFolder({ folder: resume, config });
  if (checkpoint === undefined) return { run, state: { value: freshState, checkpoint: undefined } };
  return { run, state: { value: stateOf(checkpoint), checkpoint: checkpoint.path } };
}
