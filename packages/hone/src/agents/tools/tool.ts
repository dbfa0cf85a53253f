/** Tools that an agent's model can call: a definition for the model, and the function that does the work. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { ToolDefinition } from "../../core/tools.ts";

/** What a tool is given besides its arguments. */
export interface ToolContext {
  /** Aborts when the rollout ends, the time limit of the call is over, or another call of the same reply failed. */
  readonly signal: AbortSignal;
  /** The id of the call. */
  readonly callId: string;
}

/** A tool with the function that does its work. */
export interface Tool extends ToolDefinition {
  /**
   * Checks arguments that fit the schema once more and gives those that `execute` gets. What it throws is told to the model,
   * as arguments that break the schema are. Default: nothing more is checked.
   */
  readonly accept?: (given: JsonObject) => Promise<JsonObject> | JsonObject;
  /**
   * Does the work. Its result is shown to the model: a text as it is, undefined as nothing, anything else as JSON. The
   * arguments fit the schema. An error that it throws is the tool's own failure.
   */
  execute(given: JsonObject, context: ToolContext): unknown;
}

/** A tool as its author writes it. */
export interface ToolOptions<Arguments> extends ToolDefinition {
  /** Does the work; see `Tool.execute`. */
  readonly execute: (given: Arguments, context: ToolContext) => unknown;
}

const names: OptionNames<ToolOptions<never>> = {
  name: true,
  description: true,
  parameters: true,
  execute: true,
};

/**
 * Makes a tool. The arguments' type is what the author says; calls that break the schema never reach `execute`.
 *
 * @throws OPTION_INVALID
 * @example
 * const add = tool<{ a: number; b: number }>({
 *   name: "add",
 *   description: "Adds two numbers.",
 *   parameters: {
 *     type: "object",
 *     properties: { a: { type: "number" }, b: { type: "number" } },
 *     required: ["a", "b"],
 *   },
 *   execute: ({ a, b }) => a + b,
 * });
 */
export function tool<Arguments = JsonObject>(options: ToolOptions<Arguments>): Tool {
  // The schema's keys are the author's: only the outermost names are checked.
  checkOptions("tool", { ...options, parameters: {} }, names);
  const check = optionChecks("tool");
  const { name, description, parameters, execute } = options;
  check.text("name", name);
  check.callable("execute", execute);
  if (!isObject(parameters)) {
    throw check.invalid("parameters", parameters, "the JSON Schema of an object");
  }
  return {
    name,
    ...(description !== undefined && { description }),
    parameters,
    // What the schema lets through is what the author says it is.
    execute: (given, context) => execute(given as Arguments, context),
  };
}
