/** A message as a line of a file has it, in the form that OpenAI's API and chat templates share. */
import { parsedObject } from "../core/json.ts";
import type { Message } from "../core/message.ts";

/**
 * How the arguments of calls are written: as JSON text, as OpenAI's API has them, or as objects, as chat templates and TRL want them. A
 * template that writes arguments with `tojson` puts a text in quotes and an object as it is.
 */
export type ArgumentsForm = "text" | "objects";

/** How a message is written. */
export interface LineMessageOptions {
  /** Whether what the model thought is written. Default true. */
  readonly keepsReasoning?: boolean;
  /** Default "text". Arguments that are not the JSON of an object stay the text that the model wrote. */
  readonly argumentsAs?: ArgumentsForm;
}

/**
 * The message as an object for a line of JSON.
 * @example lineMessage({ role: "user", content: "2 + 2?" }) // { role: "user", content: "2 + 2?" }
 */
export function lineMessage(
  { role, content, reasoning, toolCalls = [], toolCallId, weight }: Message,
  { keepsReasoning = true, argumentsAs = "text" }: LineMessageOptions = {},
): object {
  const calls = toolCalls.map(({ id, name, arguments: text }) => ({
    id,
    type: "function",
    function: { name, arguments: (argumentsAs === "objects" && parsedObject(text)) || text },
  }));
  return {
    role,
    content,
    ...(reasoning === undefined || !keepsReasoning ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(weight === undefined ? {} : { weight }),
  };
}

/** A message of TRL's forms. */
export const trlMessage = (message: Message, keepsReasoning = true): object =>
  lineMessage(message, { keepsReasoning, argumentsAs: "objects" });
