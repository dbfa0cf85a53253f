/** Which recorded call a conversation goes on from. */
import { isObject, parsedJson } from "../core/json.ts";
import type { ConversationSettings, Message, ToolCall } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";

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
    said.every((message, i) => isSame(messages[i]!, message)) &&
    isSame(messages[said.length]!, reply)
  );
}

function isSame(given: Message, recorded: Message): boolean {
  if (given === recorded) return true;
  const { role, content, reasoning, toolCallId } = given;
  const isSameText = role === recorded.role && (content ?? "") === (recorded.content ?? "");
  const isSameThought = reasoning === undefined || reasoning === recorded.reasoning;
  const [own, other] = [given.toolCalls ?? [], recorded.toolCalls ?? []];
  return (
    isSameText &&
    isSameThought &&
    toolCallId === recorded.toolCallId &&
    own.length === other.length &&
    own.every((call, i) => isSameCall(call, other[i]!))
  );
}

const isSameCall = (a: ToolCall, b: ToolCall): boolean =>
  a.id === b.id &&
  a.name === b.name &&
  (a.arguments === b.arguments || canonical(a.arguments) === canonical(b.arguments));

/** A JSON text with its keys in order and without white space; another text as it is. */
const canonical = (text: string): string =>
  JSON.stringify(parsedJson(text), (_, value: unknown) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
