/** Reads requests of OpenAI's Chat Completions. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import { noParameters, type ToolChoice, type ToolDefinition } from "../../core/tools.ts";
import { readMessages } from "../../messages/read-messages.ts";
import { type ChatRequest, defined, samplingOptions, toolOptions } from "./chat-request.ts";
import { checked } from "./checked-request.ts";
import { usedFields } from "./request-fields.ts";
import { chatFormat, formatOptions } from "./response-format.ts";
import * as field from "./sampling-fields.ts";

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() });
const content = z.union([z.string(), z.array(textPart)]);

const call = z.object({
  id: z.string(),
  type: z.literal("function").optional(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal(["system", "developer", "user"]), content }),
  z.looseObject({
    role: z.literal("assistant"),
    content: z.union([z.string(), z.null(), z.array(z.union([textPart, refusalPart]))]).optional(),
    refusal: z.string().nullish(),
    tool_calls: z.array(call).nullish(),
    reasoning: z.string().nullish(),
    reasoning_content: z.string().nullish(),
  }),
  z.looseObject({ role: z.literal("tool"), content, tool_call_id: z.string() }),
]);

const tool = z.object({
  type: z.literal("function"),
  function: z.object({
    name: field.toolName,
    description: z.string().optional(),
    parameters: field.toolParameters.optional(),
    // Arguments are read as the model wrote them; nothing forces them into the schema.
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.literal(["auto", "none", "required"]),
  z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) }),
]);

/** Fields of Completions, too. */
export const completionFields = {
  model: field.model,
  stream: field.flag,
  stream_options: z
    .object({ include_usage: field.flag, include_obfuscation: field.flag })
    .optional(),
  n: z.int().min(1).max(128).optional(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).optional(),
  seed: field.seed,
  temperature: field.temperature,
  top_p: field.share,
  top_k: field.topK,
  min_p: field.share,
  max_tokens: field.count,
  return_token_ids: field.flag,
};

const request = z.object({
  ...completionFields,
  messages: z.array(message).min(1),
  max_completion_tokens: field.count,
  logprobs: field.flag,
  top_logprobs: z.int().min(0).max(0, "alternatives of a token are not kept").optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: field.flag,
  response_format: chatFormat.optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
});

/** A request of Chat Completions. */
export interface ChatCompletionsRequest extends ChatRequest {
  /** Whether an event with the usage ends a stream. */
  readonly withUsage: boolean;
  readonly withLogProbs: boolean;
  /** Whether token ids are in the answer, as vLLM gives them. */
  readonly withTokenIds: boolean;
}

/** @throws SERVE_FIELD_INVALID */
export function readChatCompletions(body: JsonObject): ChatCompletionsRequest {
  const fields = checked(request, usedFields("chat completions", body));
  const { chat_template_kwargs: variables, max_completion_tokens: newer } = fields;
  const tools = toolOptions(fields.tools?.map(definitionOf), choiceOf(fields.tool_choice));
  return {
    model: fields.model,
    messages: readMessages(fields.messages),
    options: {
      ...samplingOptions(fields),
      ...defined({ maxTokens: newer ?? fields.max_tokens }),
      ...stopOptions(fields.stop),
      ...tools,
      ...formatOptions(fields.response_format, "response_format", tools),
      ...(variables === undefined ? {} : { settings: { variables } }),
    },
    choices: fields.n ?? 1,
    isStream: fields.stream ?? false,
    isOneCall: fields.parallel_tool_calls === false,
    withUsage: fields.stream_options?.include_usage ?? false,
    withLogProbs: fields.logprobs ?? false,
    withTokenIds: fields.return_token_ids ?? false,
  };
}

/** Texts that end a reply, from a text or a list of them. */
export function stopOptions(stop: string | readonly string[] | undefined): {
  readonly stopStrings?: readonly string[];
} {
  const stopStrings = typeof stop === "string" ? [stop] : (stop ?? []);
  return stopStrings.length === 0 ? {} : { stopStrings };
}

function definitionOf({ function: given }: z.infer<typeof tool>): ToolDefinition {
  const { name, description, parameters = noParameters } = given;
  return { name, parameters, ...defined({ description }) };
}

const choiceOf = (choice: z.infer<typeof toolChoice> | undefined): ToolChoice | undefined =>
  typeof choice === "object" ? { name: choice.function.name } : choice;
