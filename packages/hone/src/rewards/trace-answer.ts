/** What a trace was asked and what it answered, as messages. */
import type { Message } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** What the trace was asked: the input of its first model call, else its task. */
export function promptOf(trace: Trace): readonly Message[] {
  const call = trace.spans.find((span) => span.kind === "prompt");
  return messagesOf(call?.kind === "prompt" ? call.input : trace.task, "user");
}

/** What the trace answered: the output of its last model call that has words, else its content. */
export function answerOf(trace: Trace): readonly Message[] | undefined {
  const calls = trace.spans.filter((span) => span.kind === "prompt");
  for (const { output } of calls.toReversed()) {
    const messages = output === undefined ? [] : messagesOf(output, "assistant");
    const last = messages.findLast(
      ({ role, content }) => role === "assistant" && content.trim() !== "",
    );
    if (last) return [last];
  }
  const said = trace.spans.filter((span) => span.kind === "content").map(({ content }) => content);
  const content = said.join("");
  return content.trim() === "" ? undefined : [{ role: "assistant", content }];
}

const messagesOf = (text: PromptText, role: Message["role"]): readonly Message[] =>
  typeof text === "string" ? [{ role, content: text }] : text;
