/** hone's messages in the form that chat templates read. What a template would silently leave out is an error. */
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Message, ToolCall } from "../core/message.ts";
import type { TemplateMessage } from "./chat-template.ts";
import { pythonValues } from "./jinja/from-json.ts";
import { writtenMessage } from "./written-message.ts";

/**
 * The messages as a template reads them.
 * @param source the template's text; the names in it tell whether it writes reasoning and tool calls
 * @throws CHAT_TEMPLATE_LACKS when a message holds reasoning or tool calls and the template writes none
 */
export function templateMessages(
  messages: readonly Message[],
  source: string,
  where: string,
): TemplateMessage[] {
  const toolNames = new Map(
    messages.flatMap((m) => (m.toolCalls ?? []).map((call) => [call.id, call.name] as const)),
  );
  return messages.map((message) => {
    const calls = message.toolCalls ?? [];
    if (calls.length > 0 && !source.includes("tool_calls")) {
      throw new HoneError("CHAT_TEMPLATE_LACKS", { where, feature: "tool calls" });
    }
    if (message.written !== undefined) {
      const written = writtenMessage(message, argumentValues);
      return { ...written, ...writtenReasoning(message, written, { source, where }) };
    }
    const { toolCallId } = message;
    const toolName = toolCallId === undefined ? undefined : toolNames.get(toolCallId);
    return {
      role: message.role,
      ...withReasoning(message, source, where),
      ...(calls.length > 0 && { tool_calls: calls.map(templateCall) }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
      ...(toolName !== undefined && { name: toolName }),
    };
  });
}

function withReasoning({ content, reasoning }: Message, source: string, where: string) {
  if (reasoning === undefined) return { content };
  if (readsField(source, "reasoning_content") || readsField(source, "thinking")) {
    return { content, reasoning_content: reasoning, thinking: reasoning };
  }
  // Templates of the first reasoning models read the thought from the content.
  if (source.includes("</think>")) {
    return { content: `<think>\n${reasoning}\n</think>\n\n${content}` };
  }
  throw new HoneError("CHAT_TEMPLATE_LACKS", { where, feature: "reasoning" });
}

/** Whether a template reads a field of messages; a variable of its own may have the same name. */
const readsField = (source: string, field: string): boolean =>
  new RegExp(`[.'"]${field}\\b`, "u").test(source);

/** What a template that does not name the field of a file's reasoning needs beside it. */
function writtenReasoning(
  message: Message,
  written: TemplateMessage,
  { source, where }: { readonly source: string; readonly where: string },
): TemplateMessage {
  const { reasoning } = message;
  if (reasoning === undefined || reasoning === "") return {};
  const isRead = Object.keys(written).some(
    (field) => written[field] === reasoning && readsField(source, field),
  );
  if (isRead) return {};
  const { content, ...fields } = withReasoning(message, source, where);
  return content === message.content ? fields : { content };
}

/** How the arguments of tool calls reach a template: as their JSON text, or as the values in it. */
export type ArgumentForm = "text" | "values";

/**
 * Shaped messages with the arguments of all their calls in one form. Some templates can write only one of them: they put the
 * arguments behind a text, or ask for their keys.
 */
export function withArgumentsAs(
  form: ArgumentForm,
  shaped: readonly TemplateMessage[],
  messages: readonly Message[],
): TemplateMessage[] {
  return shaped.map((message, i) => {
    const calls = messages[i]!.toolCalls ?? [];
    const given = message["tool_calls"];
    if (!Array.isArray(given) || calls.length === 0) return message;
    return {
      ...message,
      tool_calls: given.map((call: unknown, j) => {
        const text = calls[j]?.arguments;
        if (!isObject(call) || text === undefined) return call;
        const value = form === "text" ? text : argumentValues(text);
        const inner = call["function"];
        if (!isObject(inner)) return { ...call, arguments: value };
        return { ...call, function: { ...inner, arguments: value } };
      }),
    };
  });
}

const templateCall = ({ id, name, arguments: text }: ToolCall): TemplateMessage => ({
  id,
  type: "function",
  function: { name, arguments: argumentValues(text) },
});

/** The values of a call's arguments; those that are not JSON are shown to the model as it wrote them. */
const argumentValues = (text: string): unknown => pythonValues(text) ?? text;
