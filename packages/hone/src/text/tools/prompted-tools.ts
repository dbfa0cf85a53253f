/**
 * Tools for models whose chat template knows none: a text before the conversation tells them how to call, calls are words of
 * the assistant, and results are words of the user. The form is that of Hermes models, which most models have been trained on:
 *
 *     <tool_call>
 *     {"name": "add", "arguments": {"a": 1, "b": 2}}
 *     </tool_call>
 */
import type { Message, ToolCall } from "../../core/message.ts";
import type { CallForm } from "../reply/call-form.ts";
import { markedCalls } from "../reply/marked-calls.ts";

/** How calls of this form are read. */
export const promptedForm: CallForm = markedCalls("<tool_call>", "</tool_call>");

/** A call as words; the arguments stay letter by letter. */
export const chatmlCall = ({
  name,
  arguments: text,
}: Pick<ToolCall, "name" | "arguments">): string =>
  `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text}}\n</tool_call>`;

const CALL = chatmlCall({ name: "tool_name", arguments: '{"argument": "value"}' });

/**
 * What stands before the conversation.
 * @param tools   the functions, each as JSON text
 * @param example a call in the form that the model is to use. Default: Hermes'
 */
export const toolPrompt = (tools: readonly string[], example = CALL): string =>
  `# Tools

You can call these functions, one JSON object a line with the name, what it does and the JSON Schema of its arguments:
<tools>
${tools.join("\n")}
</tools>

To call one, write its name and its arguments in this form, once for each call:
${example}
What it returns comes in the next message.`;

/** Calls as words of their messages. What the messages were in a file says no more then. */
export const withCallsAsWords = (messages: readonly Message[]): readonly Message[] =>
  messages.map((message) => {
    const { toolCalls = [], written: _, ...rest } = message;
    if (toolCalls.length === 0) return message;
    const { toolCalls: __, ...words } = rest as Message;
    const parts = [message.content ?? "", ...toolCalls.map(chatmlCall)];
    return { ...words, content: parts.filter((part) => part !== "").join("\n") };
  });

/**
 * Results as words of the user. Results of one turn, and a user's words behind them, are one message, since some templates
 * want users and assistants in turns.
 */
export function withResultsAsWords(messages: readonly Message[]): readonly Message[] {
  const given: Message[] = [];
  let isOpen = false;
  for (const message of messages) {
    const { role, content } = message;
    const isResult = role === "tool";
    const text = isResult ? `<tool_response>\n${content}\n</tool_response>` : content;
    const last = given.at(-1);
    if (last !== undefined && isOpen && (isResult || role === "user")) {
      given[given.length - 1] = { ...last, content: `${last.content}\n${text}` };
    } else {
      given.push(isResult ? { role: "user", content: text } : message);
    }
    isOpen = isResult;
  }
  return given;
}

/**
 * The tools' text in the system message, or, where the template takes none, before the user's first words.
 */
export function withToolPrompt(
  messages: readonly Message[],
  prompt: string,
  takesSystem: boolean,
): readonly Message[] {
  const [first] = messages;
  const role = takesSystem ? "system" : "user";
  if (first?.role === role) {
    const { written: _, ...rest } = first;
    const parts = takesSystem ? [first.content, prompt] : [prompt, first.content];
    return [{ ...rest, content: parts.join("\n\n") }, ...messages.slice(1)];
  }
  return [{ role, content: prompt }, ...messages];
}
