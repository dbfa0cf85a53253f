/**
 * `metrics.jsonl`: one row per section and step.
 *
 * By convention `x_low` and `x_high` beside a metric `x` are the ends of its 95 % interval; charts draw them as a band.
 */
import { z } from "zod";
import { anyNumber, defineFormat, timestamp } from "./format.ts";

const row = z.strictObject({
  /** The phase: "sft", "grpo", "evaluation". */
  section: z.string(),
  step: z.int(),
  time: timestamp,
  values: z.record(z.string(), anyNumber).optional(),
  /** All the numbers behind a histogram, for example the reward of every rollout of the step. */
  histograms: z.record(z.string(), z.array(anyNumber)).optional(),
});
export type MetricsRow = z.infer<typeof row>;
export const metricsFormat = defineFormat("hone.metrics", 1, row);
