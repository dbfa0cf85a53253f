/** Evaluations as the dashboard's server gives them. */
import { z } from "@hono/zod-openapi";
import { interval } from "./ui-schemas.ts";

export const measuredStage = z
  .object({
    kind: z
      .enum(["run", "evaluation"])
      .describe("a stage of a run, or what `npx hone eval` measured"),
    set: z.string().describe("what was measured on: the same for what can be compared"),
    run: z.string().describe("the name of the run or the evaluation"),
    stage: z.string(),
    model: z.string().optional(),
    adapter: z.string().optional(),
    prompt: z
      .string()
      .optional()
      .describe("the wording of the tasks, or the file that has it with digits of its hash"),
    mode: z.enum(["greedy", "sampled"]).optional().describe("absent in runs of older versions"),
    samplesPerTask: z.int(),
    createdAt: z.string().optional(),
    success: interval,
    reward: interval,
  })
  .openapi("MeasuredStage", { description: "a policy measured on held-out tasks" });

export const keptEvaluation = measuredStage
  .extend({
    folder: z.string(),
    config: z.record(z.string(), z.unknown()).describe("every setting as it was resolved"),
  })
  .openapi("KeptEvaluation", { description: "what `npx hone eval` measured, and how" });

export const evaluationName = z.object({ name: z.string() });

export const evaluationList = z.object({ stages: z.array(measuredStage) });

const taskTry = z.object({
  success: z.number().describe("the share of its tries that succeeded"),
  reward: z.number().optional().describe("the mean of its tries"),
  reply: z.string().describe("the last reply of the first try"),
  phase: z.string().describe("the name that its rollouts are kept under"),
  rollout: z.string().describe("the id of the first try"),
});

export const evaluationComparison = z
  .object({
    success: interval,
    reward: interval.optional(),
    better: z.int(),
    worse: z.int(),
    equal: z.int(),
    tasks: z.array(z.object({ id: z.string(), text: z.string(), before: taskTry, after: taskTry })),
  })
  .openapi("EvaluationComparison", {
    description: "the second minus the first, paired by task, with 95 % intervals",
  });

export const comparedStages = z.object({
  run: z.string(),
  stage: z.string(),
  otherRun: z.string(),
  otherStage: z.string(),
});
