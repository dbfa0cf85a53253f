/** A conversation as one row for each turn of the assistant, as the model meets it when it answers. */
import { conversationSettings, type ConversationSettings, type Message } from "./message.ts";

/** What one row of training is made of: a whole conversation, or each turn with the conversation before it. */
export type RowsPer = (typeof rowsPerChoices)[number];

/** All choices of `RowsPer`. */
export const rowsPerChoices = ["conversation", "turn"] as const;

/** The conversation of one row. */
export interface ConversationRow {
  readonly messages: readonly Message[];
  readonly settings: ConversationSettings;
}

/**
 * The rows of a conversation.
 *
 *     messages           q1 a1 q2 a2
 *     per conversation   q1 A1 q2 A2             capitals are learned
 *     per turn           q1 A1 · q1 a1 q2 A2
 *
 * A template that leaves out the reasoning of earlier turns writes each turn whole in its own row, and the turns before it as
 * the model will read them. A conversation in which nothing is learned stays one row.
 *
 * @example
 * conversationRows([question, answer, followUp, secondAnswer], {}, "turn").length; // 2
 */
export function conversationRows(
  messages: readonly Message[],
  given: ConversationSettings,
  rowsPer: RowsPer,
): readonly ConversationRow[] {
  const settings = conversationSettings(given);
  const turns = [...messages.keys()].filter((i) => isLearned(messages[i]!));
  if (rowsPer === "conversation" || turns.length === 0) return [{ messages, settings }];
  return turns.map((turn) => ({
    messages: messages
      .slice(0, turn + 1)
      .map((message, i) => (i < turn && isLearned(message) ? { ...message, weight: 0 } : message)),
    settings: { ...settings, allowsCutContext: true },
  }));
}

const isLearned = ({ role, weight }: Message): boolean => role === "assistant" && weight !== 0;

/** The messages as what is answered: nothing in them is learned. */
export const asContext = (messages: readonly Message[]): readonly Message[] =>
  messages.map((message) => (message.role === "assistant" ? { ...message, weight: 0 } : message));
