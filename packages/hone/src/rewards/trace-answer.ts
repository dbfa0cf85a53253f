/** The prompt and the answer of a trace, as messages. */
import type { Message } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** The prompt of a trace: the input of its first model call, or its task when it has no model call. */
export function promptOf(trace: Trace): readonly Message[] {
  const call = trace.spans.find((span) => span.kind === "prompt");
  return messagesOf(call?.kind === "prompt" ? call.input : trace.task, "user");
}

/** The answer of a trace: the text of its last model call that has one, or its content spans; undefined without either. */
export function answerOf(trace: Pick<Trace, "spans">): readonly Message[] | undefined {
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
