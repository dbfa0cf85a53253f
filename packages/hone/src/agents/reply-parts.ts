/** What a reply that grows has more than before. */
import type { Message } from "../core/message.ts";
import type { ChatPart } from "../ports/chat-model.ts";

const nothing: Message = { role: "assistant", content: "" };

/** The pieces by which a reply is longer than `before`, with which it begins: reasoning, text, then calls. */
export function addedParts(reply: Message, before: Message = nothing): ChatPart[] {
  const thought = (reply.reasoning ?? "").slice((before.reasoning ?? "").length);
  const text = reply.content.slice(before.content.length);
  const calls = (reply.toolCalls ?? []).slice((before.toolCalls ?? []).length);
  return [
    ...(thought === "" ? [] : [{ type: "reasoning", text: thought } as const]),
    ...(text === "" ? [] : [{ type: "text", text } as const]),
    ...calls.map((call) => ({ type: "toolCall", call }) as const),
  ];
}
