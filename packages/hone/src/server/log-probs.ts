/** The log-probs of a reply's tokens as OpenAI writes them. */
import type { TokenIds, Turn } from "../core/rollout.ts";
import type { OpenModel } from "./served-models.ts";
import type { WrittenLogProb } from "../messages/writers/chat-completions-writer.ts";

/**
 * Every sampled token with its text alone and its log-prob in nats, under the policy at temperature 1. A token that is a part
 * of a character has no text of its own, but bytes, where the model tells them; else they are null.
 */
export async function writtenLogProbs(
  { tokens, logProbs }: Pick<Turn, "tokens" | "logProbs">,
  decode: (tokens: TokenIds) => Promise<string>,
  tokenBytes?: OpenModel["tokenBytes"],
): Promise<WrittenLogProb[]> {
  const texts = await Promise.all(tokens.map((token) => decode([token])));
  const parts = tokens.filter((_, i) => isPart(texts[i]!));
  const bytes = parts.length === 0 ? [] : ((await tokenBytes?.(parts)) ?? []);
  const bytesOf = new Map(parts.map((token, i) => [token, bytes[i] ?? null]));
  return texts.map((token, i) => ({
    token,
    logprob: logProbs[i]!,
    bytes: isPart(token) ? (bytesOf.get(tokens[i]!) ?? null) : [...Buffer.from(token)],
    top_logprobs: [],
  }));
}

/** Whether a token's text alone is no whole characters. */
const isPart = (text: string): boolean => text.includes("\uFFFD");
