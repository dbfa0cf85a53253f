/** Errors for states in which nothing would be learned, or what was learned would be lost. */
import { HoneError, isError } from "../../core/errors.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type {
  AdamParams,
  Datum,
  LossName,
  OptimStepOutput,
  TrainingClient,
} from "../../ports/training-client.ts";
import { countMasked } from "./masks.ts";

/** What errors say of the step, and what is done before they are thrown. */
export interface GuardContext {
  readonly algorithm: string;
  readonly step: number;
  readonly learningRate: number;
  readonly saveBatch: AlgorithmParts["saveBatch"];
  readonly training: Pick<TrainingClient, "discardGradients" | "optimStep">;
}

/** @throws BATCH_ALL_MASKED when no position of any row counts */
export function checkMasks(algorithm: string, step: number, data: readonly Datum[]): void {
  if (data.some((datum) => countMasked(datum.mask ?? datum.weights ?? []) > 0)) return;
  throw new HoneError("BATCH_ALL_MASKED", { where: algorithm, step, rows: data.length });
}

/**
 * Stops on a loss or gradient norm that is not a number, after the ids of the batch's rows were saved and what was
 * accumulated was dropped.
 * @throws TRAINING_NOT_FINITE naming the file
 */
async function checkFinite(
  quantity: "loss" | "gradient norm",
  value: number,
  data: readonly Datum[],
  context: GuardContext,
): Promise<void> {
  if (Number.isFinite(value)) return;
  const { algorithm, step, learningRate } = context;
  const record = {
    algorithm,
    step,
    quantity,
    value: String(value),
    rows: data.map((datum, index) => datum.id ?? `row ${index}`),
  };
  await context.training.discardGradients();
  const file = await context.saveBatch?.(`not-finite-step-${step}`, record);
  throw new HoneError("TRAINING_NOT_FINITE", {
    where: algorithm,
    step,
    quantity,
    value: String(value),
    learningRate,
    ...(file === undefined ? {} : { file }),
  });
}

/**
 * A pass whose loss must be a number, whether the client refuses such a pass or reports its loss.
 * @throws TRAINING_NOT_FINITE naming the file with the ids of the batch's rows
 */
export async function finitePass<Output extends { readonly loss: number }>(
  pass: () => Promise<Output>,
  data: readonly Datum[],
  context: GuardContext,
): Promise<Output> {
  try {
    const output = await pass();
    await checkFinite("loss", output.loss, data, context);
    return output;
  } catch (error) {
    if (isError(error, "LOGITS_NOT_FINITE")) await checkFinite("loss", Number.NaN, data, context);
    throw error;
  }
}

/**
 * An optimizer step whose gradient must be a number, whether the client refuses such a step or reports its norm.
 * @throws TRAINING_NOT_FINITE naming the file with the ids of the batch's rows
 */
export async function finiteStep(
  params: AdamParams,
  data: readonly Datum[],
  context: GuardContext,
): Promise<OptimStepOutput> {
  try {
    const output = await context.training.optimStep(params);
    await checkFinite("gradient norm", output.gradientNorm, data, context);
    return output;
  } catch (error) {
    if (isError(error, "GRADIENT_NOT_FINITE"))
      await checkFinite("gradient norm", Number(error.facts.norm), data, context);
    throw error;
  }
}

/** @throws LOSS_UNSUPPORTED before anything was computed */
export function checkLoss(
  algorithm: string,
  loss: LossName,
  training: Pick<TrainingClient, "capabilities">,
): void {
  const supported = training.capabilities.losses;
  if (supported.includes(loss)) return;
  throw new HoneError("LOSS_UNSUPPORTED", { where: algorithm, loss, supported });
}
