/** The loop of methods that weigh the log-probs of given rows: batches in random order, one optimizer step each. */
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { Datum } from "../../ports/training-client.ts";
import { supervisedDatum, type SupervisedRow } from "../blocks/datums.ts";
import {
  checkLoss,
  checkMasks,
  finitePass,
  finiteStep,
  type GuardContext,
} from "../blocks/guards.ts";
import { countMasked } from "../blocks/masks.ts";
import { batchOfStep, stepsOf } from "../blocks/minibatches.ts";
import {
  adamAt,
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
} from "../blocks/optimizer.ts";
import { sumOf } from "../blocks/sums.ts";
import { rowReader } from "../blocks/row-reader.ts";
import type { Example, SupervisedData } from "./supervised-data.ts";

/** In how many steps data are learned, in which batches, and the optimizer's options. */
export interface SupervisedStepOptions extends OptimizerOptions {
  /** Passes over the data; a last, smaller batch ends each. With `steps`, whichever ends first. Default: 1 without `steps`. */
  readonly epochs?: number;
  /** Optimizer steps in total. With `epochs`, whichever ends first. Default: as many as the epochs take. */
  readonly steps?: number;
  /** Rows per step. Default 32. */
  readonly batchSize?: number;
  /** What the loss is the mean of: tokens, or rows by their own means. Default "token". */
  readonly normalize?: "token" | "row";
}

/** The names of these options. */
export const supervisedStepNames: OptionNames<SupervisedStepOptions> = {
  ...optimizerOptionNames,
  epochs: true,
  steps: true,
  batchSize: true,
  normalize: true,
};

/** The steps of a run over data, with defaults in place. */
export interface SupervisedPlan {
  /** The method's name: in errors, and a key of the order of rows. */
  readonly name: string;
  readonly steps: number;
  readonly batchSize: number;
  readonly normalize: "token" | "row";
  readonly optimizer: OptimizerOptions;
}

/**
 * The plan of these options for so many rows.
 * @throws OPTION_INVALID naming the option
 */
export function supervisedPlan(
  name: string,
  rows: number,
  options: SupervisedStepOptions,
): SupervisedPlan {
  const { batchSize = 32, normalize = "token" } = options;
  const check = optionChecks(name);
  check.whole("batchSize", batchSize, { min: 1 });
  check.oneOf("normalize", normalize, ["token", "row"]);
  checkOptimizer(name, options);
  const steps = stepsOf(name, Math.ceil(rows / batchSize), options);
  return { name, steps, batchSize, normalize, optimizer: options };
}

/** The settings of a run over data, as they are recorded: the rows, how they are weighed and divided, and the plan. */
export const dataSettings = (
  rows: number,
  { weights, rowsPer }: SupervisedData,
  { batchSize, normalize }: SupervisedPlan,
) => ({
  rows,
  ...(weights && { weights }),
  ...(rowsPer === "turn" && { rowsPer }),
  batchSize,
  normalize,
});

/** A row of a batch, how often it counts, and the factor of its log-probs. */
export interface WeighedRow {
  readonly row: SupervisedRow;
  /** Rows are averaged as if there were so many of it. */
  readonly count: number;
  /** Multiplies its loss, and is no part of what is divided by. */
  readonly factor: number;
}

/**
 * The rows of a batch as datums whose cross-entropy is the weighted mean.
 *
 *     token   w_t = mask_t · c · f / Σ_rows c · n          n = the row's trained tokens
 *     row     w_t = mask_t · c · f / (n · Σ_rows c)
 */
export function weighedData(
  rows: readonly WeighedRow[],
  normalize: "token" | "row",
  dropoutSeed: (row: number) => number,
): Datum[] {
  // A row's first token is never a target, so it does not count in a mean over targets.
  const targets = rows.map(({ row }) => sumOf(row.mask.slice(1)));
  const total = sumOf(
    rows.map(({ count }, i) => (normalize === "token" ? targets[i]! : 1) * count),
  );
  return rows.map(({ row, count, factor }, i) => {
    const whole = normalize === "token" ? total : targets[i]! * total;
    const scale = whole === 0 ? 0 : (count * factor) / whole;
    return supervisedDatum(row, scale, { dropoutSeed: dropoutSeed(i) });
  });
}

