/** What the dashboard's server answers with, and what it is asked by: schemas of which docs/ui-api.json is made. */
import { z } from "@hono/zod-openapi";
import { spanSchema } from "../../formats/span-format.ts";
import { traceStatuses } from "../../core/trace.ts";
import { traceOrderKeys } from "../../core/trace-query.ts";
import { filterFields, numberText } from "./trace-filter.ts";

export const interval = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .openapi("Interval", { description: "an estimate with the ends of its 95 % interval" });

const outcome = z
  .object({ success: interval, reward: interval, tasks: z.int() })
  .openapi("Outcome", { description: "success and mean reward on held-out tasks" });

const runFields = {
  name: z.string(),
  status: z.enum(["running", "done", "stopped", "failed", "damaged"]),
  createdAt: z.string().optional(),
  problem: z.string().optional(),
  command: z.string().optional(),
  model: z.string().optional(),
  seed: z.number().optional(),
  before: outcome.optional(),
  after: outcome.optional(),
  difference: z.object({ success: interval, reward: interval }).optional(),
  seconds: z.number().optional(),
};

export const runList = z.object({
  folder: z.string().describe("where runs are looked for"),
  runs: z.array(z.object(runFields).openapi("Run")),
});

const stage = z.object({
  name: z.string(),
  outcome,
  components: z.record(z.string(), interval).optional(),
});

export const runDetails = z
  .object({
    ...runFields,
    folder: z.string(),
    config: z.record(z.string(), z.unknown()),
    checkpoints: z.array(z.object({ name: z.string(), step: z.number() })),
    stages: z.array(stage).optional(),
    baselines: z.array(z.object({ name: z.string(), success: interval })).optional(),
    warnings: z
      .array(z.object({ code: z.string(), count: z.int(), texts: z.array(z.string()) }))
      .optional(),
  })
  .openapi("RunDetails");

export const comparison = z.object({
  groups: z
    .array(z.array(z.string()))
    .describe("the names of runs that differ by nothing but the seed, together"),
  settings: z.array(z.object({ key: z.string(), values: z.array(z.string()) })),
});

const distribution = z
  .object({
    section: z.string(),
    name: z.string(),
    least: z.number().describe("where the first bin begins; bins are of equal width"),
    greatest: z.number().describe("where the last bin ends"),
    notFinite: z.int().describe("values that are in no bin"),
    columns: z.array(
      z.object({
        from: z.int().describe("its first step"),
        to: z.int().describe("its last step"),
        counts: z.array(z.int()).describe("values in each bin"),
        least: z.number().optional(),
        median: z.number().optional(),
        greatest: z.number().optional(),
      }),
    ),
  })
  .openapi("Distribution", {
    description: "values of a run's rollouts by step, in the same bins at all steps",
  });

export const distributions = z.object({ distributions: z.array(distribution) });

const metricsRow = z
  .object({
    section: z.string(),
    step: z.int(),
    time: z.string(),
    values: z.record(z.string(), z.number().nullable()).optional(),
  })
  .openapi("MetricsRow", { description: "numbers of a step; null where one is not finite" });

export const metricsPage = z
  .object({
    run: z.string(),
    rows: z.array(metricsRow),
    next: z.int().describe("the `from` of the rows that come after these"),
    hasMore: z.boolean(),
    isAnew: z.boolean().describe("the file was cut by a resume: forget the rows of before"),
  })
  .openapi("MetricsPage");

/** What the stream of a run's numbers says beside them. */
export const runSign = z
  .object({
    run: z.string(),
    status: z.string().optional().describe("its state, first and whenever it changes"),
    problem: z.string().optional().describe("why no more numbers of it come"),
  })
  .openapi("RunSign");

const traceSummary = z
  .object({
    id: z.string(),
    agent: z.string(),
    agentVersion: z.string().optional(),
    task: z.string(),
    taskId: z.string().optional(),
    attempt: z.int(),
    status: z.enum(traceStatuses),
    startedAt: z.number().describe("Unix milliseconds"),
    endedAt: z.number().optional(),
    session: z.string().optional(),
    user: z.string().optional(),
    tags: z.array(z.string()),
    reward: z.number().optional(),
    cost: z.number().optional().describe("dollars, where prices are given and cover all its calls"),
    spanCount: z.int(),
    errorCount: z.int(),
    tokens: z.object({ input: z.number(), output: z.number() }),
  })
  .openapi("TraceSummary");

export const tracePage = z.object({
  store: z.string().optional().describe("its address, without secrets; absent without a store"),
  traces: z.array(traceSummary),
  next: z.string().optional().describe("the cursor of the next page"),
  hasPrices: z.boolean().describe("whether the server was given prices of models"),
});

export const traceQuery = z.strictObject({
  ...filterFields,
  order: z.enum(traceOrderKeys).optional(),
  direction: z.enum(["ascending", "descending"]).optional(),
  limit: numberText.openapi({ description: "1 to 1000; 100 if left out" }),
  cursor: z.string().optional(),
});

/** A trace as docs/formats describes it, its spans in order. */
export const wholeTrace = z
  .object({
    trace_id: z.string(),
    agent_id: z.string(),
    task: z.string(),
    total_reward: z.number().optional(),
    status: z.enum(traceStatuses),
    hone: z.record(z.string(), z.unknown()),
    costs: z
      .object({ total: z.number().optional(), spans: z.record(z.string(), z.number()) })
      .optional()
      .describe("dollars of the trace and of its calls; absent without prices"),
    spans: z.array(spanSchema),
  })
  .openapi("Trace", { description: "the format hone.trace: docs/formats" });

export const problem = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string().describe("what happened, and the way out"),
    }),
  })
  .openapi("Problem");
