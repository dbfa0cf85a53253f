/** What the dashboard is told of rollouts and their tokens, as zod schemas. */
import { z } from "@hono/zod-openapi";

const numbers = z.array(z.number().nullable());

/** Messages as the page shows them. */
const message = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
  reasoning: z.string().optional(),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })),
});

export const rolloutPlaces = z
  .object({
    phases: z.array(z.object({ phase: z.string(), steps: z.array(z.int()) })),
    evaluations: z.array(z.string()).describe("the stages at which held-out tasks were measured"),
  })
  .openapi("RolloutPlaces");

const rolloutSummary = z.object({
  id: z.string(),
  index: z.int(),
  reward: z.number().optional(),
  components: z.record(z.string(), z.number()),
  isSuccess: z.boolean(),
  failure: z.string().optional(),
  turns: z.int(),
  tokens: z.int().describe("sampled"),
  advantage: z.number().optional().describe("its mean over the sampled tokens"),
  notLearned: z.string().optional().describe("why the step learned nothing from it"),
  answer: z.string().describe("the beginning of what was last said"),
});

export const stepGroups = z
  .object({
    phase: z.string(),
    step: z.int(),
    weightsVersion: z.string().optional(),
    isKept: z.boolean().describe("whether the run kept what the step did with its tokens"),
    groups: z.array(
      z.object({ taskId: z.string(), task: z.string(), rollouts: z.array(rolloutSummary) }),
    ),
  })
  .openapi("StepGroups");

const part = z.object({
  start: z.int(),
  end: z.int(),
  turn: z.int(),
  kind: z.enum(["prompt", "between", "sampled"]),
});

const row = z.object({
  index: z.int(),
  weightsVersion: z.string(),
  temperature: z.number(),
  updatesBefore: z.int().optional(),
  ids: z.array(z.int()),
  texts: z.array(z.string()),
  parts: z.array(part),
  logProbs: numbers,
  samplingLogProbs: numbers,
  entropies: numbers,
  trainerLogProbs: numbers,
  advantages: numbers,
});

export const tokenView = z
  .object({
    kind: z.enum(["run", "evaluation"]).describe("what has kept it"),
    rollout: rolloutSummary,
    task: z.string(),
    siblings: z.array(z.object({ id: z.string(), reward: z.number().optional() })),
    weightsVersion: z.string().optional().describe("the weights that the step began with"),
    template: z.string().optional(),
    rendererProblem: z.string().optional().describe("why tokens have no texts"),
    conversation: z.array(message),
    rows: z.array(row),
  })
  .openapi("TokenView");

const heldOutTry = z.object({
  stage: z.string(),
  id: z.string(),
  reward: z.number().optional(),
  isSuccess: z.boolean(),
  answer: z.string(),
});

export const heldOutTasks = z
  .object({
    stages: z.array(z.string()),
    tasks: z.array(z.object({ id: z.string(), task: z.string(), tries: z.array(heldOutTry) })),
  })
  .openapi("HeldOutTasks");
