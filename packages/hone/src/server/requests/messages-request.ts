/** Reads requests of Anthropic's Messages. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import type { ToolChoice } from "../../core/tools.ts";
import { readMessages } from "../../messages/read-messages.ts";
import { type ChatRequest, defined, samplingOptions, toolOptions } from "./chat-request.ts";
import { checked } from "./checked-request.ts";
import { usedFields } from "./request-fields.ts";
import { formatOptions, messagesFormat } from "./response-format.ts";
import * as field from "./sampling-fields.ts";

// Blocks may also say how they are cached, which changes nothing of an answer.
const textBlock = z.looseObject({ type: z.literal("text"), text: z.string() });
const texts = z.union([z.string(), z.array(textBlock)]);
const thinking = z.looseObject({ type: z.literal("thinking"), thinking: z.string() });
const toolUse = z.looseObject({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
});
const toolResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: texts.optional(),
  is_error: z.boolean().optional(),
});

const message = z.discriminatedUnion("role", [
  z.object({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, toolResult]))]),
  }),
  z.object({
    role: z.literal("assistant"),
    content: z.union([
      z.string(),
      z.array(z.discriminatedUnion("type", [textBlock, thinking, toolUse])),
    ]),
  }),
]);

const tool = z.object({
  type: z.literal("custom").optional(),
  name: field.toolName,
  description: z.string().optional(),
  input_schema: field.toolParameters,
  strict: z.boolean().optional(),
  cache_control: z.unknown().optional(),
});

const toolChoice = z.discriminatedUnion("type", [
  z.object({ type: z.literal("auto"), disable_parallel_tool_use: field.flag }),
  z.object({ type: z.literal("any"), disable_parallel_tool_use: field.flag }),
  z.object({ type: z.literal("none") }),
  z.object({ type: z.literal("tool"), name: z.string(), disable_parallel_tool_use: field.flag }),
]);

const request = z.object({
  model: field.model,
  messages: z.array(message).min(1),
  max_tokens: z.int().min(1),
  system: texts.optional(),
  stream: field.flag,
  stop_sequences: z.array(z.string().min(1)).max(16).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: field.share,
  top_k: z.int().min(0).optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  output_config: z.strictObject({ format: messagesFormat.nullish() }).optional(),
  // The name of output_config.format before it was one.
  output_format: messagesFormat.optional(),
});

/** @throws SERVE_FIELD_INVALID */
export function readAnthropicMessages(body: JsonObject): ChatRequest {
  const fields = checked(request, usedFields("messages", body));
  const { system, stop_sequences: stopStrings = [], tool_choice: choice } = fields;
  const instructions = system === undefined ? [] : [{ role: "system", content: system }];
  const tools = fields.tools?.map(({ name, description, input_schema: parameters }) => ({
    name,
    parameters,
    ...defined({ description }),
  }));
  const called = toolOptions(tools, choiceOf(choice));
  const format = fields.output_config?.format ?? fields.output_format;
  return {
    model: fields.model,
    messages: readMessages([...instructions, ...fields.messages]),
    options: {
      ...samplingOptions(fields),
      maxTokens: fields.max_tokens,
      ...(stopStrings.length > 0 && { stopStrings }),
      ...called,
      ...formatOptions(format, "output_config.format", called),
    },
    choices: 1,
    isStream: fields.stream ?? false,
    isOneCall:
      choice !== undefined && choice.type !== "none" && choice.disable_parallel_tool_use === true,
  };
}

function choiceOf(choice: z.infer<typeof toolChoice> | undefined): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  if (choice.type === "tool") return { name: choice.name };
  return choice.type === "any" ? "required" : choice.type;
}
