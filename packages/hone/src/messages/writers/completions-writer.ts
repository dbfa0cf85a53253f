/** Writes answers of OpenAI's Completions: whole ones, and the chunks of a stream. */
import type { KeptSet } from "../../core/kept-tokens.ts";
import type { StopReason, TokenIds } from "../../core/rollout.ts";
import type { CompletionHead, WrittenLogProb, WrittenUsage } from "./chat-completions-writer.ts";

/** A continuation of a prompt, or a piece of it. */
export interface WrittenText {
  readonly index: number;
  readonly text: string;
  /** Why it ended; undefined for a piece that is not the last. */
  readonly stopReason?: StopReason | undefined;
  /** Of the tokens of the text, where they were asked for. */
  readonly logProbs?: readonly WrittenLogProb[] | undefined;
  /** The tokens of the text, where they were asked for. */
  readonly tokens?: TokenIds | undefined;
  /** What training needs of the tokens, where it was asked for. */
  readonly training?: WrittenTraining | undefined;
}

/** What training needs of sampled tokens; log-probs in nats. */
export interface WrittenTraining {
  /** The hash of the weights. */
  readonly weights: string;
  readonly tokens: TokenIds;
  /** [N] under the policy at temperature 1. */
  readonly logProbs: readonly number[];
  /** [N] under the distribution that was sampled from. */
  readonly samplingLogProbs: readonly number[];
  readonly kept?: readonly KeptSet[] | undefined;
  readonly stopReason?: StopReason | undefined;
}

/** An answer, or a chunk of a stream. @param usage  null in chunks of a stream whose last one has it */
export function writeCompletion(
  head: CompletionHead,
  texts: readonly WrittenText[],
  usage?: WrittenUsage | null,
): object {
  return {
    ...head,
    object: "text_completion",
    choices: texts.map(writeChoice),
    ...(usage !== undefined && { usage }),
  };
}

function writeChoice(written: WrittenText): object {
  const { index, text, stopReason, logProbs, tokens, training } = written;
  return {
    index,
    text,
    logprobs: logProbs === undefined ? null : legacyLogProbs(logProbs),
    finish_reason: stopReason === undefined ? null : stopReason === "length" ? "length" : "stop",
    ...(tokens !== undefined && { token_ids: tokens }),
    ...(training !== undefined && { training: writeTraining(training) }),
  };
}

const writeTraining = (training: WrittenTraining): object => ({
  weights: training.weights,
  token_ids: training.tokens,
  log_probs: training.logProbs,
  sampling_log_probs: training.samplingLogProbs,
  ...(training.kept !== undefined && { kept: training.kept }),
  stop_reason: training.stopReason ?? null,
});

/** Lists side by side; the offsets are in characters of the text. */
function legacyLogProbs(logProbs: readonly WrittenLogProb[]): object {
  let offset = 0;
  return {
    tokens: logProbs.map(({ token }) => token),
    token_logprobs: logProbs.map(({ logprob }) => logprob),
    top_logprobs: null,
    text_offset: logProbs.map(({ token }) => {
      const at = offset;
      offset += token.length;
      return at;
    }),
  };
}
