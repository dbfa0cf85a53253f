/** The form of a reply, as the providers' requests ask for it. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { ChatOptions } from "../../ports/chat-model.ts";
import { fieldError } from "../provider-errors.ts";

const schema = z.record(z.string(), z.unknown());
const text = z.object({ type: z.literal("text") });
const anyObject = z.object({ type: z.literal("json_object") });
// A schema is held to whether it is called strict or not.
const named = {
  name: z.string().optional(),
  description: z.string().nullish(),
  strict: z.boolean().nullish(),
  schema: schema.optional(),
};

/** `response_format` of Chat Completions. */
export const chatFormat = z.discriminatedUnion("type", [
  text,
  anyObject,
  z.object({ type: z.literal("json_schema"), json_schema: z.object(named) }),
]);

/** `text.format` of Responses. */
export const responsesFormat = z.discriminatedUnion("type", [
  text,
  anyObject,
  z.object({ type: z.literal("json_schema"), ...named, schema }),
]);

/** `output_config.format` of Messages. */
export const messagesFormat = z.object({ type: z.literal("json_schema"), schema });

/**
 * The option of the chat model.
 * @param format  the request's field; undefined where it is absent
 * @param param   its name, for errors
 * @throws SERVE_FIELD_INVALID where it stands beside tools that may be called
 */
export function formatOptions(
  format: RequestFormat | undefined,
  param: string,
  { tools, toolChoice }: Pick<ChatOptions, "tools" | "toolChoice">,
): Pick<ChatOptions, "responseFormat"> {
  if (format === undefined || format.type === "text") return {};
  if (tools !== undefined && toolChoice !== "none") {
    const problem = 'stands beside tools, which is not supported (with tool_choice "none" it is)';
    throw fieldError(param, "unsupported", problem);
  }
  return { responseFormat: formatOf(format) };
}

type RequestFormat =
  | z.infer<typeof chatFormat>
  | z.infer<typeof responsesFormat>
  | z.infer<typeof messagesFormat>;

function formatOf(format: Exclude<RequestFormat, { type: "text" }>): ResponseFormat {
  if (format.type === "json_object") return { type: "json", schema: { type: "object" } };
  const given: JsonObject | undefined =
    "json_schema" in format ? format.json_schema.schema : format.schema;
  return given === undefined ? { type: "json" } : { type: "json", schema: given };
}
