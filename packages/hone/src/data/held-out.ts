/** Which of a file's conversations are learned and which are kept to measure on. */
import { randomBits } from "../core/random.ts";
import type { Conversation } from "./conversations.ts";

export interface HeldOutOptions {
  /** Share to keep, rounded up; 0 keeps none. */
  readonly share: number;
  /** The most conversations to keep, whatever the share. */
  readonly max: number;
  readonly seed: number;
}

export interface SplitConversations {
  readonly train: readonly Conversation[];
  /** All different; empty only where the share is 0 or all conversations are the same. */
  readonly test: readonly Conversation[];
}

/**
 * Splits by the seed and by what is said. A conversation that occurs several times is on one side only, so that what is
 * measured was never learned.
 */
export function holdOut(
  conversations: readonly Conversation[],
  { share, max, seed }: HeldOutOptions,
): SplitConversations {
  const said = ({ messages }: Conversation): string => JSON.stringify(messages);
  // Of equal ones the first is measured; the others would only repeat it.
  const first = new Map<string, Conversation>();
  for (const one of conversations) if (!first.has(said(one))) first.set(said(one), one);
  // A hair less, since 0.1 · 30 is more than 3 in binary.
  const wanted = Math.ceil(share * first.size - 1e-9);
  const count = Math.min(max, wanted, first.size - 1);
  const kept = new Set(
    [...first.keys()]
      .map((text) => ({ text, draw: randomBits("held out", seed, text) }))
      .toSorted((a, b) => a.draw - b.draw)
      .slice(0, count)
      .map(({ text }) => text),
  );
  return {
    train: conversations.filter((one) => !kept.has(said(one))),
    test: [...first].flatMap(([text, one]) => (kept.has(text) ? [one] : [])),
  };
}
