/**
 * Formats of a run that searches for prompts: `prompts.json` holds every candidate with its scores, `paid.jsonl` what was paid
 * for, so that a resumed run pays for nothing twice.
 */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { anyNumber } from "./schema-parts.ts";

const texts = z.record(z.string(), z.string());

const candidate = z.strictObject({
  /** Its number in the order in which candidates were found; 0 is the start. */
  id: z.int(),
  prompts: texts,
  /** The candidates that it was made from. */
  parents: z.array(z.int()),
  /** The step in which it was found. */
  step: z.int(),
  /** Mean reward on the validation tasks. */
  score: anyNumber,
  /** The same by the task's id. */
  scores: z.record(z.string(), anyNumber),
});

const prompts = z.strictObject({
  /** The method, such as "apo". */
  method: z.string(),
  /** Why the search ended; absent while it runs. */
  end: z.enum(["steps", "budget", "critic"]).optional(),
  /** The id of the best candidate. */
  best: z.int(),
  candidates: z.array(candidate),
  spent: z.strictObject({
    rollouts: z.int(),
    criticCalls: z.int(),
    /** Absent where the critic does not say. */
    criticTokens: z.int().optional(),
  }),
});
/** The content of `prompts.json`. */
export type PromptsRecord = z.infer<typeof prompts>;
/** The format of `prompts.json`. */
export const promptsFormat = defineFormat("hone.prompts", 1, prompts);

const message = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
  calls: z.array(z.strictObject({ name: z.string(), arguments: z.string() })).optional(),
});

const rollout = z.strictObject({
  kind: z.literal("rollout"),
  /** A hash of the prompts, the task and everything else that decides the rollout. */
  key: z.string(),
  id: z.string(),
  taskId: z.string(),
  conversations: z.array(z.array(message)),
  /** What the agent returned, as text. */
  answer: z.string().optional(),
  reward: z
    .strictObject({
      total: anyNumber,
      components: z.record(z.string(), anyNumber),
      source: z.enum(["rule", "judge", "human"]),
      reason: z.string().optional(),
    })
    .optional(),
  isSuccess: z.boolean(),
  failure: z
    .strictObject({
      boundary: z.enum([
        "worker",
        "policy",
        "agent",
        "tool",
        "environment",
        "sandbox",
        "reward",
        "deadline",
      ]),
      message: z.string(),
      place: z.string().optional(),
    })
    .optional(),
  metrics: z.record(z.string(), anyNumber).optional(),
  attempts: z.int(),
  /** Wall time of the rollout. */
  seconds: z.number(),
  /** Wall time of the run until then, all sessions together. */
  at: z.number(),
});
/** A rollout that was paid for. */
export type PaidRollout = z.infer<typeof rollout>;

const reply = z.strictObject({
  kind: z.literal("reply"),
  /** A hash of the question and its seed. */
  key: z.string(),
  text: z.string(),
  /** Of question and reply; absent where the critic does not say. */
  tokens: z.int().optional(),
  at: z.number(),
});
/** A reply of the critic. */
export type PaidReply = z.infer<typeof reply>;

const paid = z.discriminatedUnion("kind", [rollout, reply]);
/** A row of `paid.jsonl`. */
export type PaidRow = z.infer<typeof paid>;
/** The format of `paid.jsonl`. */
export const paidFormat = defineFormat("hone.paid", 1, paid);
