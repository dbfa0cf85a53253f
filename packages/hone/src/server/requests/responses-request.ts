/** Reads requests of OpenAI's Responses. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import { noParameters, type ToolChoice } from "../../core/tools.ts";
import { itemMessages } from "../../messages/wires/response-items.ts";
import { type ChatRequest, defined, samplingOptions, toolOptions } from "./chat-request.ts";
import { checked } from "./checked-request.ts";
import { usedFields } from "./request-fields.ts";
import { formatOptions, responsesFormat } from "./response-format.ts";
import type { ResponseMemory } from "../response-memory.ts";
import * as field from "./sampling-fields.ts";

const texts = z.union([
  z.string(),
  z.array(
    z.union([
      z.looseObject({ type: z.literal(["input_text", "output_text", "text"]), text: z.string() }),
      z.looseObject({ type: z.literal("refusal"), refusal: z.string() }),
    ]),
  ),
]);

const item = z.union([
  z.looseObject({
    type: z.literal("message").optional(),
    role: z.literal(["system", "developer", "user", "assistant"]),
    content: texts,
  }),
  z.looseObject({
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.looseObject({ type: z.literal("function_call_output"), call_id: z.string(), output: texts }),
  z.looseObject({ type: z.literal("reasoning") }),
  z.looseObject({ type: z.literal("item_reference"), id: z.string() }),
]);

const tool = z.object({
  type: z.literal("function", "only tools of type function are known"),
  name: field.toolName,
  description: z.string().nullish(),
  parameters: field.toolParameters.nullish(),
  // Arguments are read as the model wrote them; nothing forces them into the schema.
  strict: z.boolean().nullish(),
});

const toolChoice = z.union([
  z.literal(["auto", "none", "required"]),
  z.object({ type: z.literal("function"), name: z.string() }),
]);

const request = z.object({
  model: field.model,
  input: z.union([z.string(), z.array(item)]).optional(),
  instructions: z.string().optional(),
  stream: field.flag,
  temperature: field.temperature,
  top_p: field.share,
  top_k: field.topK,
  min_p: field.share,
  max_output_tokens: field.count,
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: field.flag,
  previous_response_id: z.string().optional(),
  store: field.flag,
  include: z
    .array(z.literal(["message.output_text.logprobs", "reasoning.encrypted_content"]))
    .optional(),
  top_logprobs: z.int().min(0).max(0, "alternatives of a token are not kept").optional(),
  text: z
    .strictObject({
      format: responsesFormat.optional(),
      verbosity: z.literal("medium", "verbosity is not implemented").nullish(),
    })
    .optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
});

/** A request of Responses. */
export interface ResponsesRequest extends ChatRequest {
  /** The conversation as items, references resolved. */
  readonly items: readonly JsonObject[];
  /** Whether the answer may be referred to later. */
  readonly isStored: boolean;
  readonly withLogProbs: boolean;
  /** Fields of the request that the answer repeats. */
  readonly echoed: JsonObject;
}

/** @throws SERVE_FIELD_INVALID, SERVE_REFERENCE_UNKNOWN */
export function readResponses(body: JsonObject, memory: ResponseMemory): ResponsesRequest {
  const fields = checked(request, usedFields("responses", body));
  const { chat_template_kwargs: variables, instructions, previous_response_id: previous } = fields;
  const items = [
    ...(previous === undefined ? [] : memory.conversation(previous)),
    ...itemsOf(fields.input ?? [], memory),
  ];
  const tools = fields.tools?.map(({ name, description, parameters }) => ({
    name,
    parameters: parameters ?? noParameters,
    ...defined({ description: description ?? undefined }),
  }));
  const called = toolOptions(tools, choiceOf(fields.tool_choice));
  return {
    model: fields.model,
    messages: itemMessages(instructions, items),
    items,
    options: {
      ...samplingOptions(fields),
      ...defined({ maxTokens: fields.max_output_tokens }),
      ...called,
      ...formatOptions(fields.text?.format, "text.format", called),
      ...(variables === undefined ? {} : { settings: { variables } }),
    },
    choices: 1,
    isStream: fields.stream ?? false,
    isOneCall: fields.parallel_tool_calls === false,
    isStored: fields.store ?? true,
    withLogProbs: fields.include?.includes("message.output_text.logprobs") ?? false,
    echoed: echoOf(body, fields),
  };
}

function itemsOf(
  input: string | readonly z.infer<typeof item>[],
  memory: ResponseMemory,
): readonly JsonObject[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return input.map((one) =>
    "type" in one && one.type === "item_reference" ? memory.item(String(one["id"])) : one,
  );
}

const choiceOf = (choice: z.infer<typeof toolChoice> | undefined): ToolChoice | undefined =>
  typeof choice === "object" ? { name: choice.name } : choice;

/** What an answer says of its request, with OpenAI's defaults. */
function echoOf(body: JsonObject, fields: z.infer<typeof request>): JsonObject {
  return {
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    previous_response_id: fields.previous_response_id ?? null,
    store: fields.store ?? true,
    temperature: fields.temperature ?? 1,
    top_p: fields.top_p ?? 1,
    tool_choice: fields.tool_choice ?? "auto",
    tools: body["tools"] ?? [],
    metadata: body["metadata"] ?? {},
    text: { format: fields.text?.format ?? { type: "text" } },
    truncation: "disabled",
    reasoning: { effort: null, summary: null },
  };
}
