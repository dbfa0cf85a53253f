/** Tools that a model is offered. Plain data. */
import type { JsonObject } from "./json.ts";

/** A tool as a model is told of it. */
export interface ToolDefinition {
  /** The name by which the model calls it. */
  readonly name: string;
  /** What it does and when to call it, for the model. Default: nothing is said. */
  readonly description?: string;
  /** The JSON Schema of its arguments, which are an object. */
  readonly parameters: JsonObject;
}

/** The JSON Schema of a tool without arguments. */
export const noParameters = { type: "object", properties: {} } as const;

/** Names the one tool that a model must call. */
export interface NamedToolChoice {
  /** The tool's name. */
  readonly name: string;
}

/**
 * Whether a model may call tools: "auto" lets it decide, "none" reads its reply as text alone, "required" makes it call one of
 * them, and a name makes it call that one.
 */
export type ToolChoice = "auto" | "none" | "required" | NamedToolChoice;
