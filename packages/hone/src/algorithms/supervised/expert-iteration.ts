/**
 * Expert iteration, also called rejection sampling or best of n: sample, keep the best, learn them as if an expert had said them.
 *
 *     S_k   = the best b of the n answers to each task, or those of reward ≥ r, or the best b among these
 *     C     = − Σ_{i ∈ S_k} Σ_t w_t · log π(o_t | o_<t)                  w as in `sft`: 1 / the trained tokens
 *
 * Each step samples from the policy that the step before made: the iterations of ReST-EM (Singh et al. 2023, arXiv:2312.06585,
 * Algorithm 1, with a threshold) and RAFT (Dong et al. 2023, arXiv:2304.06767, with b = 1), which start their supervised learning
 * from the base model again in each iteration in the one and go on from the last model in the other; here, as in RAFT, it goes on.
 * Anthony et al. 2017 (arXiv:1705.08439) named expert iteration, whose expert is a tree search.
 *
 * Without a threshold a task whose answers all have one reward has no best one, and is left out. Nothing pushes other answers
 * down: an answer that is never chosen loses probability only to those that are. Shapes: rows of T tokens; the loss is in nats.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { hasSignal } from "../blocks/advantages.ts";
import { checkLoss, checkMasks } from "../blocks/guards.ts";
import { minibatches } from "../blocks/minibatches.ts";
import {
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
  optimizerSettings,
} from "../blocks/optimizer.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import type { Improvement } from "../policy-gradient/policy-improvement.ts";
import { checkSignal, policyStep } from "../policy-gradient/policy-step.ts";
import { checkCounts } from "../policy-gradient/family-settings.ts";
import { PolicySnapshots } from "../policy-gradient/policy-snapshots.ts";
import { rolloutMetrics, VersionLag } from "../policy-gradient/rollout-metrics.ts";
import {
  type Answer,
  readBatch,
  type RolloutBatch,
  withAdvantages,
} from "../policy-gradient/scored-answers.ts";
import { trainStep, weighedData } from "./supervised-steps.ts";

const NAME = "expert-iteration";

/** Options of `expertIteration`. */
export interface ExpertIterationOptions extends OptimizerOptions {
  /** Rollout batches; each is one reported step of at most minibatchesPerBatch · epochsPerBatch optimizer updates. */
  readonly steps: number;
  /** Answers per task, at least 2 without `minReward`. Default 8. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** The most answers of a task that are learned: those of the highest rewards. Default: 1; with `minReward` all. */
  readonly bestPerTask?: number;
  /** Answers of a lower reward are not learned. Default: no such limit. */
  readonly minReward?: number;
  /** What the loss is the mean of: tokens, or rows by their own means. Default "token". */
  readonly normalize?: "token" | "row";
  /** Parts of what was chosen with an update each. Default 1. */
  readonly minibatchesPerBatch?: number;
  /** Passes over what was chosen. Default 1. */
  readonly epochsPerBatch?: number;
  /** Steps in a row without a chosen answer after which the run stops. Default 10. */
  readonly maxStepsWithoutSignal?: number;
}

const optionNames: OptionNames<ExpertIterationOptions> = {
  ...optimizerOptionNames,
  steps: true,
  groupSize: true,
  groupsPerStep: true,
  bestPerTask: true,
  minReward: true,
  normalize: true,
  minibatchesPerBatch: true,
  epochsPerBatch: true,
  maxStepsWithoutSignal: true,
};

type Settings = Required<Omit<ExpertIterationOptions, keyof OptimizerOptions | "minReward">> &
  Pick<ExpertIterationOptions, "minReward"> & { readonly optimizer: OptimizerOptions };

/**
 * Expert iteration on rollouts: supervised learning on the best of the policy's own answers, again and again.
 *
 * Metrics: those of rollouts as in `grpo`, and chosen (answers that were learned), chosen_reward (their mean), loss,
 * gradient_norm, learning_rate, tokens (trained), rows, updates, weights_lag. A step in which nothing is chosen warns with
 * STEP_WITHOUT_SIGNAL.
 *
 * @throws OPTION_INVALID at once; LOSS_UNSUPPORTED, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL
 *         while it runs
 * @example
 * const algorithm = expertIteration({ steps: 20, groupSize: 16, bestPerTask: 1, minReward: 1, learningRate: 1e-4 });
 */
export function expertIteration(options: ExpertIterationOptions): Algorithm {
  const settings = checkedSettings(options);
  const { optimizer, ...own } = settings;
  return {
    name: NAME,
    steps: settings.steps,
    settings: { ...own, ...optimizerSettings(optimizer) },
    run: (parts) => run(settings, parts),
  };
}

