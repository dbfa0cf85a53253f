/** Which traces a request of the dashboard means: the schema of its conditions, and the filter that they are. */
import { z } from "@hono/zod-openapi";
import type { ModelPrices } from "../../core/model-prices.ts";
import { traceStatuses } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";

/** A number in a query's text; an empty text is none. */
export const numberText = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined || text === "") return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    context.addIssue({ code: "custom", message: "it is no number" });
    return z.NEVER;
  });

const bound = (description: string) => numberText.openapi({ description });

/** The conditions, as every list and count of traces takes them. */
export const filterFields = {
  agent: z.string().optional(),
  agentVersion: z.string().optional(),
  task: z.string().optional(),
  status: z.enum(traceStatuses).optional(),
  error: z.string().optional().openapi({ description: "the key of a group of errors" }),
  from: bound("started at this time or later, Unix milliseconds"),
  to: bound("started before this time, Unix milliseconds"),
  minReward: numberText,
  maxReward: numberText,
  minTokens: bound("input and output tokens together"),
  maxTokens: numberText,
  minLatency: bound("from start to end, in ms"),
  maxLatency: numberText,
  minCost: bound("dollars, by the prices that the server was given"),
  maxCost: numberText,
  session: z.string().optional(),
  user: z.string().optional(),
  tag: z.string().optional(),
  text: z.string().optional().openapi({ description: "words that all stand in the trace" }),
};

/** The filter of the conditions that are given; a form sends empty texts for the others. */
export const filterOf = (
  conditions: Readonly<Record<string, string | number | undefined>>,
  prices: ModelPrices | undefined,
): TraceFilter => ({
  ...Object.fromEntries(
    Object.entries(conditions).filter(([, value]) => value !== undefined && value !== ""),
  ),
  ...(prices !== undefined && { prices }),
});
