/** The format of `evaluation.json`: what `hone eval` measured of a model on held-out tasks, and how. */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { interval, measurement } from "./result-format.ts";
import { anyNumber, timestamp } from "./schema-parts.ts";

const atK = z.strictObject({
  k: z.int(),
  taskCount: z.int(),
  value: anyNumber,
  low: anyNumber,
  high: anyNumber,
});

const evaluation = z.strictObject({
  /** Four hex digits, with which the folder's name ends. */
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  /** The settings with every default filled in. `model` is as it was named, and `domain` or `data` says where the tasks come from. */
  config: z.record(z.string(), z.unknown()),
  /** The folder of the model, or of the base model where an adapter is on it; its tokenizer and template read the rollouts. */
  modelFolder: z.string(),
  measurement,
  /** pass@k and the reward of the best of k tries; empty where each task was tried once. */
  passAtK: z.array(atK),
  bestOfN: z.array(atK),
  /** e to the loss, of conversations. */
  perplexity: interval.optional(),
  /** Parameters of the model together with its adapter, and how many of them were trained, where that is known. */
  parameters: z.strictObject({ total: z.int(), trained: z.int().optional() }),
  /** Wall time in seconds, without opening the model. */
  seconds: z.number(),
});
/** The content of `evaluation.json`. */
export type EvaluationRecord = z.infer<typeof evaluation>;
/** The format of `evaluation.json`. */
export const evaluationFormat = defineFormat("hone.evaluation", 1, evaluation);
