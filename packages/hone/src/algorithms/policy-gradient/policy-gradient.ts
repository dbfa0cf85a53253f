/**
 * The loop of every policy-gradient method. A step is: sample groups of rollouts from a snapshot, give every answer
 * an advantage, make the updates, report.
 *
 *     C = Σ rows Σ_t  w_t · loss(ρ_t, A_t)        ρ = π(o_t) / π_sampled(o_t)
 *
 *     A     the method's own: `PolicyMethod.advantages`
 *     loss  one of the training client, or of ratio-losses.ts        policy-update.ts
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
import type { SampledGroups } from "./dynamic-sampling.ts";
import { improvePolicy } from "./policy-improvement.ts";
import { clientLoss } from "./policy-loss.ts";
import type { MethodState, PolicyMethod, StepContext } from "./policy-method.ts";
import { knownCuts } from "./policy-rows.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { checkSignal, policyStep } from "./policy-step.ts";
import { advantageMetrics, rolloutMetrics, VersionLag } from "./rollout-metrics.ts";
import { aheadOf, sampleMeanwhile, stateOfAhead } from "./step-ahead.ts";
import { stepAdvantages, type StepBatch } from "./step-advantages.ts";
import { sampleGroups, type StepGroups, stepGroups } from "./step-groups.ts";
import { trainedRollouts } from "./trained-rollouts.ts";

/**
 * The algorithm of a method. One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm,
 * learning_rate, tokens (trained), rows, updates, weights_lag, mismatch_mean and mismatch_max (sampler-mismatch.ts), with what the
 * client knows (ratio_mean, clip_fraction, kl_old, kl …); of several updates the means. Where there is a correction, correction_mean
 * and tokens_masked (sampler-correction.ts); where groups are sampled again, groups_missing. docs/metrics.md has them all. A step in which nothing has an advantage updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL.
 *
 * Its run throws LOSS_UNSUPPORTED, REFERENCE_MISSING, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL.
 */
export function policyGradient(method: PolicyMethod): Algorithm {
  const { name, settings, own, needsCritic = false } = method;
  const { optimizer, ...shared } = settings;
  return {
    name,
    steps: settings.steps,
    // The optimizer's options are recorded with their defaults.
    settings: { ...shared, ...own, ...optimizerSettings(optimizer) },
    ...(needsCritic && { needsCritic }),
    run: (parts) => run(method, parts),
  };
}

async function* run(method: PolicyMethod, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { name, settings } = method;
  checkLoss(name, clientLoss(settings) ?? "cross_entropy", parts.training);
  const snapshots = new PolicySnapshots(name, settings.kl.coefficient, parts);
  const lag = new VersionLag();
  let { state } = parts;
  let stepsWithoutSignal = 0;
  let ahead: SampledGroups | undefined;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const context = { step, parts, state };
      const sampled =
        ahead ??
        aheadOf(state, policy.weightsVersion) ??
        (await sampleGroups(settings, context, policy));
      const groups = stepGroups(sampled, settings, context);
      const made = await learnWithAhead(method, groups, { ...context, snapshots, policy, lag });
      ({ state, ahead } = made);
      stepsWithoutSignal = made.updates > 0 ? 0 : stepsWithoutSignal + 1;
      yield state === undefined ? made.report : { ...made.report, state };
      const limit = { ...settings, algorithm: name, stepsWithoutSignal };
      checkSignal(made.batch.reported, made.reward, limit);
    }
  } finally {
    await snapshots.close();
  }
}

/** Where a step learns: its place in the run, and the policies that it compares with. */
interface LearningContext extends StepContext {
  readonly snapshots: PolicySnapshots;
  /** The weights before the step's updates. */
  readonly policy: SamplingClient;
  readonly lag: VersionLag;
}

interface LearnedStep {
  readonly batch: StepBatch;
  /** Mean reward of what was sampled. */
  readonly reward: number;
  readonly updates: number;
  readonly report: TrainStep;
}

/** A step, and what the next one begins with. */
interface StepEnd extends LearnedStep {
  readonly state: MethodState | undefined;
  /** The groups of the next step; undefined where they are yet to be sampled. */
  readonly ahead: SampledGroups | undefined;
}

/** Learns the groups of a step, and samples those of the next one meanwhile where that is asked for. */
async function learnWithAhead(
  method: PolicyMethod,
  groups: StepGroups,
  context: LearningContext,
): Promise<StepEnd> {
  const { settings } = method;
  const { step, parts, policy } = context;
  const learning = (): Promise<LearnedStep> => learn(method, groups, context);
  if (settings.oneStepOffPolicy !== true || step === settings.steps) {
    const made = await learning();
    return { ...made, state: made.batch.state, ahead: undefined };
  }
  const { result: made, ahead } = await sampleMeanwhile(learning, (signal) => {
    const next = { step: step + 1, parts: { ...parts, signal }, state: groups.state };
    return sampleGroups(settings, next, policy);
  });
  const current = made.updates === 0 ? { currentVersion: policy.weightsVersion } : {};
  const state = { ...made.batch.state, ...stateOfAhead(ahead, current) };
  const metrics = { ...made.report.metrics, groups_ahead: ahead.kept.length };
  return { ...made, report: { ...made.report, metrics }, state, ahead };
}

/** Gives the groups of a step their advantages, makes all updates on them, and reports both. */
async function learn(
  method: PolicyMethod,
  groups: StepGroups,
  { snapshots, policy, lag, ...context }: LearningContext,
): Promise<LearnedStep> {
  const { name: algorithm, settings } = method;
  const { step, parts } = context;
  const reference = snapshots.reference();
  const batch = await stepAdvantages(method, groups, { ...context, reference });
  const { reported, learned } = batch;
  const inLoss = settings.kl.place === "reward" ? undefined : reference;
  const observed = {
    ...rolloutMetrics(reported, knownCuts(parts.training, inLoss)),
    ...advantageMetrics(learned),
    ...batch.metrics,
    weights_lag: lag.of(reported.answers),
    // How many there are is known only when the sampling beside this step has ended.
    ...(settings.oneStepOffPolicy === true && { groups_ahead: 0 }),
  };
  const improvement = await improvePolicy(
    learned,
    { ...settings, algorithm },
    { ...{ step, parts, reference: inLoss }, weightsVersion: policy.weightsVersion },
  );
  if (improvement.updates > 0) snapshots.invalidate();
  const rules = {
    hasKl: inLoss !== undefined,
    masksTruncated: settings.maskTruncated === true,
  };
  const trained = {
    weightsVersion: policy.weightsVersion,
    rollouts: trainedRollouts(batch, improvement.passed, rules),
  };
  const report = { ...policyStep(step, reported, { observed, improvement }), trained };
  return { batch, reward: observed.reward, updates: improvement.updates, report };
}
