/** The file of `hone audit --out`: every token of the audited rollouts, one a line, after the header. */
import { z } from "zod";
import { defineFormat } from "./format.ts";

/** A line of the file. */
export const auditRowSchema = z.strictObject({
  phase: z.string(),
  step: z.int(),
  rollout: z.string(),
  row: z
    .int()
    .describe("which row of the rollout, from 0: turns whose prompts extend each other share one"),
  turn: z.int().describe("from 0"),
  position: z.int().describe("the token's place in the row, from 0"),
  id: z.int(),
  text: z
    .string()
    .describe("what the token adds to the text; empty where it only begins a character"),
  isTrained: z.boolean(),
  maskReason: z.string().optional().describe("why it is not trained"),
  sampler: z
    .string()
    .optional()
    .describe('who chose it: "policy", or the adapter; absent where it was given'),
  weightsVersion: z.string().optional().describe("the weights that sampled it"),
  trainedFrom: z.string().optional().describe("the weights that the step began with"),
  template: z.string().optional().describe("16 hex digits of the hash of the chat template"),
  logProbSource: z
    .enum(["sampler", "tokenised anew"])
    .optional()
    .describe("where its log-prob comes from"),
  logProb: z.number().optional().describe("nats, at temperature 1 over the whole vocabulary"),
  samplingLogProb: z
    .number()
    .optional()
    .describe("nats, of the distribution that was sampled from"),
  trainerLogProb: z.number().optional().describe("nats, the trainer's"),
  ratio: z.number().optional().describe("exp(trainerLogProb − samplingLogProb)"),
  entropy: z.number().optional().describe("nats"),
  advantage: z.number().optional(),
  mismatch: z.string().optional().describe("the cause of a mismatch of its row or prompt"),
});

/** A token of an audited rollout. */
export type AuditRow = z.infer<typeof auditRowSchema>;
export const auditFormat = defineFormat("hone.audit", 1, auditRowSchema);
