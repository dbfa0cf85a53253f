/**
 * Online DPO: the policy answers, its rewards say which of two answers to a task is better, and DPO learns from that pair.
 *
 * Guo et al. 2024, Direct Language Model Alignment from Online AI Feedback (arXiv:2402.04792). In each step, on fresh rollouts,
 *
 *     C = − mean log σ( β·(c − r) )        of each group's best and worst answer, c and r as in dpo.ts
 *
 * or another loss of pair-losses.ts. The paper has two answers and a model's verdict; here a group may be larger, and its rewards are
 * those of the run (a judge's, too), so `pairsPerGroup` 1 is best against worst. Only answers that began with the same tokens and are
 * one row are paired. Without dropout: the policy has not changed since it sampled. The reference is the policy before the run.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Rollout, RolloutGroup } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { checkLoss } from "../blocks/guards.ts";
import {
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
  optimizerSettings,
} from "../blocks/optimizer.ts";
import { equalRewardsShare, meanAndDeviation, truncatedShare } from "../blocks/rollout-figures.ts";
import { meanOf } from "../blocks/sums.ts";
import type { PairObjective } from "./pair-objective.ts";
import { type BatchPair, pairStep } from "./pair-training.ts";
import { onlineLossNames } from "./preference-choices.ts";
import { plainScore } from "./ratio-scores.ts";
import { ReferenceLogProbs } from "./reference-log-probs.ts";
import { pairsOfRollouts, type RolloutPair, type Unpaired } from "./rollout-pairs.ts";

/** Options of `onlineDpo`: which rollouts, which pairs of them, the loss, and the optimizer's. */
export interface OnlineDpoOptions extends OptimizerOptions {
  /** Rollout batches, with an optimizer step each. */
  readonly steps: number;
  /** Answers per task, at least 2. Default 2. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** How strongly the policy is held to the reference, above 0. Default 0.1. */
  readonly beta?: number;
  /** The loss of a pair. Default "sigmoid". */
  readonly loss?: (typeof onlineLossNames)[number];
  /** Least difference of the rewards of a pair, at least 0. Default 0. */
  readonly minMargin?: number;
  /** The most pairs of a group: the best with the worst, the second best with the second worst, … Default 1. */
  readonly pairsPerGroup?: number;
  /** Steps in a row without a pair after which the run stops with NO_LEARNING_SIGNAL. Default 10. */
  readonly maxStepsWithoutSignal?: number;
}

const optionNames: OptionNames<OnlineDpoOptions> = {
  ...optimizerOptionNames,
  steps: true,
  groupSize: true,
  groupsPerStep: true,
  beta: true,
  loss: true,
  minMargin: true,
  pairsPerGroup: true,
  maxStepsWithoutSignal: true,
};

type Settings = Required<Omit<OnlineDpoOptions, keyof OptimizerOptions>> & {
  readonly optimizer: OptimizerOptions;
};

/**
 * Direct preference optimization on the policy's own answers: the best of each group of rollouts against the worst.
 *
 * Metrics: those of `dpo` of the step's pairs, and reward, reward_std, success, entropy, response_length, truncated_share,
 * tokens_sampled of its rollouts, pairs, groups, groups_without_signal, zero_variance_share, rollouts_failed. A step without a pair updates nothing, reports no loss, and warns with STEP_WITHOUT_SIGNAL.
 * ROLLOUTS_UNPAIRED counts rollouts that cannot be one row.
 *
 * @throws OPTION_INVALID at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, WEIGHTS_CHANGED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL while it
 *         runs
 * @example
 * const algorithm = onlineDpo({ steps: 60, groupSize: 4, groupsPerStep: 8, beta: 0.1, learningRate: 1e-5 });
 */
export function onlineDpo(options: OnlineDpoOptions): Algorithm {
  checkOptions("onlineDpo", options, optionNames);
  const settings = settingsOf(options);
  const { optimizer: _, ...recorded } = settings;
  return {
    name: "online-dpo",
    steps: settings.steps,
    settings: { ...recorded, ...optimizerSettings(options) },
    run: (parts) => run(settings, parts),
  };
}

function settingsOf(options: OnlineDpoOptions): Settings {
  const check = optionChecks("onlineDpo");
  checkOptimizer("onlineDpo", options);
  return {
    steps: check.whole("steps", options.steps, { min: 1 }),
    groupSize: check.whole("groupSize", options.groupSize ?? 2, { min: 2 }),
    groupsPerStep: check.whole("groupsPerStep", options.groupsPerStep ?? 8, { min: 1 }),
    beta: check.number("beta", options.beta ?? 0.1, { above: 0 }),
    loss: check.oneOf("loss", options.loss ?? "sigmoid", onlineLossNames),
    minMargin: check.number("minMargin", options.minMargin ?? 0, { min: 0 }),
    pairsPerGroup: check.whole("pairsPerGroup", options.pairsPerGroup ?? 1, { min: 1 }),
    maxStepsWithoutSignal: check.whole(
      "maxStepsWithoutSignal",
      options.maxStepsWithoutSignal ?? 10,
      { min: 1 },
    ),
    optimizer: options,
  };
}

