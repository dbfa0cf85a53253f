/**
 * Supervised fine-tuning: raise the log-probability of what an expert said.
 *
 *     C = − Σ w_t · log π(o_t | o_<t)
 *
 *     w_t   0 at tokens the assistant did not say; else 1 / n, n = the batch's trained tokens     normalize "token"
 *
 * With weights the sums count each row's tokens (or the row) as often as its weight says.
 *
 * "token" gives the mean per token, as TRL's SFTTrainer; "row" first takes each row's mean, so that short answers count
 * as much as long ones. The order of rows is a function of (seed, pass), hence a resumed run needs a step number only.
 *
 * Shapes: B rows of T tokens each. The reported loss is in nats, per token ("token") or mean of rows ("row").
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { examplesOf, type SupervisedData, supervisedDataNames } from "./supervised-data.ts";
import {
  dataSettings,
  supervisedPlan,
  type SupervisedStepOptions,
  supervisedStepNames,
  supervisedSteps,
} from "./supervised-steps.ts";

/** Options of `sft`: conversations or rows, how they are weighed and in how many steps, and the optimizer's. */
export interface SftOptions extends SupervisedData, SupervisedStepOptions {}

const optionNames: OptionNames<SftOptions> = { ...supervisedDataNames, ...supervisedStepNames };

/**
 * Supervised fine-tuning on conversations or rows.
 *
 * Metrics: loss, gradient_norm, learning_rate, tokens (trained), rows, epoch (counts from 1).
 * Warnings: ROWS_WITHOUT_TARGETS, rows of the batch in which nothing is trained.
 *
 * @throws DATA_EMPTY, OPTION_INVALID at once; BATCH_ALL_MASKED, LOSS_UNSUPPORTED, TRAINING_NOT_FINITE while it runs
 * @example
 * const algorithm = sft({ conversations, epochs: 3, batchSize: 16, learningRate: 1e-3, schedule: "linear" });
 */
export function sft(options: SftOptions): Algorithm {
  checkOptions("sft", options, optionNames);
  const examples = examplesOf("sft", options);
  const plan = supervisedPlan("sft", examples.length, options);
  return {
    name: "sft",
    source: "dataset",
    steps: plan.steps,
    settings: {
      ...dataSettings(examples.length, options, plan),
      ...optimizerSettings(options),
    },
    run: (parts: AlgorithmParts) => supervisedSteps(plan, examples, parts),
  };
}
