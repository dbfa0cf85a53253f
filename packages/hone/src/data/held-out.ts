/** Splits a file's conversations into those that are learned and those that are held out to measure on. */
import { randomBits } from "../core/random.ts";
import { conversationSettings } from "../core/message.ts";
import type { Conversation } from "./conversations.ts";

/** How many conversations are held out. */
export interface HeldOutOptions {
  /** Share of different conversations to hold out, rounded up; 0 holds none out. */
  readonly share: number;
  /** The most conversations to hold out, whatever the share. */
  readonly max: number;
  /** Decides which conversations are held out. */
  readonly seed: number;
}

/** Conversations to learn and conversations to measure on. */
export interface SplitConversations {
  readonly train: readonly Conversation[];
  /** All different; empty only where the share is 0 or all conversations are the same. */
  readonly test: readonly Conversation[];
}

/**
 * Draws the held-out conversations by the seed and by their text. A conversation that occurs several times is on one side
 * only, so that no measured conversation was learned.
 */
export function holdOut(
  conversations: readonly Conversation[],
  { share, max, seed }: HeldOutOptions,
): SplitConversations {
  // Equal conversations are measured once.
  const first = new Map<string, Conversation>();
  for (const one of conversations) if (!first.has(said(one))) first.set(said(one), one);
  // Slightly less, since 0.1 · 30 is a little more than 3 in floating point.
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

/**
 * What tells conversations apart. The draw depends on it, so it stays as it was for conversations without settings: a run of
 * an older version resumes with the same split.
 */
function said(one: Conversation): string {
  const messages = one.messages.map(({ written: _, ...message }) => message);
  const settings = conversationSettings(one);
  return JSON.stringify(Object.keys(settings).length === 0 ? messages : [messages, settings]);
}