async function* run(settings: Settings, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  checkLoss("onlineDpo", "cross_entropy", parts.training);
  const reference = await ReferenceLogProbs.open("onlineDpo", parts);
  let withoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const groups = await sampled(step, settings, parts);
      const found = groups.map(({ rollouts }) =>
        pairsOfRollouts(rollouts, {
          minMargin: settings.minMargin,
          maxPairs: settings.pairsPerGroup,
        }),
      );
      const pairs = found.flatMap((group) => group.pairs);
      const batch = await Promise.all(pairs.map((pair) => batchPair(pair, reference)));
      const learned =
        batch.length === 0 ? {} : await pairStep(batch, step, { run: runOf(settings), parts });
      withoutSignal = batch.length === 0 ? withoutSignal + 1 : 0;
      yield reported(step, groups, { found, learned });
      if (withoutSignal >= settings.maxStepsWithoutSignal)
        throw noSignal(groups, settings, withoutSignal);
    }
  } finally {
    await reference.close();
  }
}

/** The rollouts of a step, of the weights as they are. */
async function sampled(
  step: number,
  { groupsPerStep: groupCount, groupSize }: Settings,
  { training, rollouts, signal }: AlgorithmParts,
): Promise<readonly RolloutGroup[]> {
  const policy = await training.saveWeightsForSampler();
  try {
    const request = { policy, step, groupCount, groupSize };
    return await rollouts.groups({ ...request, ...(signal === undefined ? {} : { signal }) });
  } finally {
    await policy.close();
  }
}

async function batchPair(
  { chosen, rejected }: RolloutPair,
  reference: ReferenceLogProbs,
): Promise<BatchPair> {
  const [better, worse] = await Promise.all([
    reference.once(chosen.tokens, chosen.adapter),
    reference.once(rejected.tokens, rejected.adapter),
  ]);
  return {
    chosen: { row: chosen, reference: better },
    rejected: { row: rejected, reference: worse },
    weight: 1,
  };
}

const runOf = ({ steps, beta, loss, optimizer: options }: Settings) => {
  const objective: PairObjective = {
    losses: [{ name: loss, weight: 1 }],
    beta,
    labelSmoothing: 0,
    discopopTau: 0.05,
    score: plainScore,
    margin: 0,
    lengthNormalized: false,
    sftWeight: 0,
    tailDiscount: 1,
  };
  return { name: "onlineDpo", objective, steps, options, hasDropout: false };
};

interface Learned {
  readonly found: readonly {
    readonly pairs: readonly RolloutPair[];
    readonly unpaired: readonly Unpaired[];
  }[];
  readonly learned: Readonly<Record<string, number>>;
}

function reported(
  step: number,
  groups: readonly RolloutGroup[],
  { found, learned }: Learned,
): TrainStep {
  const rollouts = groups.flatMap((group) => group.rollouts);
  const scored = rollouts.filter(isScored);
  const { mean, deviation } = meanAndDeviation(scored.map(({ reward }) => reward!.total));
  const equal = equalRewardsShare(
    groups.map((group) => group.rollouts.filter(isScored).map(({ reward }) => reward!.total)),
  );
  const logProbs = scored.flatMap(({ turns }) => turns.flatMap((turn) => turn.logProbs));
  const pairs = found.reduce((sum, group) => sum + group.pairs.length, 0);
  const without = found.filter((group) => group.pairs.length === 0).length;
  const failed = rollouts.length - scored.length;
  const unpaired = found
    .flatMap((group) => group.unpaired)
    .filter((why) => !why.startsWith("pairs ")).length;
  const warnings = {
    ...(without > 0 && { GROUPS_WITHOUT_SIGNAL: without }),
    ...(pairs === 0 && { STEP_WITHOUT_SIGNAL: 1 }),
    ...(failed > 0 && { ROLLOUTS_FAILED: failed }),
    ...(unpaired > 0 && { ROLLOUTS_UNPAIRED: unpaired }),
  };
  return {
    step,
    metrics: {
      ...learned,
      reward: mean,
      reward_std: deviation,
      success: meanOf(scored.map(({ isSuccess }) => (isSuccess ? 1 : 0))),
      entropy: 0 - meanOf(logProbs),
      response_length: meanOf(scored.map(sampledTokens)),
      truncated_share: truncatedShare(scored),
      tokens_sampled: logProbs.length,
      pairs,
      groups: groups.length,
      groups_without_signal: without,
      ...(equal !== undefined && { zero_variance_share: equal }),
      rollouts_failed: failed,
    },
    rollouts,
    ...(Object.keys(warnings).length > 0 && { warnings }),
  };
}

const isScored = ({ failure, reward }: Rollout): boolean =>
  failure === undefined && Number.isFinite(reward?.total);

const sampledTokens = ({ turns }: Rollout): number =>
  turns.reduce((sum, { tokens }) => sum + tokens.length, 0);

function noSignal(
  groups: readonly RolloutGroup[],
  { groupSize, minMargin }: Settings,
  steps: number,
): HoneError<"NO_LEARNING_SIGNAL"> {
  const rollouts = groups.flatMap((group) => group.rollouts);
  const scored = rollouts.filter(isScored);
  const hasCalls = scored.some(({ turns }) => turns.length > 0);
  const cause = scored.length === 0 ? "failures" : hasCalls ? "equal rewards" : "no model call";
  return new HoneError("NO_LEARNING_SIGNAL", {
    where: "onlineDpo",
    steps,
    groupSize,
    lacked: `gave a pair whose rewards differ${minMargin > 0 ? ` by ${minMargin} or more` : ""}`,
    observed: observations[cause],
    cause,
    reward: meanOf(scored.map(({ reward }) => reward!.total)).toFixed(3),
    failed: rollouts.length - scored.length,
  });
}

const observations = {
  failures: "Every rollout of the last step failed.",
  "no model call": "No rollout of the last step called the model.",
  "equal rewards": "In the last step no two answers to a task made a pair.",
} as const;
