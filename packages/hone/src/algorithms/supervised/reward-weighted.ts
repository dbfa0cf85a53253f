/**
 * Reward-weighted supervised learning: what was rewarded more counts more.
 *
 *     C = − Σ_i w_i Σ_t log π(o_t | o_<t) / n                w_i of reward-weights.ts, mean 1 over the data
 *
 * n is the batch's trained tokens ("token") or each row's own times the batch's rows ("row"); unlike the weights of `sft`, w_i
 * is no part of it. A batch of well rewarded rows therefore moves the policy more than one of badly rewarded rows, also where a
 * batch is one row, and the sum over batches is the weighted objective over the data.
 *
 * The default rule "standardized" is exp((R − mean) / (τ · std)) cut to [0.1, 10]: reward-weighted regression (Peters & Schaal
 * 2007) with rewards in units of their deviation, so that one temperature fits rewards of any scale. Episodes are weighted as
 * wholes, also where one is several rows, each of which gets its weight; credit within an episode is the subject of
 * policy-gradient methods.
 *
 * Shapes: N conversations or rows with a reward each. The loss is in nats, weighted.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { listDigest } from "../blocks/list-digest.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import {
  checkRewards,
  type RewardWeightOptions,
  rewardWeightNames,
  rewardWeightSettings,
  weightsOf,
} from "./reward-weights.ts";
import {
  type Example,
  examplesOf,
  givenCount,
  type SupervisedData,
  supervisedDataNames,
} from "./supervised-data.ts";
import {
  dataSettings,
  supervisedPlan,
  type SupervisedStepOptions,
  supervisedStepNames,
  supervisedSteps,
} from "./supervised-steps.ts";

const NAME = "weighted";

/** Options of `rewardWeighted`: what it learns from with a reward each, the rule of weights, and the steps. */
export interface RewardWeightedOptions
  extends SupervisedData, SupervisedStepOptions, RewardWeightOptions {
  /** The reward of each conversation or row, in their order; finite, higher is better. */
  readonly rewards: readonly number[];
  /** The task of each conversation or row, in their order, whose mean reward "awr" subtracts. Default: one task. */
  readonly tasks?: readonly string[];
  /** Whether each of them did its task, in their order. Default: where its reward is above 0. */
  readonly successes?: readonly boolean[];
  /**
   * The episode of each conversation or row, in their order. What is of one episode has one reward, which counts once in the weights'
   * formula. Default: each is an episode of its own.
   */
  readonly episodes?: readonly string[];
  /** Leaves out those that did not do their task, before weights are computed. Default false. */
  readonly onlySuccesses?: boolean;
}

const optionNames: OptionNames<RewardWeightedOptions> = {
  ...supervisedDataNames,
  ...supervisedStepNames,
  ...rewardWeightNames,
  rewards: true,
  tasks: true,
  successes: true,
  episodes: true,
  onlySuccesses: true,
};

/**
 * Supervised learning on conversations or rows that count by their rewards.
 *
 * Metrics: those of `sft`, and reward (mean of the batch), weight_max, effective_rows = (Σ w)² / Σ w², the number of equally
 * weighted rows that would vary as much. Warnings of the first step: REWARDS_EQUAL, episodes that all count the same, so that
 * this is `sft`; EPISODES_LEFT_OUT, those that did not do their task; ROWS_WITHOUT_WEIGHT, those whose weight is 0.
 *
 * @throws DATA_EMPTY, EPISODES_ALL_FAILED, OPTION_INVALID at once; BATCH_ALL_MASKED, LOSS_UNSUPPORTED,
 *         TRAINING_NOT_FINITE while it runs
 * @example
 * const algorithm = rewardWeighted({ conversations, rewards: [8.5, 2, -1], onlySuccesses: true, epochs: 3, learningRate: 1e-4 });
 */
export function rewardWeighted(options: RewardWeightedOptions): Algorithm {
  checkOptions("rewardWeighted", options, optionNames);
  const settings = rewardWeightSettings("rewardWeighted", options);
  const given = examplesOf("rewardWeighted", options);
  checkLists(options);
  const { factors, left, equalCount } = weighedSources(options);
  const examples = given.filter(({ source }) => (factors.get(source) ?? 0) !== 0);
  const plan = supervisedPlan(NAME, examples.length, options);
  const { rewards, tasks, successes, episodes, onlySuccesses = false } = options;
  const factorOf = ({ source }: Example): number => factors.get(source)!;
  return {
    name: NAME,
    source: "dataset",
    steps: plan.steps,
    settings: {
      ...dataSettings(examples.length, options, plan),
      rewards: listDigest(
        rewards.map((reward, i) => [reward, tasks?.[i], successes?.[i], episodes?.[i]]),
      ),
      ...settings,
      onlySuccesses,
      ...optimizerSettings(options),
    },
    run: (parts) =>
      supervisedSteps(plan, examples, parts, {
        factorOf,
        report: (batch, step) => ({
          metrics: batchMetrics(
            batch.map((example) => [factorOf(example), rewards[example.source]!]),
          ),
          ...(step === 1 && { warnings: startWarnings(left, equalCount) }),
        }),
      }),
  };
}

