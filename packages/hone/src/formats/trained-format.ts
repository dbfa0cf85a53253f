/**
 * `trained.jsonl` of a run folder: what each step did with its rollouts, token by token, a step on a line. The tokens themselves are
 * in the store of the rollouts.
 *
 * A line begins with its phase and its step, so that a reader of many steps finds one without reading the others.
 */
import { z } from "zod";
import { packedPattern, packNumbers, unpackNumbers } from "../core/packed-numbers.ts";
import type { TrainedRollout, TrainedRow, TrainedStep } from "../core/trained-rollout.ts";
import { defineFormat } from "./format.ts";

const reasons = [
  "group without signal",
  "advantage 0",
  "truncated",
  "group replaced",
  "too far from the sampler",
  "no sampled token",
] as const satisfies readonly TrainedRollout["notLearned"][];

const numbers = z
  .string()
  .regex(packedPattern)
  .transform((text, context) => {
    const list = unpackNumbers(text);
    if (list !== undefined) return list;
    context.addIssue({ code: "custom", message: "it is no packed list of numbers" });
    return z.NEVER;
  });

const trainedRow = z.strictObject({
  index: z.int(),
  advantage: z.union([z.number(), numbers]),
  weight: z.number(),
  logProbs: numbers,
  updatesBefore: z.int(),
});

const row = z.strictObject({
  phase: z.string(),
  step: z.int(),
  weightsVersion: z.string(),
  rollouts: z.array(
    z.strictObject({
      rolloutId: z.string(),
      notLearned: z.enum(reasons).optional(),
      isReplayed: z.boolean().optional(),
      rows: z.array(trainedRow),
    }),
  ),
});

/** A line of `trained.jsonl`, its lists unpacked. */
export type TrainedStepRow = z.infer<typeof row>;
/** The format of `trained.jsonl`. */
export const trainedFormat = defineFormat("hone.trained", 1, row);

/** A step's rollouts as a line of the file. */
export const trainedStepRow = (
  phase: string,
  step: number,
  { weightsVersion, rollouts }: TrainedStep,
) => ({
  phase,
  step,
  weightsVersion,
  rollouts: rollouts.map(({ rows, ...rollout }) => ({ ...rollout, rows: rows.map(packedRow) })),
});

const packedRow = ({ advantage, logProbs, ...row }: TrainedRow) => ({
  ...row,
  advantage: typeof advantage === "number" ? advantage : packSingles(advantage),
  logProbs: packNumbers(logProbs),
});

/** In single precision, which is that of the numbers that training computes with. */
const packSingles = (list: readonly number[]): string => packNumbers(list.map(Math.fround));
