/**
 * The format of `metrics.jsonl`: one row for each section and step.
 *
 * Metrics `x_low` and `x_high` beside a metric `x` are the ends of its 95 % interval, which charts draw as a band.
 */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { anyNumber, timestamp } from "./schema-parts.ts";

const row = z.strictObject({
  /** The phase: "sft", "grpo", "evaluation". */
  section: z.string(),
  step: z.int(),
  time: timestamp,
  values: z.record(z.string(), anyNumber).optional(),
  /** All numbers of a histogram by its name, for example the reward of every rollout of the step. */
  histograms: z.record(z.string(), z.array(anyNumber)).optional(),
});
/** A row of `metrics.jsonl`. */
export type MetricsRow = z.infer<typeof row>;
/** The format of `metrics.jsonl`. */
export const metricsFormat = defineFormat("hone.metrics", 1, row);
