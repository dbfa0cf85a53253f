/** Fields of sampling and tools that the endpoints' requests share, as schemas. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";

export const temperature = z.number().min(0).max(2).optional();
export const share = z.number().min(0).max(1).optional();
export const count = z.int().min(1).optional();
export const seed = z.int().optional();
export const flag = z.boolean().optional();
export const topK = z.int().min(-1).optional();
export const model = z.string().min(1);

/** Names of tools, as OpenAI allows them. */
export const toolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, "a tool's name has 1 to 64 letters, digits, _ or -");

const property = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

const schemaOfObject = z.looseObject({
  type: z.literal("object").optional(),
  properties: z.record(z.string(), property).optional(),
  required: z.array(z.string()).optional(),
});

/**
 * A JSON Schema of a tool's arguments, which are an object. What stands deeper in it is the schema's own business. It stays the value that came: an
 * object that zod makes has the known keys first, and a model is to read a tool with its keys in the order in which it was recorded.
 */
export const toolParameters = z.custom<JsonObject>().superRefine((given, context) => {
  for (const issue of schemaOfObject.safeParse(given).error?.issues ?? [])
    context.addIssue({ ...issue });
});
