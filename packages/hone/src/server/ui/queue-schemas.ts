/** Queues of traces that people judge, as the dashboard's endpoints say and take them. */
import { z } from "@hono/zod-openapi";
import { queueKinds } from "../../core/feedback-queue.ts";
import { message } from "../../formats/span-format.ts";

const filter = z
  .record(z.string(), z.unknown())
  .describe("conditions on traces by their names, as those of GET /api/traces");

export const newQueue = z
  .strictObject({
    name: z.string(),
    kind: z.enum(queueKinds),
    filter: filter.optional(),
    size: z.int().optional().describe("items at most; 100 if left out"),
    ratersPerItem: z.int().optional().describe("1 if left out"),
    seed: z.int().optional(),
    reasons: z.array(z.string()).optional(),
  })
  .openapi("NewQueue");

const queueFields = {
  name: z.string(),
  kind: z.enum(queueKinds),
  filter,
  createdAt: z.number().describe("Unix milliseconds"),
  ratersPerItem: z.int(),
  items: z.int(),
  done: z.int().describe("items that as many people have judged as are to"),
  judgements: z.int(),
  missing: z.int().describe("items whose traces are not in the store any more"),
  raters: z.array(z.object({ name: z.string(), judged: z.int() })),
  openConflicts: z
    .int()
    .describe("items on which raters disagree and that no further rating has decided yet"),
};

export const queueSummary = z.object(queueFields).openapi("Queue");

export const queueList = z.object({
  store: z.string().optional().describe("absent without a store; then there is nothing to judge"),
  queues: z.array(queueSummary),
  problems: z.array(z.string()).describe("queues that cannot be read"),
});

const rating = z.union([z.string(), z.number()]);

const agreement = z
  .object({
    scale: z.enum(["nominal", "ordinal", "interval", "ratio"]),
    weights: z.enum(["none", "quadratic"]),
    alpha: z.number().optional().describe("Krippendorff's; absent where it is not defined"),
    judgedTwice: z.int(),
    pairs: z.array(
      z.object({
        raters: z.array(z.string()).length(2),
        items: z.int(),
        same: z.number().describe("share of the items"),
        kappa: z.number().optional().describe("Cohen's; absent where it is not defined"),
      }),
    ),
  })
  .openapi("Agreement");

const conflict = z.object({
  item: z.int(),
  task: z.string(),
  decision: rating
    .optional()
    .describe("the result of all ratings together; absent while the item is undecided"),
  judgements: z.array(
    z.object({ author: z.string(), value: rating, reason: z.string().optional() }),
  ),
});

/** How a queue's feedback is learned. */
const queueTraining = z
  .object({
    training: z.string(),
    commands: z.array(z.string()).describe("to be typed one after the other"),
  })
  .openapi("QueueTraining");

export const queueDetails = z
  .object({
    ...queueFields,
    agreement: agreement.optional(),
    conflicts: z.array(conflict),
    sides: z.object({ left: z.int(), right: z.int() }).describe("where better answers stood"),
    trainings: z.array(queueTraining),
  })
  .openapi("QueueDetails");

const rater = z.string().trim().min(1).max(100);

const said = {
  rating: z.number().optional(),
  preferred: z.enum(["left", "right", "tie"]).optional(),
  answer: z.string().optional(),
  reason: z.string().optional(),
};

export const shownItem = z
  .object({
    item: z.int().describe("its place in the queue, from 0"),
    kind: z.enum(queueKinds),
    task: z.string(),
    context: z.array(message).describe("what the agent was asked, as messages"),
    answers: z
      .array(
        z.object({
          text: z.string().optional(),
          tools: z.array(z.object({ name: z.string(), calls: z.int(), failed: z.int() })),
        }),
      )
      .describe("one, or the left and the right one"),
    trace: z.string().optional().describe("its id; absent where answers are compared blind"),
    reasons: z.array(z.string()),
    mine: z.object(said).optional().describe("what this rater has said"),
  })
  .openapi("QueueItem");

export const nextRequest = z.strictObject({
  rater,
  skipped: z.int().optional().describe("the item to be asked about last"),
  secondLook: z.boolean().optional().describe("only items on which others disagree"),
});

export const handedOut = z
  .object({
    item: shownItem.optional(),
    held: z.int().describe("items that others look at just now; 0 where one is handed out"),
    judged: z.int().describe("items that this rater has judged"),
    items: z.int(),
    done: z.int(),
  })
  .openapi("HandedOut");

export const itemQuery = z.strictObject({ rater });

export const itemParams = z.object({ name: z.string(), item: z.coerce.number().int().min(0) });

export const holdRequest = z.strictObject({ rater, item: z.int() });

export const answerRequest = z
  .strictObject({ rater, item: z.int(), ...said })
  .openapi("QueueAnswer");

export const keptAnswer = z.object({
  id: z.string().describe("of the feedback, which is durable"),
});

export const trainingRequest = z
  .strictObject({
    training: z.string(),
    model: z.string().describe("a folder, a run, a hub id, or tiny"),
    steps: z.int(),
    learningRate: z.number().optional().describe("the training's own if left out"),
  })
  .openapi("TrainingRequest");

export const uiTraining = z
  .object({
    run: z.string().describe("the name of its run, once that is there"),
    queue: z.string(),
    training: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    state: z.enum(["running", "done", "stopped", "failed"]),
    output: z.string().describe("the end of what it has printed"),
  })
  .openapi("Training");
