/**
 * Group Relative Policy Optimization (GRPO) and its relatives.
 *
 * Shao et al. 2024, DeepSeekMath §4.1 (arXiv:2402.03300). Over the tokens o_t that the policy sampled we minimise
 *
 *     C = − Σ w_t · min( ρ·A , clip(ρ, low, high)·A )  +  β · Σ w_t · k3(π ‖ π_ref)        ρ = π(o_t) / π_sampled(o_t)
 *
 *     A     reward relative to the answer's group                     advantages.ts
 *     w_t   how much a token weighs                                   normalization.ts, folded into A as losses are sums
 *     k3    an estimate of the KL to the policy before training       kl.ts, policy-update.ts
 *
 * Defaults differ from the paper in two places: every token of a batch weighs the same (DAPO, arXiv:2503.14476;
 * normalization "grpo" gives the paper's rule), and β is 0, so that no reference is run and nothing is paid for it.
 * Dr. GRPO (arXiv:2503.20783) is advantageScale "none" with normalization "dr_grpo"; DAPO's clip-higher is clipHigh 1.28;
 * CISPO (arXiv:2506.13585) is loss "cispo".
 *
 * Without dropout: the ratio compares the trained policy with a sampler that has none. A group without signal sends
 * nothing, hence pays no KL either. Shapes: rows of T tokens. Log-probs in nats.
 */
import { HoneError } from "../core/errors.ts";
import type { TrainStep } from "../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../ports/algorithm.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { grpoSettings, type GrpoOptions, type GrpoSettings } from "./grpo-options.ts";
import { checkFinite, finiteStep, checkLoss } from "./guards.ts";
import { adamAt, optimizerSettings } from "./optimizer.ts";
import { policyMinibatches, referenceLogProbs } from "./policy-rows.ts";
import {
  addPolicyGradient,
  combine,
  type PolicyGradient,
  type PolicyRow,
} from "./policy-update.ts";
import {
  rolloutMetrics,
  rolloutWarnings,
  type RolloutMetrics,
  VersionLag,
} from "./rollout-metrics.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { isTrained, scoreGroups, type ScoredBatch } from "./scored-answers.ts";
import { meanOf, sumOf } from "./sums.ts";

/**
 * Reinforcement learning from groups of rollouts.
 *
 * One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm, learning_rate,
 * tokens (trained), rows, updates, weights_lag, with what the client knows (ratio_mean, clip_fraction, kl_old, kl); of
 * several updates the means. A step in which no group has signal updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL.
 *
 * @throws OPTION_INVALID at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, BATCH_ALL_MASKED, TRAINING_NOT_FINITE,
 *         NO_LEARNING_SIGNAL while it runs
 * @example
 * const algorithm = grpo({ steps: 60, groupSize: 8, groupsPerStep: 8, learningRate: 1e-3 });
 * for await (const { step, metrics } of algorithm.run(parts)) console.log(step, metrics.reward);
 */
export function grpo(options: GrpoOptions): Algorithm {
  const settings = grpoSettings(options);
  return {
    name: "grpo",
    steps: settings.steps,
    settings: recordedSettings(settings),
    run: (parts) => run(settings, parts),
  };
}

/** `optimizer` holds the options as they were given; its part of them is recorded with its defaults instead. */
const recordedSettings = ({
  optimizer,
  ...settings
}: GrpoSettings): Readonly<Record<string, unknown>> => ({
  ...settings,
  ...optimizerSettings(optimizer),
});

async function* run(
  settings: GrpoSettings,
  parts: AlgorithmParts,
): AsyncGenerator<TrainStep, void> {
  checkLoss("grpo", settings.loss, parts.training);
  const snapshots = new PolicySnapshots(settings.kl.coefficient, parts);
  const lag = new VersionLag();
  let stepsWithoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const batch = await collect(policy, step, settings, parts);
      const observed: RolloutMetrics = {
        ...rolloutMetrics(batch),
        weights_lag: lag.of(batch.answers),
      };
      const update = await improve(batch, step, settings, parts, snapshots);
      if (update.updates > 0) snapshots.invalidate();
      stepsWithoutSignal = update.updates > 0 ? 0 : stepsWithoutSignal + 1;
      yield report(step, batch, observed, update);
      if (stepsWithoutSignal >= settings.maxStepsWithoutSignal) {
        throw noSignal(batch, observed.reward, stepsWithoutSignal, settings);
      }
    }
  } finally {
    await snapshots.close();
  }
}

