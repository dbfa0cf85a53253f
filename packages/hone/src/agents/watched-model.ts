/** A recording chat model that remembers whether its last call failed, for agents that cannot hand the error on themselves. */
import { isHoneError } from "../core/errors.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";

/** The same model, and its failure. */
export interface WatchedModel {
  readonly model: RecordingChatModel;
  /** The error of the policy with which the last call ended; undefined where that was answered. */
  readonly failure: () => unknown;
}

/** Errors that a request causes by itself are the caller's, and so is a call that the caller gave up. */
export const isCallersFault = (error: unknown): boolean =>
  isHoneError(error) && /^(?:OPTION_|MESSAGES_|CANCELLED$)/.test(error.code);

/**
 * Watches the calls of a model. An outside program gets an error as an answer of HTTP and ends with an error of its own: by
 * `failure` it is known that the policy failed, and not the program.
 * @param onEnd called at the end of each call: with the error of the policy, or with undefined where it was answered
 */
export function watchedModel(
  model: RecordingChatModel,
  onEnd: (failure: unknown) => void = () => undefined,
): WatchedModel {
  let failure: unknown;
  const end = (error: unknown): void => {
    failure = error;
    onEnd(error);
  };
  const watch = (error: unknown): unknown => {
    if (model.isPolicyError(error)) end(error);
    return error;
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
        try {
          const reply = await model.chat(...call);
          end(undefined);
          return reply;
        } catch (error) {
          throw watch(error);
        }
      },
      async *stream(...call) {
        try {
          yield* model.stream(...call);
          end(undefined);
        } catch (error) {
          throw watch(error);
        }
      },
    },
  };
}
