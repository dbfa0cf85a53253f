/** Tools that a model call offered, in the form that chat templates read, whatever the API's own form was. */
import { fieldsOf, isObject, type JsonObject } from "../core/json.ts";
import { noParameters } from "../core/tools.ts";

/** Tools in the common form, and how many have none. */
export interface ChatTools {
  readonly known: readonly JsonObject[];
  /** Number of tools that have no name and no parameters here, such as a provider's own search. */
  readonly leftOut: number;
}

/** @param recorded a list of tools, or its JSON text; anything else offers none */
export function chatTools(recorded: unknown): ChatTools {
  const list = typeof recorded === "string" ? parsed(recorded) : recorded;
  const all: readonly unknown[] = Array.isArray(list)
    ? list.map((one: unknown) => (typeof one === "string" ? parsed(one) : one))
    : [];
  const known = all.flatMap((tool) => {
    const read = chatTool(tool);
    return read === undefined ? [] : [read];
  });
  return { known, leftOut: all.length - known.length };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * `{ type: "function", function: { name, description, parameters } }`, from the forms of OpenAI, Anthropic and the AI SDK: what hone's server tells a model of
 * the same tool, in the same order, so that a model that learned a recorded call reads the same prompt when it is asked.
 */
function chatTool(tool: unknown): JsonObject | undefined {
  if (!isObject(tool)) return undefined;
  const given = isObject(tool["function"]) ? tool["function"] : tool;
  const { name, description, type } = given;
  if (typeof name !== "string") return undefined;
  const schema = given["parameters"] ?? given["input_schema"] ?? given["inputSchema"];
  if (schema === undefined && typeof type === "string" && type !== "function") return undefined;
  const parameters = fieldsOf(schema)["jsonSchema"] ?? schema ?? noParameters;
  return {
    type: "function",
    function: { name, ...(typeof description === "string" && { description }), parameters },
  };
}
