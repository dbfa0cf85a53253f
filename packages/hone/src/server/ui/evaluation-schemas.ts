/** Evaluations as the dashboard's server gives them. */
import { z } from "@hono/zod-openapi";
import { interval } from "./ui-schemas.ts";

export const measuredStage = z
  .object({
    set: z.string().describe("what was measured on: the same for what can be compared"),
    run: z.string(),
    stage: z.string(),
    model: z.string().optional(),
    createdAt: z.string().optional(),
    success: interval,
    reward: interval,
  })
  .openapi("MeasuredStage", { description: "a policy measured on held-out tasks" });

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
