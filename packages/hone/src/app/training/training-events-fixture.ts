/** A training as its command line would start it: from flags to events. */
import { trainingOf } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { runTraining } from "./run-training.ts";
import { settingsOfTraining } from "./training-settings.ts";

/** What to start, and with which flags. */
export interface StartedTraining {
  readonly name: "grpo" | "sft";
  readonly flags: Readonly<Record<string, unknown>>;
  /** The run to resume. Default: a new one. */
  readonly resumed?: string | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/** The events of a training up to its end, and the error that ended it; undefined without one. */
export async function trainingEvents({ name, flags, resumed, signal }: StartedTraining): Promise<{
  readonly events: readonly PipelineEvent[];
  readonly error: unknown;
}> {
  const training = trainingOf(name);
  const table = settingsOfTraining(training);
  const events: PipelineEvent[] = [];
  try {
    const { settings, resume } = await resolveSettings(table, { flags, resume: resumed });
    for await (const event of runTraining({ name, training, settings, resume, signal }))
      events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

/** The events of a training that ends well. @throws the error that ended it */
export async function eventsOfTraining(
  started: StartedTraining,
): Promise<readonly PipelineEvent[]> {
  const { events, error } = await trainingEvents(started);
  if (error !== undefined) throw error;
  return events;
}
