/** The form that a reply is bound to. Plain data. */
import type { JsonObject } from "./json.ts";

/**
 * A reply that is one JSON value: tokens with which it would not be one are never sampled.
 * @example { type: "json", schema: { type: "object", properties: { age: { type: "integer" } }, required: ["age"] } }
 */
export interface JsonFormat {
  /** Tells this form from others that may come. */
  readonly type: "json";
  /** The JSON Schema that the value must meet; docs/json.md says which keywords are known. Default: any JSON value. */
  readonly schema?: JsonObject | boolean;
}

/** The form that a reply is bound to. */
export type ResponseFormat = JsonFormat;

/** How the tokens of a reply were bound: from this the tokens that could be drawn at each place are known again. */
export interface BoundTokens {
  /** The form of the text. */
  readonly format: ResponseFormat;
  /** The tokens that could end the text once it was complete. */
  readonly stopTokens: readonly number[];
}
