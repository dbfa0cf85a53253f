/** `result.json`: is it better? The policy before and after training on the same held-out tasks, with 95 % intervals. */
import { z } from "zod";
import { anyNumber, defineFormat } from "./format.ts";

const interval = z.strictObject({ value: anyNumber, low: anyNumber, high: anyNumber });
/** An estimate and the ends of its 95 % interval. */
export type IntervalRecord = z.infer<typeof interval>;

const measurement = z.strictObject({
  tasks: z.int(),
  samplesPerTask: z.int(),
  /** Share of successes, 0 to 1. */
  success: interval,
  /** Mean reward, in the domain's units. */
  reward: interval,
});
export type Measurement = z.infer<typeof measurement>;

const result = z.strictObject({
  before: measurement,
  after: measurement,
  /** After − before, paired by task. */
  difference: z.strictObject({ success: interval, reward: interval }),
  /** Wall time of the run, all sessions together. */
  seconds: z.number(),
  /** Paths relative to the run folder. */
  checkpoint: z.string().optional(),
  report: z.string().optional(),
  /** Every measurement in order, where there were more than two: "untrained", "after sft", "after grpo". */
  stages: z.array(z.strictObject({ name: z.string(), measurement })).optional(),
});
export type ResultRecord = z.infer<typeof result>;
export const resultFormat = defineFormat("hone.result", 1, result);
