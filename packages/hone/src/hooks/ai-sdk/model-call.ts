/** Runs the attempts of the AI SDK at a model call, notes their errors, and watches the streams of their answers. */
import type { AiSdkRun } from "./run.ts";
import { safely } from "../../recording/safely.ts";
import { watchStream } from "./stream.ts";

/** State of one SDK call, shared by its event handlers. */
export interface CallState {
  readonly run: AiSdkRun;
  /** How often the SDK repeats a model call that failed. */
  readonly maxRetries: number;
  /** False where the app keeps the answers of models out of telemetry. */
  readonly keepsOutputs: boolean;
  /** An error that a part of a stream reported; the SDK reads on to the end of the stream as if there were none. */
  streamError: { readonly error: unknown } | undefined;
}

/** Runs one attempt at the running model call. */
export async function callModel<T>(state: CallState, execute: () => PromiseLike<T>): Promise<T> {
  const { run, keepsOutputs } = state;
  const result = await run.attempt(execute);
  state.streamError = undefined;
  safely(() => {
    const seen = watchStream(result, {
      onPartError: (error) => void (state.streamError = { error }),
      onError: (error) => {
        run.failPrompt(error);
        run.endSoon(error);
      },
      onCancel: (reason) => streamCancelled(state, reason),
    });
    if (keepsOutputs && seen !== undefined) run.watch(seen);
    else seen?.release();
  });
  return result;
}

/**
 * Ends the call as the SDK reports its end.
 *
 * @param reported  the error that the SDK reports, if it does
 */
export function endRun({ run, streamError }: CallState, reported?: unknown): void {
  const error = streamError?.error ?? reported ?? undefined;
  if (error === undefined) run.end("completed");
  else run.fail(error);
}

/** Ends the model call whose stream was cancelled. Whether the SDK's call goes on shows soon: only an abort or a retry is reported. */
function streamCancelled({ run, streamError }: CallState, reason: unknown): void {
  if (!run.isCalling) return;
  if (streamError !== undefined) run.failPrompt(streamError.error);
  else if (run.isAbort(reason)) run.failPrompt(reason);
  else run.endPromptEarly({ attributes: { "hone.stopped": "by the consumer" } });
  run.endSoon();
}
