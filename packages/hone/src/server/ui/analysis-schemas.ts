/** What the dashboard's counts of traces answer with: groups, quantiles over time, errors. */
import { z } from "@hono/zod-openapi";
import { traceGroupings } from "../../core/trace-grouping.ts";
import { exportForms } from "./ui-library.ts";
import { filterFields } from "./trace-filter.ts";

const quantiles = z
  .object({
    count: z.int(),
    mean: z.number(),
    median: z.number(),
    p90: z.number(),
    p99: z.number(),
  })
  .openapi("Quantiles");

const counts = {
  count: z.int(),
  reward: quantiles.optional(),
  /** Milliseconds. */
  latency: quantiles.optional(),
  /** Input and output tokens of a trace. */
  tokens: quantiles.optional(),
  /** Dollars of a trace, of those whose cost is known. */
  cost: quantiles.optional(),
};

const group = z
  .object({
    ...counts,
    key: z.string(),
    firstAt: z.number(),
    lastAt: z.number(),
    errorCount: z.int().describe("spans with an error"),
    errorRate: z.number().describe("share of traces that failed"),
  })
  .openapi("TraceGroup");

export const groupsQuery = z.strictObject({ ...filterFields, by: z.enum(traceGroupings) });
export const groupsAnswer = z.object({
  groups: z.array(group).describe("those that were at work last, first"),
  total: z.int().describe("how many groups there are"),
  hasPrices: z.boolean(),
});

export const timesQuery = z.strictObject({
  ...filterFields,
  by: z.enum(["agent", "version"]).optional().openapi({ description: "a curve for each" }),
});
export const timesAnswer = z.object({
  times: z.array(z.number()).describe("where each stretch of time begins, Unix milliseconds"),
  series: z.array(
    z
      .object({
        key: z.string(),
        points: z.array(z.object(counts).nullable()).describe("null where there is no trace"),
      })
      .openapi("TraceSeries"),
  ),
  hasPrices: z.boolean(),
});

const errorGroup = z
  .object({
    key: z.string(),
    count: z.int(),
    traces: z.int(),
    firstAt: z.number(),
    lastAt: z.number(),
    where: z.array(z.string()),
    agents: z.array(z.string()),
    message: z.string(),
    samples: z.array(
      z.object({ traceId: z.string(), spanId: z.string().optional(), at: z.number() }),
    ),
  })
  .openapi("ErrorGroup");

export const errorsQuery = z.strictObject(filterFields);
export const errorsAnswer = z.object({
  groups: z.array(errorGroup).describe("the most frequent first"),
  total: z.int().describe("how many groups there are"),
});

export const exportQuery = z.strictObject({ ...filterFields, form: z.enum(exportForms) });
