/** Unified trajectories as JSON, format hone.trajectory: one in a file, or lines of them after a header. */
import { z } from "zod";
import { stepKinds, type UnifiedTrajectory } from "../core/unified-trajectory.ts";
import { defineFormat, readFormat, writeFormat } from "./format.ts";
import { jsonObject, jsonValue, numberObject } from "./json-value.ts";

const step = z.strictObject({
  index: z.int().min(0),
  turn: z.int().min(0),
  kind: z.enum(stepKinds),
  tool: z.string().min(1),
  name: z.string().optional(),
  callId: z.string().optional(),
  arguments: jsonValue.optional(),
  thought: z.string().optional(),
  text: z.string().optional(),
  observation: z.string().optional(),
  reward: z.number().optional(),
  agent: z.string().optional(),
  promptTokens: z.array(z.int()).optional(),
  tokens: z.array(z.int()).optional(),
  logProbs: z.array(z.number()).optional(),
  weightsVersion: z.string().optional(),
  startedAt: z.number().optional(),
  ms: z.number().optional(),
});

/** The schema of a trajectory. */
export const trajectorySchema = z.strictObject({
  id: z.string().min(1),
  domain: z.string().min(1),
  task: z.strictObject({
    id: z.string().min(1),
    question: z.string().optional(),
    instructions: z.string().optional(),
    fields: jsonObject.optional(),
  }),
  split: z.enum(["train", "test"]).optional(),
  tools: z.array(jsonObject),
  steps: z.array(step),
  answer: z.string().optional(),
  outcome: z.strictObject({
    status: z.enum(["completed", "failed", "cancelled"]),
    isSuccess: z.boolean().optional(),
    error: z.string().optional(),
  }),
  reward: z.number().optional(),
  rewards: numberObject.optional(),
  provenance: z.strictObject({
    source: z.string(),
    agent: z.string().optional(),
    model: z.string().optional(),
    place: z.string().optional(),
  }),
});

export const trajectoryFormat = defineFormat("hone.trajectory", 1, trajectorySchema);

/** The text of a file with one trajectory. */
export const writeTrajectory = (trajectory: UnifiedTrajectory): string =>
  writeFormat(trajectoryFormat, checkedFields(trajectory));

/**
 * The trajectory of a text.
 * @param file  path of the file, for errors
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export const readTrajectory = (text: string, file: string): UnifiedTrajectory =>
  readFormat(trajectoryFormat, text, file) as UnifiedTrajectory;

/** The fields as the schema has them, which differ by what may be written to. */
const checkedFields = (trajectory: UnifiedTrajectory): z.infer<typeof trajectorySchema> =>
  trajectory as z.infer<typeof trajectorySchema>;
