/** A recording chat model that remembers whether its last call failed, for agents that cannot hand the error on themselves. */
import { type ErrorCode, isError, isHoneError } from "../core/errors.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";

/** The same model, and its failure. */
export interface WatchedModel {
  readonly model: RecordingChatModel;
  /** The error of the policy with which the last call ended; undefined where that was answered. */
  readonly failure: () => unknown;
}

/**
 * What a request is refused with for what it holds, and what ends a call that its caller gave up. A prompt that does not fit is
 * not among them: how long a conversation grows is the policy's doing.
 */
const callersFaults: ReadonlySet<ErrorCode> = new Set([
  "OPTION_INVALID",
  "MESSAGES_INVALID",
  "FORMAT_SCHEMA_INVALID",
  "FORMAT_SCHEMA_UNSUPPORTED",
  "FORMAT_ALLOWS_NOTHING",
  "FORMAT_TOO_LARGE",
  "FORMAT_NO_TOKEN",
  "FORMAT_TOKENIZER_UNSUPPORTED",
  "CANCELLED",
]);

/** Errors that a request causes by itself are the caller's, and so is a call that the caller gave up. */
export const isCallersFault = (error: unknown): boolean =>
  isHoneError(error) && callersFaults.has(error.code);

/**
 * Watches the calls of a model. An outside program gets an error as an answer of HTTP and ends with an error of its own: by
 * `failure` it is known that the policy failed, and not the program.
 *
 * Calls may run side by side. An answer makes up for a failure only where it was asked for after the failure, and a call that
 * its caller gave up says nothing about the others.
 * @param onEnd called where what is known changes: with the error of the policy, or with undefined where a later call was answered
 */
export function watchedModel(
  model: RecordingChatModel,
  onEnd: (failure: unknown) => void = () => undefined,
): WatchedModel {
  let failure: unknown;
  let failureCount = 0;
  const end = (error: unknown): void => {
    failure = error;
    if (error !== undefined) failureCount++;
    onEnd(error);
  };
  /** What a call says at its end. A request that is refused for what it holds was answered. */
  const beginCall = () => {
    const before = failureCount;
    const answered = (): void => {
      if (before === failureCount) end(undefined);
    };
    const failed = (error: unknown): unknown => {
      const isGivenUp = isError(error, "CANCELLED") && failure !== undefined;
      const isOvertaken = isCallersFault(error) && before !== failureCount;
      if (model.isPolicyError(error) && !isGivenUp && !isOvertaken) end(error);
      return error;
    };
    return { answered, failed };
  };
  return {
    failure: () => failure,
    model: {
      get turns() {
        return model.turns;
      },
      isPolicyError: (error) => model.isPolicyError(error),
      languageModel: (version) => model.languageModel(version),
      async chat(...call) {
        const { answered, failed } = beginCall();
        try {
          const reply = await model.chat(...call);
          answered();
          return reply;
        } catch (error) {
          throw failed(error);
        }
      },
      async *stream(...call) {
        const { answered, failed } = beginCall();
        try {
          yield* model.stream(...call);
          answered();
        } catch (error) {
          throw failed(error);
        }
      },
    },
  };
}
