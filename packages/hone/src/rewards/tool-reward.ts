/**
 * What a tool call was worth: +1 when it gave something, −1 when it failed, −0.5 when it came back empty.
 *
 *     success   u        usefulness u ∈ [0, 1], default 1
 *     empty    −0.5
 *     failure  −1
 */
import type { JsonValue } from "../core/json.ts";
import type { ToolSpan } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** A result that says itself that it is an error, as MCP's do, is a failure. */
export interface ToolExecution {
  /** Anything that is set: the call failed. */
  readonly error?: unknown;
  readonly result?: JsonValue | undefined;
}

/** How much a result helped, in [0, 1]; undefined counts as 1. */
export type Usefulness = (span: ToolSpan) => number | undefined;

/**
 * @param usefulness scales a success; values outside [0, 1] are taken to the nearer end
 * @returns in [−1, 1]
 * @example
 * toolReward({ result: [{ title: "Tides" }] }); // 1
 * toolReward({ error: new Error("exit 1") });   // -1
 * toolReward({ result: { hits: [] } });         // -0.5
 */
export function toolReward(execution: ToolExecution, usefulness = 1): number {
  const { error, result } = execution;
  if ((error !== undefined && error !== null) || saysError(result)) return -1;
  if (isEmpty(result)) return -0.5;
  return Math.min(1, Math.max(0, usefulness));
}

/**
 * The mean over the tool calls of a trace, or of one of its agents; undefined when there are none. A call that never came
 * back counts as empty.
 */
export function toolRewardOf(
  trace: Trace,
  options: { readonly agent?: string; readonly usefulness?: Usefulness } = {},
): number | undefined {
  const { agent, usefulness } = options;
  const rewards = trace.spans
    .filter((span) => span.kind === "tool")
    .filter((span) => agent === undefined || (span.agent ?? trace.agent) === agent)
    .map((span) => toolReward(span, usefulness?.(span)));
  if (rewards.length === 0) return undefined;
  return rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
}

const saysError = (result: JsonValue | undefined): boolean =>
  typeof result === "object" && result !== null && "isError" in result && result.isError === true;

/** Nothing in it: no text, no number, no truth value. */
function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
