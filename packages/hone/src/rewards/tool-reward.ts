/** Rewards of tool calls. */
import type { JsonValue } from "../core/json.ts";
import { checkOptions } from "../core/known-options.ts";
import type { ToolSpan } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";

/** What a tool call gave back. */
export interface ToolExecution {
  /** The error of a failed call; undefined and null mean that it did not fail. */
  readonly error?: unknown;
  /** The result. One with `isError: true`, as MCP's tools return it, counts as a failure. */
  readonly result?: JsonValue | undefined;
}

/** How much a tool's result helped, from 0 to 1; undefined counts as 1. */
export type Usefulness = (span: ToolSpan) => number | undefined;

/**
 * The reward of one tool call, from −1 to 1.
 *
 *     success   u        usefulness u ∈ [0, 1], default 1
 *     empty    −0.5      the result holds no text, number or truth value
 *     failure  −1
 *
 * @param usefulness  how much the result helped; values outside of 0 to 1 count as the nearer end
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
 * The mean reward of the tool calls of a trace, or of one of its agents. A call without a result counts as empty.
 *
 * @returns undefined when there is no tool call
 * @throws OPTION_INVALID
 * @example toolRewardOf(trace, { agent: "researcher" });
 */
export function toolRewardOf(
  trace: Trace,
  options: { readonly agent?: string; readonly usefulness?: Usefulness } = {},
): number | undefined {
  checkOptions("toolRewardOf", options, { agent: true, usefulness: true });
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

/** True for a value that holds no text, no number and no truth value, however deep. */
function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
