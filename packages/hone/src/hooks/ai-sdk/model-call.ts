/** One attempt of the AI SDK at a model call, run as a part of it: what it throws is noted, a stream is watched to its end. */
import type { AiSdkRun } from "./run.ts";
import { safely } from "../../recording/safely.ts";
import { watchStream } from "./stream.ts";

/** A call of the SDK as those know it who hear of its model calls. */
export interface CallState {
  readonly run: AiSdkRun;
  /** How often the SDK tries again. */
  readonly maxRetries: number;
  /** False where the app keeps what models say out of telemetry. */
  readonly keepsOutputs: boolean;
  /** An error that a stream told of; the SDK goes on to its end as if there were none. */
  streamError: { readonly error: unknown } | undefined;
}

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
      onCancel: (reason) => leave(state, reason),
    });
    if (keepsOutputs && seen !== undefined) run.watch(seen);
    else seen?.release();
  });
  return result;
}

/** The SDK reached the end of the call by itself. */
export function endRun({ run, streamError }: CallState, told?: unknown): void {
  const error = streamError?.error ?? told ?? undefined;
  if (error === undefined) run.end("completed");
  else run.fail(error);
}

/** Who stops reading gives no other sign; who aborts or tries again is heard of soon. */
function leave({ run, streamError }: CallState, reason: unknown): void {
  if (!run.isCalling) return;
  if (streamError !== undefined) run.failPrompt(streamError.error);
  else if (run.isAbort(reason)) run.failPrompt(reason);
  else run.endPromptEarly({ attributes: { "hone.stopped": "by the consumer" } });
  run.endSoon();
}
