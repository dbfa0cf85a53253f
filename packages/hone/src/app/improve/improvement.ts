/** What improvements by any method share: their inputs, what a run records, and how its result is put into service. */
import { shownAddress } from "../../core/shown-address.ts";
import { lastingAddress } from "../open-store.ts";
import type { PromptEvent } from "../prompts/prompt-events.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { checkMethod } from "./check-method.ts";
import { type ImproveInputs, inputFiles, keptInputs, makeInputs } from "./improve-inputs.ts";
import { type ImproveSettings, recordingSettings } from "./improve-settings.ts";
import { agentNamed } from "./outside-agent.ts";
import { onRecording, type Recording } from "./replayed-training.ts";
import { promptNotes, servingNotes } from "./serving-notes.ts";

/** How an improvement is run. */
export interface ImproveOptions {
  /** The folder of a stopped run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/** An improvement under way. */
export interface Improvement extends ImproveOptions, Recording {
  readonly settings: ImproveSettings;
}

/**
 * The events of an improvement.
 * @param train  learns, with the inputs at hand
 * @throws as `checkMethod`, `agentNamed`, `makeInputs` and `train`
 */
export async function* improving<Event extends PipelineEvent | PromptEvent>(
  settings: ImproveSettings,
  { resume, signal }: ImproveOptions,
  train: (improvement: Improvement) => AsyncGenerator<Event, void>,
): ReturnType<typeof onRecording<Event>> {
  checkMethod(settings);
  agentNamed(settings);
  yield* onRecording({
    makeInputs: async (place) =>
      resume === undefined
        ? makeInputs({ url: lastingAddress(settings.store) }, settings, place)
        : keptInputs(resume, settings),
    train: (recording) => train({ ...recording, settings, resume, signal }),
    endingNotes: (folder) =>
      settings.method === "prompt" ? promptNotes(folder, settings) : servingNotes(folder, settings),
  });
}

/** What the run records of the recording, whose files lie in its folder under names of their own. */
export const settledOf = (settings: ImproveSettings, { data }: ImproveInputs) => ({
  tasks: inputFiles.tasks,
  ...(data !== undefined && { data: inputFiles.data }),
  improve: {
    ...Object.fromEntries(
      Object.keys(recordingSettings).flatMap((key) => {
        const value = settings[key as keyof typeof recordingSettings];
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    store: shownAddress(lastingAddress(settings.store)),
  },
});