/**
 * Other datums in the place of a step's, with what is reported of them.
 * @param indices  of the datums' examples
 */
export type StepData = (
  data: readonly Datum[],
  indices: readonly number[],
) => Promise<{
  readonly data: readonly Datum[];
  /** Further metrics, given the step's loss. */
  readonly metrics: (loss: number) => Readonly<Record<string, number>>;
}>;

/** What a method adds to the loop. */
export interface SupervisedExtras {
  /** Puts other targets into the datums of a step. Default: the rows' own tokens. */
  readonly data?: StepData;
  /** The factor of each example's loss. Default 1. */
  readonly factorOf?: (example: Example) => number;
  /** Further metrics of a batch, and counts of warnings. Default: none. */
  readonly report?: (
    batch: readonly Example[],
    step: number,
  ) => Pick<TrainStep, "metrics" | "warnings">;
}

/**
 * Trains on batches of the examples. The order of rows is a function of (seed, pass), hence a resumed run needs a step number only.
 * @throws LOSS_UNSUPPORTED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE
 */
export async function* supervisedSteps(
  plan: SupervisedPlan,
  examples: readonly Example[],
  parts: AlgorithmParts,
  { factorOf = () => 1, report, data: dataOf }: SupervisedExtras = {},
): AsyncGenerator<TrainStep, void> {
  const { name, steps, batchSize, normalize } = plan;
  checkLoss(name, "cross_entropy", parts.training);
  const rowAt = rowReader(examples, parts.renderer);
  for (let step = parts.startStep + 1; step <= steps && !parts.signal?.aborted; step++) {
    const order = [name, parts.seed];
    const { epoch, indices } = batchOfStep(examples.length, batchSize, step, order);
    const rows = await Promise.all(indices.map(rowAt));
    const batch = indices.map((index) => examples[index]!);
    const weighed = rows.map((row, i) => {
      const example = batch[i]!;
      return { row, count: example.weight, factor: factorOf(example) };
    });
    const own = weighedData(weighed, normalize, (row) =>
      randomBits(parts.seed, "dropout", step, row),
    );
    checkMasks(name, step, own);
    const other = await dataOf?.(own, indices);
    const { metrics, warnings } = await trainStep(other?.data ?? own, step, plan, parts);
    const more = report?.(batch, step);
    const all = { ...warnings, ...more?.warnings };
    yield {
      step,
      metrics: {
        ...metrics,
        ...more?.metrics,
        ...other?.metrics(metrics["loss"]!),
        epoch: epoch + 1,
      },
      ...(Object.keys(all).length === 0 ? {} : { warnings: all }),
    };
  }
}

/** One optimizer step on the cross-entropy of the datums; see `sft` for its metrics and warnings. */
export async function trainStep(
  data: readonly Datum[],
  step: number,
  { name, steps, optimizer }: Pick<SupervisedPlan, "name" | "steps" | "optimizer">,
  { training, saveBatch }: AlgorithmParts,
): Promise<Pick<TrainStep, "metrics" | "warnings">> {
  const adam = adamAt(step, steps, optimizer);
  const { learningRate } = adam;
  const context: GuardContext = { algorithm: name, step, learningRate, saveBatch, training };
  const pass = () => training.forwardBackward(data, "cross_entropy");
  const { loss } = await finitePass(pass, data, context);
  const { gradientNorm } = await finiteStep(adam, data, context);
  const counts = data.map(countedPositions);
  const empty = counts.filter((n) => n === 0).length;
  return {
    metrics: {
      loss,
      gradient_norm: gradientNorm,
      learning_rate: learningRate,
      tokens: sumOf(counts),
      rows: data.length,
    },
    ...(empty === 0 ? {} : { warnings: { ROWS_WITHOUT_TARGETS: empty } }),
  };
}

/** Positions with a target that counts. */
function countedPositions({ weights, targetsPerToken: count = 1 }: Datum): number {
  if (count === 1) return countMasked(weights!);
  let positions = 0;
  for (let at = 0; at < weights!.length; at += count)
    if (countMasked(weights!.subarray(at, at + count)) > 0) positions++;
  return positions;
}
