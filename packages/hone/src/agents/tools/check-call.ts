/**
 * Which tool a call names, and with which arguments: checked against the tool's JSON Schema before anything runs.
 *
 * What is repaired, each counted as one repair: a name that differs only in case, in `-` for `_` or by a `functions.` before it;
 * arguments that are empty or null, for none; arguments that are a JSON text within a JSON text; arguments in a Markdown
 * fence. Nothing else is guessed.
 */
import { Validator, type Schema } from "@cfworker/json-schema";
import { messageOf } from "../../core/errors.ts";
import { isObject, parseJson, type JsonObject } from "../../core/json.ts";
import type { ToolCall } from "../../core/message.ts";
import type { Tool } from "./tool.ts";

/** Why a call cannot be made. */
export type CallProblem = "unknownTool" | "cut" | "notJson" | "schema";

/** A call that can be made, or what the model is told instead. */
export type CheckedCall =
  | {
      readonly kind: "ready";
      readonly tool: Tool;
      readonly given: JsonObject;
      /** How many repairs it took. */
      readonly repairs: number;
    }
  | { readonly kind: CallProblem; readonly message: string };

/** @param isCut whether the reply that holds the call ended at its token limit */
export function checkCall(call: ToolCall, tools: readonly Tool[], isCut: boolean): CheckedCall {
  const tool = tools.find(({ name }) => name === call.name) ?? similarTool(call.name, tools);
  const read = readArguments(call.arguments);
  if (read === undefined && isCut) {
    const message =
      "Error: the reply reached its limit of tokens before the call ended. Write less.";
    return { kind: "cut", message };
  }
  if (tool === undefined) return unknownTool(call, tools);
  if (read === undefined) {
    const message = `Error: the arguments of ${tool.name} are not a JSON object: ${jsonProblem(call.arguments)}`;
    return { kind: "notJson", message };
  }
  const problems = schemaProblems(read.given, tool);
  if (problems !== undefined) {
    const message = `Error: the arguments of ${tool.name} do not fit its schema: ${problems}`;
    return { kind: "schema", message };
  }
  const repairs = Number(read.isRepaired) + Number(tool.name !== call.name);
  return { kind: "ready", tool, given: read.given, repairs };
}

function unknownTool({ name }: ToolCall, tools: readonly Tool[]): CheckedCall {
  const known = tools.map((tool) => tool.name).join(", ");
  const what = name === "" ? "the call names no tool" : `there is no tool ${JSON.stringify(name)}`;
  return { kind: "unknownTool", message: `Error: ${what}. The tools are: ${known}.` };
}

/** The one tool that is meant by a name in another spelling; undefined where it may be several. */
function similarTool(name: string, tools: readonly Tool[]): Tool | undefined {
  const plain = (text: string): string =>
    text
      .trim()
      .replace(/^functions\./u, "")
      .replaceAll("-", "_")
      .toLowerCase();
  const found = tools.filter((tool) => plain(tool.name) === plain(name));
  return found.length === 1 ? found[0] : undefined;
}

function readArguments(
  text: string,
): { readonly given: JsonObject; readonly isRepaired: boolean } | undefined {
  const given = objectOf(text);
  if (given !== undefined) return { given, isRepaired: false };
  const repaired = repairedArguments(text.trim());
  return repaired === undefined ? undefined : { given: repaired, isRepaired: true };
}

function repairedArguments(text: string): JsonObject | undefined {
  if (text === "" || text === "null") return {};
  const fenced = /^```(?:json)?\s*(.*?)\s*```$/su.exec(text)?.[1];
  if (fenced !== undefined) return objectOf(fenced);
  const inner = text.startsWith('"') ? valueOf(text) : undefined;
  return typeof inner === "string" ? objectOf(inner) : undefined;
}

function objectOf(text: string): JsonObject | undefined {
  const value = valueOf(text);
  return isObject(value) ? value : undefined;
}

function valueOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function jsonProblem(text: string): string {
  try {
    parseJson(text);
    return "they are another value.";
  } catch (error) {
    return `${messageOf(error)}.`;
  }
}

/** Validators by their tools. */
const validators = new WeakMap<Tool, Validator>();

/** What of the arguments breaks the schema, the first things only; undefined where they fit. */
function schemaProblems(given: JsonObject, tool: Tool): string | undefined {
  const validator =
    validators.get(tool) ?? new Validator(tool.parameters as Schema, "2020-12", false);
  validators.set(tool, validator);
  const { valid, errors } = validated(validator, given, tool);
  if (valid) return undefined;
  // Errors of a part name the whole as well; the last ones say most.
  const own = errors.filter(({ keyword }) => !["properties", "items", "$ref"].includes(keyword));
  const shown = (own.length > 0 ? own : errors).slice(0, 3);
  return shown.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`).join(" ");
}

/** A schema that refers to itself without an end, or to what is not there, fits nothing. */
function validated(validator: Validator, given: JsonObject, { name }: Tool) {
  try {
    return validator.validate(given);
  } catch (error) {
    const problem = `the schema of ${name} cannot be used: ${messageOf(error).split("\n")[0]}`;
    return { valid: false, errors: [{ keyword: "$ref", instanceLocation: "#", error: problem }] };
  }
}
