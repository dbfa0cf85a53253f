/**
 * A reward model: a value head that learns which of two answers is better, so that its number can be a reward.
 *
 * Ouyang et al. 2022 (arXiv:2203.02155) §3.5, Stiennon et al. 2020 (arXiv:2009.01325) §3.4, by Bradley and Terry's model of comparisons:
 *
 *     C = mean( −log σ(r(chosen) − r(rejected) − margin) )  +  λ · mean( (r(chosen) + r(rejected))² )
 *
 * r(answer) is what the head says at the answer's last token, which is the token that ends its turn, as in TRL 1.16's RewardTrainer. The
 * head starts at 0 (TRL's at random), so the first loss is log 2, and the first step moves the head alone. The loss and its derivative are
 * in reward-loss.ts, the passes in blocks/last-values.ts.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { rewardMetrics } from "./reward-metrics.ts";
import { checkLoss, finitePass, finiteStep } from "../blocks/guards.ts";
import { addValueLoss, lastValueDatum } from "../blocks/last-values.ts";
import { batchOfStep, stepsOf } from "../blocks/minibatches.ts";
import { adamAt, checkOptimizer, optimizerSettings } from "../blocks/optimizer.ts";
import { rowReader } from "../blocks/row-reader.ts";
import { sumOf } from "../blocks/sums.ts";
import {
  type PairExample,
  pairExamples,
  type PairOptions,
  pairOptionNames,
} from "./pair-examples.ts";
import type { PairRows } from "./preference-rows.ts";
import { type PairRewards, rewardLoss } from "./reward-loss.ts";

/** Options of `rewardModel`. */
export interface RewardModelOptions extends PairOptions {
  /** Margin of pairs that say none of their own (`rewardMargin`), at least 0. Default 0. */
  readonly margin?: number;
  /** λ: how strongly rewards are held near 0, at least 0. Eisenstein et al. take 0.01. Default 0. */
  readonly centering?: number;
}

const optionNames: OptionNames<RewardModelOptions> = {
  ...pairOptionNames,
  margin: true,
  centering: true,
};

const name = "reward-model";

/**
 * A reward model of pairs as an algorithm; what is trained is a client with a value head.
 *
 *     C = mean( −log σ(r(chosen) − r(rejected) − margin) )  +  centering · mean( (r(chosen) + r(rejected))² )
 *
 * Metrics: loss; reward_chosen, reward_rejected, reward_margin: means of the batch; reward_accuracy: share of pairs whose chosen answer
 * has the larger reward; gradient_norm, learning_rate, tokens, rows, epoch.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE; while it runs LOSS_UNSUPPORTED for a client without a value head
 * @source Ouyang et al. 2022 (arXiv:2203.02155), eq. 1
 * @example
 * const training = await engine.createTrainingClient({ head: "value" });
 * const algorithm = rewardModel({ pairs, steps: 100, learningRate: 1e-4, centering: 0.01 });
 */
export function rewardModel(options: RewardModelOptions): Algorithm {
  checkOptions(name, options, optionNames);
  const { batchSize = 16, margin = 0, centering = 0 } = options;
  const check = optionChecks(name);
  check.whole("batchSize", batchSize, { min: 1 });
  check.number("margin", margin, { min: 0 });
  check.number("centering", centering, { min: 0 });
  checkOptimizer(name, options);
  const examples = pairExamples(name, options);
  const steps = stepsOf(name, Math.ceil(examples.length / batchSize), options);
  return {
    name,
    source: "preferences",
    trainsValues: true,
    steps,
    settings: {
      pairs: examples.length,
      batchSize,
      margin,
      centering,
      ...optimizerSettings(options),
    },
    run: (parts) => run({ examples, steps, batchSize, margin, centering, options }, parts),
  };
}

interface RewardRun {
  readonly examples: readonly PairExample[];
  readonly steps: number;
  readonly batchSize: number;
  readonly margin: number;
  readonly centering: number;
  readonly options: RewardModelOptions;
}

async function* run(rewardRun: RewardRun, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { examples, steps, batchSize } = rewardRun;
  checkLoss(name, "value", parts.training);
  const read = rowReader(examples, parts.renderer);
  for (let step = parts.startStep + 1; step <= steps && !parts.signal?.aborted; step++) {
    const { epoch, indices } = batchOfStep(examples.length, batchSize, step, [name, parts.seed]);
    const batch = await Promise.all(indices.map(read));
    const metrics = await rewardStep(batch, step, { run: rewardRun, parts });
    yield { step, metrics: { ...metrics, epoch: epoch + 1 } };
  }
}

async function rewardStep(
  batch: readonly PairRows[],
  step: number,
  { run: settings, parts }: { readonly run: RewardRun; readonly parts: AlgorithmParts },
): Promise<Readonly<Record<string, number>>> {
  const { steps, options, centering } = settings;
  const { training, saveBatch, seed } = parts;
  const adam = adamAt(step, steps, options);
  const { learningRate } = adam;
  const context = { algorithm: name, step, learningRate, saveBatch, training };
  const data = batch
    .flatMap(({ chosen, rejected }) => [chosen, rejected])
    .map((row, i) => lastValueDatum(row, { dropoutSeed: randomBits(seed, "dropout", step, i) }));
  let rewards: readonly PairRewards[] = [];
  const pass = () =>
    addValueLoss(training, data, {
      where: `${name}, step ${step}`,
      loss(values) {
        rewards = batch.map(({ weight = 1, rewardMargin: margin = settings.margin }, i) => {
          return { chosen: values[2 * i]!, rejected: values[2 * i + 1]!, margin, weight };
        });
        const { value, derivatives } = rewardLoss(rewards, centering);
        return { value, derivatives: derivatives.flatMap((pair) => [pair.chosen, pair.rejected]) };
      },
    });
  const { loss } = await finitePass(pass, data, context);
  const { gradientNorm } = await finiteStep(adam, data, context);
  return {
    loss,
    gradient_norm: gradientNorm,
    learning_rate: learningRate,
    ...rewardMetrics(rewards),
    tokens: sumOf(data.map(({ tokens }) => tokens.length)),
    rows: data.length,
  };
}
