/** The log-probs of a reply's tokens as OpenAI writes them. */
import type { TokenIds, Turn } from "../core/rollout.ts";
import type { WrittenLogProb } from "../messages/writers/chat-completions-writer.ts";

/**
 * Every sampled token with its text alone and its log-prob in nats, under the policy at temperature 1. A token that is a part
 * of a character has no text of its own; its bytes are then null.
 */
export async function writtenLogProbs(
  { tokens, logProbs }: Pick<Turn, "tokens" | "logProbs">,
  decode: (tokens: TokenIds) => Promise<string>,
): Promise<WrittenLogProb[]> {
  const texts = await Promise.all(tokens.map((token) => decode([token])));
  return texts.map((token, i) => ({
    token,
    logprob: logProbs[i]!,
    bytes: token.includes("\uFFFD") ? null : [...Buffer.from(token)],
    top_logprobs: [],
  }));
}
