/**
 * The conversations of a trace, as `hone train sft --data` reads them.
 *
 * An agent sends the whole conversation with each call. So when one call continues another, only the later one is taken: a loop
 * of ten calls is one conversation, the calls of two agents are two. A prompt span that stands for an agent, around calls that
 * are recorded as spans, too, gives no conversation.
 */
import { agentPrompts } from "../core/agent-prompts.ts";
import type { Message } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** One line of the file, as JSON. */
export interface ConversationLine {
  readonly messages: readonly object[];
}

export interface TraceConversations {
  readonly lines: readonly ConversationLine[];
  /** Number of conversations with pictures, which the file cannot hold. */
  readonly withPictures: number;
}

export function conversationsOf(trace: Trace): TraceConversations {
  const answered = trace.spans.flatMap((span) => {
    if (span.kind !== "prompt" || span.output === undefined || span.error !== undefined) return [];
    const output = messagesOf(span.output, "assistant");
    if (!output.some(({ role }) => role === "assistant")) return [];
    return [{ span, messages: [...messagesOf(span.input, "user"), ...output] }];
  });
  const around = agentPrompts(
    trace.spans,
    answered.map(({ span }) => span),
  );
  const calls = answered.filter(({ span }) => !around.has(span.id)).map((one) => one.messages);
  const ends = calls.map((messages) => ({ messages, keys: messages.map((one) => keyOf(one)) }));
  const last = ends.filter(
    ({ keys }, i) => !ends.some((other, j) => j !== i && continues(other.keys, keys, j > i)),
  );
  const plain = last.filter(({ messages }) => messages.every(({ images = [] }) => !images.length));
  return {
    lines: plain.map(({ messages }) => ({ messages: messages.map(lineMessage) })),
    withPictures: last.length - plain.length,
  };
}

/** Whether a conversation begins with all of another one. Of two equal ones only the later continues the other. */
function continues(longer: readonly string[], shorter: readonly string[], isLater: boolean) {
  if (longer.length < shorter.length || (longer.length === shorter.length && !isLater))
    return false;
  return shorter.every((key, i) => key === longer[i]);
}

const messagesOf = (text: PromptText, role: "user" | "assistant"): readonly Message[] =>
  typeof text === "string" ? [{ role, content: text }] : text;

/** What tells messages apart. Reasoning is left out, since some senders do not repeat it. */
const keyOf = ({ role, content, toolCalls = [], toolCallId }: Message): string =>
  JSON.stringify([role, content, toolCalls.map((call) => [call.id, call.name]), toolCallId]);

function lineMessage({ role, content, reasoning, toolCalls, toolCallId }: Message): object {
  const calls = toolCalls?.map(({ id, name, arguments: given }) => ({
    id,
    type: "function",
    function: { name, arguments: given },
  }));
  return {
    role,
    content,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(calls === undefined || calls.length === 0 ? {} : { tool_calls: calls }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}