/** What was left out of the data, by its warning's code. */
type LeftOut = Readonly<Record<"EPISODES_LEFT_OUT" | "ROWS_WITHOUT_WEIGHT", number>>;

interface WeighedSources {
  /** The weight of each conversation or row that is learned, by its index. */
  readonly factors: ReadonlyMap<number, number>;
  readonly left: LeftOut;
  /** How many episodes all count the same; 0 where they differ. */
  readonly equalCount: number;
}

/** The weights of the rule, each episode counted once. @throws EPISODES_ALL_FAILED */
function weighedSources(options: RewardWeightedOptions): WeighedSources {
  const { rewards, tasks, successes, onlySuccesses = false } = options;
  const did = (i: number): boolean => successes?.[i] ?? rewards[i]! > 0;
  const episodes = sourcesOfEpisodes(options);
  const kept = episodes.filter(([first]) => !onlySuccesses || did(first!));
  if (kept.length === 0) throw new HoneError("EPISODES_ALL_FAILED", { count: episodes.length });
  const weights = weightsOf(
    kept.map(([first]) => rewards[first!]!),
    rewardWeightSettings("rewardWeighted", options),
    tasks && kept.map(([first]) => tasks[first!]!),
  );
  const nonzero = weights.filter((weight) => weight !== 0);
  // Those that count nothing are left out, so the mean weight of the others is 1 again.
  const scale = meanOf(nonzero.map(Math.abs));
  const factors = kept.flatMap((sources, k) =>
    weights[k] === 0 ? [] : sources.map((source) => [source, weights[k]! / scale] as const),
  );
  return {
    factors: new Map(factors),
    left: {
      EPISODES_LEFT_OUT: episodes.length - kept.length,
      ROWS_WITHOUT_WEIGHT: kept.length - nonzero.length,
    },
    equalCount: weights.every((weight) => weight === weights[0]) ? weights.length : 0,
  };
}

/** The indices of each episode's conversations or rows, in the order of their first. */
const sourcesOfEpisodes = ({ rewards, episodes }: RewardWeightedOptions): readonly number[][] => [
  ...Map.groupBy(rewards.keys(), (i) => episodes?.[i] ?? i).values(),
];

/** @throws OPTION_INVALID for a list that has not one value for each conversation or row, and for an episode of two rewards */
function checkLists(options: RewardWeightedOptions): void {
  const check = optionChecks("rewardWeighted");
  const count = givenCount(options);
  for (const name of ["rewards", "tasks", "successes", "episodes"] as const) {
    const list: readonly unknown[] | undefined = options[name];
    if (name !== "rewards" && list === undefined) continue;
    if (list?.length === count) continue;
    const got = list === undefined ? "nothing" : `${list.length} values`;
    throw check.invalid(name, got, `${count} values, one per conversation or row`);
  }
  checkRewards("rewardWeighted", options.rewards);
  checkEpisodes(options);
  if (options.onlySuccesses !== undefined) check.flag("onlySuccesses", options.onlySuccesses);
}

function checkEpisodes(options: RewardWeightedOptions): void {
  for (const [first, ...others] of sourcesOfEpisodes(options))
    for (const i of others)
      for (const name of ["rewards", "tasks", "successes"] as const) {
        const [one, other] = [options[name]?.[first!], options[name]?.[i]];
        if (one === other) continue;
        const expected = `${one}, as at ${first}, which is of the same episode`;
        throw optionChecks("rewardWeighted").invalid(`${name}[${i}]`, other, expected);
      }
}

function batchMetrics(
  batch: readonly (readonly [weight: number, reward: number])[],
): TrainStep["metrics"] {
  const weights = batch.map(([weight]) => Math.abs(weight));
  return {
    reward: meanOf(batch.map(([, reward]) => reward)),
    weight_max: weights.reduce((a, b) => Math.max(a, b), 0),
    effective_rows: sumOf(weights) ** 2 / sumOf(weights.map((weight) => weight ** 2)),
  };
}

function startWarnings(left: LeftOut, equal: number): Record<string, number> {
  const counts = { REWARDS_EQUAL: equal, ...left };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
