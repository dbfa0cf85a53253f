/** Which recorded call a conversation goes on from. */
import type { ConversationSettings, Message } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import { isSameMessage } from "../core/same-message.ts";

/** A recorded call with the settings of its conversation. */
export interface RecordedCall {
  readonly turn: Turn;
  readonly settings: ConversationSettings | undefined;
}

/**
 * The longest recorded call that these messages go on from: they are its messages, its reply and at least one more, with the
 * same settings.
 *
 * A program that speaks with the model through an SDK gives a reply back as that SDK keeps it. So the reply is taken for the
 * recorded one also without its reasoning, and with arguments of calls that are the same JSON in other white space.
 */
export function continuedTurn(
  calls: Iterable<RecordedCall>,
  messages: readonly Message[],
  settings: ConversationSettings | undefined,
): Turn | undefined {
  const wanted = settingsKey(settings);
  let longest: Turn | undefined;
  for (const call of calls) {
    const isLonger = call.turn.messages.length >= (longest?.messages.length ?? 0);
    if (isLonger && settingsKey(call.settings) === wanted && continues(messages, call.turn)) {
      longest = call.turn;
    }
  }
  return longest;
}

const settingsKey = ({ tools, variables, isPlain }: ConversationSettings = {}): string =>
  JSON.stringify([tools, variables, isPlain === true]);

function continues(messages: readonly Message[], { messages: said, reply }: Turn): boolean {
  return (
    messages.length > said.length + 1 &&
    said.every((message, i) => isSameMessage(messages[i]!, message)) &&
    isSameMessage(messages[said.length]!, reply)
  );
}
