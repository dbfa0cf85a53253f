/**
 * The loop of every policy-gradient method without a critic. A step is: sample groups of rollouts from a snapshot, give every answer
 * an advantage, make the updates, report.
 *
 *     C = Σ rows Σ_t  w_t · loss(ρ_t, A_t)        ρ = π(o_t) / π_sampled(o_t)
 *
 *     A     the method's own: `PolicyMethod.advantages`
 *     loss  a loss of the training client                            policy-update.ts
 *     w_t   how much a token weighs                                  normalization.ts, folded into A as losses are sums
 *
 * A method is a file with its formula, its options and a call of `policyGradient`.
 *
 * Without dropout: the ratio compares the trained policy with a sampler that has none. A group without signal sends
 * nothing, hence pays no KL either. Shapes: rows of T tokens. Log-probs in nats.
 */
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { checkLoss } from "../blocks/guards.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { checkSignal, improvePolicy, policyStep } from "./policy-improvement.ts";
import type { FamilySettings } from "./policy-options.ts";
import { trainsBounds } from "./policy-rows.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { rolloutMetrics, VersionLag } from "./rollout-metrics.ts";
import {
  type Advantage,
  readBatch,
  type RolloutBatch,
  type ScoredBatch,
  withAdvantages,
} from "./scored-answers.ts";

/** What a method keeps from step to step beside the weights, as plain JSON: a moving average, an adapted coefficient. */
export type MethodState = Readonly<Record<string, unknown>>;

/** What a method knows when it gives advantages. */
export interface AdvantageContext {
  /** Counts from 1. */
  readonly step: number;
  readonly parts: AlgorithmParts;
  /** What the step before returned; undefined in the first step. */
  readonly state: MethodState | undefined;
}

/** The advantages of a step. */
export interface GivenAdvantages {
  /** In the order of the batch's answers. */
  readonly advantages: readonly Advantage[];
  /** For the next step, also of a run that is resumed. Default: nothing. */
  readonly state?: MethodState;
  /** Reported with the step. Default: none. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What makes a policy-gradient method. */
export interface PolicyMethod {
  /** Names its phase, in errors too, and is a key of its random orders. */
  readonly name: string;
  /** All that decides what it learns: recorded, and compared when a run is resumed. */
  readonly settings: FamilySettings;
  /** How the rollouts of a step become advantages. */
  readonly advantages: (
    batch: RolloutBatch,
    context: AdvantageContext,
  ) => GivenAdvantages | Promise<GivenAdvantages>;
}

/**
 * The algorithm of a method. One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm,
 * learning_rate, tokens (trained), rows, updates, weights_lag, with what the client knows (ratio_mean, clip_fraction, kl_old, kl);
 * of several updates the means. A step in which nothing has an advantage updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL.
 *
 * Its run throws LOSS_UNSUPPORTED, REFERENCE_MISSING, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL.
 */
export function policyGradient(method: PolicyMethod): Algorithm {
  const { name, settings } = method;
  const { optimizer, ...own } = settings;
  return {
    name,
    steps: settings.steps,
    // The optimizer's options are recorded with their defaults.
    settings: { ...own, ...optimizerSettings(optimizer) },
    run: (parts) => run(method, parts),
  };
}

async function* run(method: PolicyMethod, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { name, settings } = method;
  const named = { ...settings, algorithm: name };
  checkLoss(name, settings.loss, parts.training);
  const snapshots = new PolicySnapshots(name, settings.kl.coefficient, parts);
  const lag = new VersionLag();
  let { state } = parts;
  let stepsWithoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const scored = await collect(policy, method, { step, parts, state });
      const { batch } = scored;
      ({ state } = scored);
      const reference = snapshots.reference();
      const knows = { trainsBounds: trainsBounds(parts.training, reference !== undefined) };
      const observed = {
        ...rolloutMetrics(batch, knows),
        ...scored.metrics,
        weights_lag: lag.of(batch.answers),
      };
      const improvement = await improvePolicy(batch, named, { step, parts, reference });
      if (improvement.updates > 0) snapshots.invalidate();
      stepsWithoutSignal = improvement.updates > 0 ? 0 : stepsWithoutSignal + 1;
      const report = policyStep(step, batch, { observed, improvement });
      yield state === undefined ? report : { ...report, state };
      checkSignal(batch, observed.reward, { ...named, stepsWithoutSignal });
    }
  } finally {
    await snapshots.close();
  }
}

/** The rollouts of a step with their advantages. */
async function collect(
  policy: SamplingClient,
  { settings, advantages }: PolicyMethod,
  context: AdvantageContext,
): Promise<Omit<GivenAdvantages, "advantages"> & { readonly batch: ScoredBatch }> {
  const { rollouts, signal } = context.parts;
  const groups = await rollouts.groups({
    policy,
    step: context.step,
    groupCount: settings.groupsPerStep,
    groupSize: settings.groupSize,
    ...(signal === undefined ? {} : { signal }),
  });
  const batch = readBatch(groups);
  const { advantages: given, ...more } = await advantages(batch, context);
  return { ...more, batch: withAdvantages(batch, given) };
}
