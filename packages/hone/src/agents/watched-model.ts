/** A recording chat model that remembers whether its last call failed, for agents that cannot hand the error on themselves. */
import type { RecordingChatModel } from "../ports/chat-model.ts";

/** The same model, and its failure. */
export interface WatchedModel {
  readonly model: RecordingChatModel;
  /** The error of the policy with which the last call ended; undefined where that was answered. */
  readonly failure: () => unknown;
}

/**
 * Watches the calls of a model. An outside program gets an error as an answer of HTTP and ends with an error of its own: by
 * `failure` it is known that the policy failed, and not the program.
 */
export function watchedModel(model: RecordingChatModel): WatchedModel {
  let failure: unknown;
  const watch = (error: unknown): unknown => {
    if (model.isPolicyError(error)) failure = error;
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
          failure = undefined;
          return reply;
        } catch (error) {
          throw watch(error);
        }
      },
      async *stream(...call) {
        try {
          yield* model.stream(...call);
          failure = undefined;
        } catch (error) {
          throw watch(error);
        }
      },
    },
  };
}
