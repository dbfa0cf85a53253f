/**
 * Puts recorded replies in the place of the copies that a client sends back.
 *
 * A client gives an earlier reply back in the form of its own wire: without the reasoning, or with the arguments of a tool call
 * as an object whose white space is another. Only the recorded reply continues its tokens exactly.
 */
import type { Message } from "./message.ts";
import type { Turn } from "./rollout.ts";
import { isSameMessage } from "./same-message.ts";

/**
 * The messages with recorded replies in place of what means the same.
 * @param turns  what was recorded before; the last reply that fits counts
 */
export function restoredReplies(
  messages: readonly Message[],
  turns: readonly Turn[],
): readonly Message[] {
  if (turns.length === 0) return messages;
  return messages.map((message, place) => {
    if (message.role !== "assistant") return message;
    const turn = turns.findLast(
      ({ messages: before, reply }) => before.length === place && isSameMessage(message, reply),
    );
    return turn?.reply ?? message;
  });
}