function checkedSettings(options: ExpertIterationOptions): Settings {
  checkOptions("expertIteration", options, optionNames);
  const { minReward } = options;
  const settings: Settings = {
    steps: options.steps,
    groupSize: options.groupSize ?? 8,
    groupsPerStep: options.groupsPerStep ?? 8,
    bestPerTask: options.bestPerTask ?? (minReward === undefined ? 1 : (options.groupSize ?? 8)),
    ...(minReward !== undefined && { minReward }),
    normalize: options.normalize ?? "token",
    minibatchesPerBatch: options.minibatchesPerBatch ?? 1,
    epochsPerBatch: options.epochsPerBatch ?? 1,
    maxStepsWithoutSignal: options.maxStepsWithoutSignal ?? 10,
    optimizer: options,
  };
  const check = optionChecks("expertIteration");
  check.whole("groupSize", settings.groupSize, { min: minReward === undefined ? 2 : 1 });
  check.whole("bestPerTask", settings.bestPerTask, { min: 1, max: settings.groupSize });
  checkCounts(check, settings);
  if (minReward !== undefined) check.number("minReward", minReward);
  check.oneOf("normalize", settings.normalize, ["token", "row"]);
  checkOptimizer("expertIteration", options);
  return settings;
}

async function* run(settings: Settings, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { groupsPerStep: groupCount, groupSize, maxStepsWithoutSignal } = settings;
  const { rollouts, signal } = parts;
  checkLoss(NAME, "cross_entropy", parts.training);
  const snapshots = new PolicySnapshots(NAME, 0, parts);
  const lag = new VersionLag();
  let stepsWithoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const request = { policy, step, groupCount, groupSize, ...(signal && { signal }) };
      const batch = readBatch(await rollouts.groups(request));
      const chosen = new Set(chosenAnswers(batch, settings));
      const scored = withAdvantages(
        batch,
        batch.answers.map((answer) => (chosen.has(answer) ? 1 : 0)),
      );
      const observed = {
        ...rolloutMetrics(scored),
        chosen: chosen.size,
        ...(chosen.size > 0 && { chosen_reward: meanOf([...chosen].map(({ reward }) => reward)) }),
        weights_lag: lag.of(scored.answers),
      };
      const improvement = await learn([...chosen], step, settings, parts);
      if (improvement.updates > 0) snapshots.invalidate();
      stepsWithoutSignal = improvement.updates > 0 ? 0 : stepsWithoutSignal + 1;
      yield policyStep(step, scored, { observed, improvement });
      const { minReward } = settings;
      const lacked =
        minReward === undefined ? {} : { lacked: `had one with a reward of ${minReward} or more` };
      const counts = { stepsWithoutSignal, maxStepsWithoutSignal };
      const limit = { algorithm: NAME, groupSize, ...lacked, ...counts };
      checkSignal(scored, observed.reward, limit);
    }
  } finally {
    await snapshots.close();
  }
}

/** The answers that are learned, in the order of the batch. Of equal rewards the first ones are chosen. */
function chosenAnswers(
  { answers }: RolloutBatch,
  { bestPerTask, minReward }: Pick<Settings, "bestPerTask" | "minReward">,
): readonly Answer[] {
  const groups = [...Map.groupBy(answers, ({ group }) => group).values()];
  const chosen = groups.flatMap((group) => {
    // Without a threshold only a difference says that an answer is good.
    if (minReward === undefined && !hasSignal(group.map(({ reward }) => reward))) return [];
    return group
      .filter(({ reward }) => minReward === undefined || reward >= minReward)
      .toSorted((a, b) => b.reward - a.reward)
      .slice(0, bestPerTask);
  });
  const kept = new Set(chosen);
  return answers.filter((answer) => kept.has(answer));
}

/** All updates on what was chosen. @throws POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE */
async function learn(
  chosen: readonly Answer[],
  step: number,
  settings: Settings,
  parts: AlgorithmParts,
): Promise<Improvement> {
  if (chosen.length === 0) return { updates: 0, metrics: {} };
  if (chosen.every(({ rollout }) => rollout.turns.length === 0))
    throw new HoneError("POLICY_NOT_CALLED", {
      where: `${NAME}, step ${step}`,
      count: chosen.length,
    });
  const { normalize, minibatchesPerBatch, epochsPerBatch, steps, optimizer } = settings;
  const plan = { name: NAME, steps, optimizer };
  const updates: TrainStep["metrics"][] = [];
  for (let pass = 0; pass < epochsPerBatch; pass++) {
    const order = [NAME, parts.seed, step, pass];
    for (const answers of minibatches(chosen, minibatchesPerBatch, order)) {
      const rows = answers.flatMap(rowsOf).map((row) => ({ row, count: 1, factor: 1 }));
      const data = weighedData(rows, normalize, (row) =>
        randomBits(parts.seed, "dropout", step, updates.length, row),
      );
      checkMasks(NAME, step, data);
      updates.push((await trainStep(data, step, plan, parts)).metrics);
    }
  }
  const each = (name: string): number[] => updates.map((metrics) => metrics[name]!);
  return {
    updates: updates.length,
    metrics: {
      loss: meanOf(each("loss")),
      gradient_norm: meanOf(each("gradient_norm")),
      learning_rate: updates[0]!["learning_rate"]!,
      tokens: sumOf(each("tokens")),
      rows: sumOf(each("rows")),
    },
  };
}

const rowsOf = ({ rows, rollout }: Answer) =>
  rows.map(({ tokens, mask, adapter }, i) => ({
    id: rows.length === 1 ? rollout.id : `${rollout.id}#${i}`,
    tokens,
    mask,
    ...(adapter !== undefined && { adapter }),
  }));