async function collect(
  policy: SamplingClient,
  step: number,
  settings: GrpoSettings,
  { rollouts, signal }: AlgorithmParts,
): Promise<ScoredBatch> {
  const groups = await rollouts.groups({
    policy,
    step,
    groupCount: settings.groupsPerStep,
    groupSize: settings.groupSize,
    ...(signal === undefined ? {} : { signal }),
  });
  const { advantageScale: scale, deviation, epsilon } = settings;
  return scoreGroups(groups, { scale, deviation, epsilon });
}

interface Improvement {
  readonly updates: number;
  /** Means over the updates; empty when there was none. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** All updates on one rollout batch. */
async function improve(
  batch: ScoredBatch,
  step: number,
  settings: GrpoSettings,
  parts: AlgorithmParts,
  snapshots: PolicySnapshots,
): Promise<Improvement> {
  const reference = snapshots.reference();
  checkTokens(batch, step, reference !== undefined);
  const logProbs =
    reference && (await referenceLogProbs(batch.answers, reference, settings.kl.coefficient));
  const gradients: (PolicyGradient & { gradientNorm: number; rows: number })[] = [];
  for (let pass = 0; pass < settings.epochsPerBatch; pass++) {
    const keys = { seed: parts.seed, step, pass };
    for (const rows of policyMinibatches(batch.answers, settings, keys, logProbs)) {
      if (rows.length > 0) gradients.push(await update(rows, step, settings, parts));
    }
  }
  const updates = gradients.length;
  if (updates === 0) return { updates, metrics: {} };
  return {
    updates,
    metrics: {
      ...combine(gradients).metrics,
      loss: meanOf(gradients.map((gradient) => gradient.loss)),
      gradient_norm: meanOf(gradients.map((gradient) => gradient.gradientNorm)),
      learning_rate: adamAt(step, settings.steps, settings.optimizer).learningRate,
      rows: sumOf(gradients.map((gradient) => gradient.rows)),
    },
  };
}

/** @throws BATCH_ALL_MASKED when there is a preference but not one sampled token to pay it to */
function checkTokens({ answers }: ScoredBatch, step: number, hasKl: boolean): void {
  const trained = answers.filter((answer) => isTrained(answer, hasKl));
  if (trained.length === 0 || trained.some((answer) => answer.length > 0)) return;
  throw new HoneError("BATCH_ALL_MASKED", { where: "grpo", step, rows: trained.length });
}

async function update(
  rows: readonly PolicyRow[],
  step: number,
  settings: GrpoSettings,
  { training, saveBatch }: AlgorithmParts,
): Promise<PolicyGradient & { gradientNorm: number; rows: number }> {
  const data = rows.map((row) => row.datum);
  const adam = adamAt(step, settings.steps, settings.optimizer);
  const context = { algorithm: "grpo", step, learningRate: adam.learningRate, saveBatch, training };
  const gradient = await addPolicyGradient(training, rows, settings);
  await checkFinite("loss", gradient.loss, data, context);
  const { gradientNorm } = await finiteStep(adam, data, context);
  return { ...gradient, gradientNorm, rows: rows.length };
}

function report(
  step: number,
  batch: ScoredBatch,
  observed: Readonly<Record<string, number>>,
  { updates, metrics }: Improvement,
): TrainStep {
  const warnings = {
    ...rolloutWarnings(observed),
    ...(updates === 0 ? { STEP_WITHOUT_SIGNAL: 1 } : {}),
  };
  return {
    step,
    metrics: { ...observed, ...metrics, updates },
    rollouts: [...batch.answers.map((answer) => answer.rollout), ...batch.failed],
    ...(Object.keys(warnings).length === 0 ? {} : { warnings }),
  };
}

function noSignal(
  batch: ScoredBatch,
  reward: number,
  steps: number,
  { groupSize }: GrpoSettings,
): HoneError {
  const failure = batch.failed[0]?.failure;
  return new HoneError("NO_LEARNING_SIGNAL", {
    where: "grpo",
    steps,
    groupSize,
    reward: reward.toFixed(3),
    failed: batch.failed.length,
    ...(failure === undefined ? {} : { failure: `${failure.boundary}: ${failure.message}` }),
  });
}
