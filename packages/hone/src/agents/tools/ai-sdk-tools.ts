/** Tools of the AI SDK (`tool()` of its versions 6 and 7, with zod or `jsonSchema`) as tools of an agent. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { optionalPackage } from "./optional-package.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** A tool as the AI SDK's `tool()` gives it: the part that is used here. */
export interface AiSdkTool {
  /** What it does, for the model. */
  readonly description?: unknown;
  /** The schema of its arguments: of zod, or of `jsonSchema`. */
  readonly inputSchema: unknown;
  /** Does the work. A tool without it cannot be used here. */
  readonly execute?: unknown;
  /** Says what the model is shown of a result. */
  readonly toModelOutput?: unknown;
}

/** A schema of the AI SDK. */
interface SdkSchema {
  readonly jsonSchema: object | PromiseLike<object>;
  readonly validate?: (value: unknown) => PromiseLike<Validated> | Validated;
}

type Validated =
  | { readonly success: true; readonly value: unknown }
  | { readonly success: false; readonly error: Error };

const where = "toolsFromAiSdk";

/**
 * Makes tools of those that `generateText` takes. Their arguments are checked by their JSON Schema and by their own schema.
 *
 * @param tools  as in `generateText({ tools })`: tools by their names
 * @throws OPTION_INVALID for a tool without `execute`; PACKAGE_MISSING where the package `ai` is needed to read a schema
 * @example
 * const tools = await toolsFromAiSdk({ weather: tool({ inputSchema: z.object({ city: z.string() }), execute }) });
 * const agent = toolLoop({ tools });
 */
export async function toolsFromAiSdk(
  tools: Readonly<Record<string, AiSdkTool>>,
): Promise<readonly Tool[]> {
  return Promise.all(Object.entries(tools).map(([name, tool]) => toolOf(name, tool)));
}

async function toolOf(name: string, tool: AiSdkTool): Promise<Tool> {
  const check = optionChecks(where);
  if (!isObject(tool)) throw check.invalid(name, tool, "a tool of the AI SDK");
  const { description, execute } = tool;
  if (typeof execute !== "function") {
    throw check.invalid(
      `${name}.execute`,
      execute,
      "a function: tools that run elsewhere cannot be called here",
    );
  }
  const schema = await schemaOf(tool.inputSchema);
  const parameters = (await schema.jsonSchema) as JsonObject;
  return {
    name,
    ...(typeof description === "string" && { description }),
    parameters,
    accept: (given) => accepted(schema, given),
    execute: async (given, { callId, signal }: ToolContext) => {
      const options = { toolCallId: callId, messages: [], abortSignal: signal };
      const output = await lastOf(execute.call(tool, given, options));
      return modelOutput(tool, { toolCallId: callId, input: given, output });
    },
  };
}

async function schemaOf(given: unknown): Promise<SdkSchema> {
  if (isSchema(given)) return given;
  const { asSchema } = await optionalPackage("ai", where, () => import("ai"));
  return asSchema(given as Parameters<typeof asSchema>[0]);
}

const isSchema = (given: unknown): given is SdkSchema =>
  isObject(given) && isObject(given["jsonSchema"]);

/** What the tool's own schema makes of the arguments: defaults filled in, texts turned into dates. */
async function accepted({ validate }: SdkSchema, given: JsonObject): Promise<JsonObject> {
  if (validate === undefined) return given;
  const result = await validate(given);
  if (!result.success) throw result.error;
  return isObject(result.value) ? result.value : given;
}

/** A tool may give preliminary results before its last one. */
async function lastOf(result: unknown): Promise<unknown> {
  const value = await result;
  const isStream = typeof value === "object" && value !== null && Symbol.asyncIterator in value;
  if (!isStream) return value;
  let last: unknown;
  for await (const one of value as AsyncIterable<unknown>) last = one;
  return last;
}

async function modelOutput(
  { toModelOutput }: AiSdkTool,
  given: { readonly toolCallId: string; readonly input: JsonObject; readonly output: unknown },
): Promise<unknown> {
  if (typeof toModelOutput !== "function") return given.output;
  const shown: unknown = await toModelOutput(given);
  return isObject(shown) && "value" in shown ? shown["value"] : shown;
}
