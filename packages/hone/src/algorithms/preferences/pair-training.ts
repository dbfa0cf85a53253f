/** The loop of every method that learns from pairs: batches, the reference, two passes, a step of the optimizer, the report. */
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { Datum } from "../../ports/training-client.ts";
import { supervisedDatum, type SupervisedRow } from "../blocks/datums.ts";
import { checkLoss, finitePass, finiteStep } from "../blocks/guards.ts";
import { addLogProbLoss } from "../blocks/log-prob-loss.ts";
import { batchOfStep, stepsOf } from "../blocks/minibatches.ts";
import {
  adamAt,
  checkOptimizer,
  type OptimizerOptions,
  optimizerSettings,
} from "../blocks/optimizer.ts";
import { rowReader } from "../blocks/row-reader.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import { rewardMetrics } from "./reward-metrics.ts";
import { comparesPairs, type PairLoss, pairLoss, type PairObjective } from "./pair-objective.ts";
import { type PairExample, pairExamples, type PairOptions } from "./pair-examples.ts";
import type { PairRows } from "./preference-rows.ts";
import { ReferenceLogProbs } from "./reference-log-probs.ts";

/** What makes a method. */
export interface PairMethod {
  /** Names the method in errors, random orders and its phase of a run. */
  readonly name: string;
  readonly objective: PairObjective;
  /** Whether the policy is compared with a reference. */
  readonly usesReference: boolean;
  /** What log-ratios are multiplied with to be reported as rewards. Default: β of the objective. */
  readonly rewardScale?: number;
  /** The method's own settings, as a run records them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * A method on pairs as an algorithm.
 *
 * Metrics: loss; reward_chosen, reward_rejected, reward_margin: β times the log-ratios (log-probs without a reference), means of the
 * batch; reward_accuracy: share of pairs whose chosen answer has the larger one; log_prob_chosen, log_prob_rejected: of whole
 * answers, nats; length_chosen, length_rejected: tokens an answer; gradient_norm, learning_rate, tokens, rows, epoch.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE
 */
export function pairAlgorithm(method: PairMethod, options: PairOptions): Algorithm {
  const { name, settings } = method;
  const { batchSize = 16 } = options;
  const check = optionChecks(name);
  check.whole("batchSize", batchSize, { min: 1 });
  checkOptimizer(name, options);
  const examples = pairExamples(name, options);
  const steps = stepsOf(name, Math.ceil(examples.length / batchSize), options);
  return {
    name,
    source: "preferences",
    steps,
    settings: { pairs: examples.length, batchSize, ...settings, ...optimizerSettings(options) },
    run: (parts) => run({ ...method, examples, steps, batchSize, options }, parts),
  };
}

interface PairRun extends PairMethod {
  readonly examples: readonly PairExample[];
  readonly steps: number;
  readonly batchSize: number;
  readonly options: OptimizerOptions;
}

async function* run(pairRun: PairRun, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { name, examples, steps, batchSize, usesReference } = pairRun;
  checkLoss(name, "cross_entropy", parts.training);
  const reference = usesReference ? await ReferenceLogProbs.open(name, parts) : undefined;
  const read = rowReader(examples, parts.renderer);
  try {
    for (let step = parts.startStep + 1; step <= steps && !parts.signal?.aborted; step++) {
      const keys = [name, parts.seed];
      const { epoch, indices } = batchOfStep(examples.length, batchSize, step, keys);
      const batch = await Promise.all(
        indices.map(async (index) => answersOf(await read(index), index, reference)),
      );
      const metrics = await pairStep(batch, step, { run: pairRun, parts });
      yield { step, metrics: { ...metrics, epoch: epoch + 1 } };
    }
  } finally {
    await reference?.close();
  }
}

/** An answer of a pair before a pass over it. */
interface BatchAnswer {
  readonly row: SupervisedRow;
  readonly reference: Float32Array | undefined;
}

/** A pair before a pass over it. */
export interface BatchPair {
  readonly chosen: BatchAnswer;
  readonly rejected: BatchAnswer;
  readonly weight: number;
}

async function answersOf(
  { chosen, rejected, weight = 1 }: PairRows,
  index: number,
  reference: ReferenceLogProbs | undefined,
): Promise<BatchPair> {
  const side = async (row: SupervisedRow, of: string): Promise<BatchAnswer> => ({
    row,
    reference: await reference?.of(`${index} ${of}`, row.tokens),
  });
  const both = await Promise.all([side(chosen, "chosen"), side(rejected, "rejected")]);
  return { chosen: both[0], rejected: both[1], weight };
}

/** What decides a step on pairs. */
export type PairStepSettings = Pick<PairRun, "name" | "objective" | "steps" | "options"> &
  Pick<PairMethod, "rewardScale"> & {
    /** Whether rows have dropout, where the client has any. Default true. */
    readonly hasDropout?: boolean;
  };

/** One step of the optimizer on a batch of pairs, and what is reported of it. */
export async function pairStep(
  batch: readonly BatchPair[],
  step: number,
  { run: settings, parts }: { readonly run: PairStepSettings; readonly parts: AlgorithmParts },
): Promise<Readonly<Record<string, number>>> {
  const { name, objective, steps, options, hasDropout = true } = settings;
  const { rewardScale = objective.beta } = settings;
  const { training, saveBatch, seed } = parts;
  const adam = adamAt(step, steps, options);
  const { learningRate } = adam;
  const context = { algorithm: name, step, learningRate, saveBatch, training };
  const data = batch
    .flatMap(({ chosen, rejected }) => [chosen, rejected])
    .map(({ row }, i) =>
      supervisedDatum(
        row,
        1,
        hasDropout ? { dropoutSeed: randomBits(seed, "dropout", step, i) } : {},
      ),
    );
  let pairs: PairLoss | undefined;
  const pass = () =>
    addLogProbLoss(training, data, {
      where: `${name}, step ${step}`,
      ...(comparesPairs(objective) ? {} : { groups: batch.map((_, i) => [2 * i, 2 * i + 1]) }),
      loss(logProbs) {
        pairs = pairLoss(logProbsOf(batch, data, logProbs), objective);
        const { value, derivatives } = pairs;
        return { value, derivatives: derivatives.flatMap((pair) => [pair.chosen, pair.rejected]) };
      },
    });
  const { loss } = await finitePass(pass, data, context);
  const { gradientNorm } = await finiteStep(adam, data, context);
  return {
    loss,
    gradient_norm: gradientNorm,
    learning_rate: learningRate,
    ...pairMetrics(pairs!, rewardScale),
    rows: data.length,
  };
}

const logProbsOf = (
  batch: readonly BatchPair[],
  data: readonly Datum[],
  logProbs: readonly Float32Array[],
) =>
  batch.map(({ chosen, rejected, weight }, i) => {
    const side = (answer: BatchAnswer, k: number) => ({
      logProbs: logProbs[k]!,
      mask: data[k]!.weights!,
      reference: answer.reference,
    });
    return { chosen: side(chosen, 2 * i), rejected: side(rejected, 2 * i + 1), weight };
  });

/** What is reported of the pairs of a batch. */
function pairMetrics(
  { ratios, logProbs, lengths }: Pick<PairLoss, "ratios" | "logProbs" | "lengths">,
  scale: number,
): Readonly<Record<string, number>> {
  const mean = (
    values: readonly { readonly chosen: number; readonly rejected: number }[],
    side: "chosen" | "rejected",
  ): number => meanOf(values.map((value) => value[side]));
  const rewards = ratios.map(({ chosen, rejected }) => ({
    chosen: scale * chosen,
    rejected: scale * rejected,
  }));
  return {
    ...rewardMetrics(rewards),
    log_prob_chosen: mean(logProbs, "chosen"),
    log_prob_rejected: mean(logProbs, "rejected"),
    length_chosen: mean(lengths, "chosen"),
    length_rejected: mean(lengths, "rejected"),
    tokens: sumOf(lengths.map(({ chosen: c, rejected: r }) => c + r)),
  };
}
