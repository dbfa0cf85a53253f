/** A training run from its folder to its report. */
import type { HoneError } from "../../core/errors.ts";
import { openEngine } from "../../engine/engine.ts";
import { checkSameRun, finishedRun } from "./earlier-run.ts";
import { openingEvents, openRun, type OpenedRun, warningEvent } from "./open-pipeline.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { PipelineSession, type SessionParts } from "./pipeline-session.ts";
import { openRecorder } from "./stored/open-recorder.ts";
import { openQueuedRollouts } from "../workers/queued-rollouts.ts";
import { RunWarnings } from "./run-warnings.ts";
import { resumedFolder } from "./resumed-folder.ts";

/**
 * Runs the phases one after the other, and measures held-out tasks before and after each. The last event is "done",
 * "stopped" after the signal, or "finished" for a run that had ended before.
 *
 * The state between two steps is the client's weights and optimizer, the phase, the step, and what was measured. All
 * randomness is a function of (seed, phase, step), so a resumed run continues exactly as an uninterrupted one would.
 * @throws RUN_OF_ANOTHER_COMMAND, RUN_CONFIG_CHANGED for a run that cannot be resumed like this; what the engine and the
 *         algorithms throw
 */
export async function* runPipeline(given: PipelineOptions): AsyncGenerator<PipelineEvent, void> {
  const { resume: name, config } = given;
  const resume = name === undefined ? undefined : await resumedFolder(name);
  const options = { ...given, resume };
  if (resume !== undefined) {
    await checkSameRun(resume, config);
    const finished = await finishedRun(resume, options);
    if (finished !== undefined) return yield finished;
  }
  await options.findModel?.();
  const opened = await openRun(options);
  const { run, state } = opened;
  const runWarnings = new RunWarnings(state.warnings);
  try {
    for await (const event of sessionEvents(opened, runWarnings, options)) {
      runWarnings.add(event);
      yield event;
    }
  } catch (error) {
    await run.saveFailure(error);
    throw error;
  } finally {
    await run.close();
  }
}

/** The events of one session of a run: what is said at its start, and its work with the model open. */
async function* sessionEvents(
  { warnings: damaged, ...opened }: OpenedRun,
  runWarnings: RunWarnings,
  options: PipelineOptions,
): AsyncGenerator<PipelineEvent, void> {
  const { run } = opened;
  const { threads, signal } = options;
  yield* openingEvents(run.path, options);
  yield* damaged;
  const modelFolder = await options.prepareModel(run.path);
  const warnings: HoneError[] = [];
  const engine = await openEngine(modelFolder, {
    onWarning: (warning) => warnings.push(warning),
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    yield* warnings.map(warningEvent);
    const recorder = await openRecorder(run, engine.renderer, options);
    try {
      const parts = { options, ...opened, engine, recorder, runWarnings };
      yield* queuedEvents(parts, modelFolder);
    } finally {
      await recorder.close();
    }
  } finally {
    await engine.close();
  }
}

/** The events of the session's work, whose rollouts go into the queue of the options. */
async function* queuedEvents(
  parts: Omit<SessionParts, "queued">,
  model: string,
): AsyncGenerator<PipelineEvent, void> {
  const { options, run, engine } = parts;
  const queued = options.queue && (await openQueuedRollouts(options.queue, { run, engine, model }));
  let hasEnded = false;
  try {
    yield* new PipelineSession({ ...parts, queued }).events();
    hasEnded = true;
  } finally {
    await queued?.close({ hasEnded });
  }
}
