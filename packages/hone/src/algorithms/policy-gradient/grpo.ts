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
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { grpoSettings, type GrpoOptions, type GrpoSettings } from "./grpo-options.ts";
import { checkLoss } from "../blocks/guards.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { checkSignal, improvePolicy, policyStep } from "./policy-improvement.ts";
import { trainsBounds } from "./policy-rows.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { rolloutMetrics, VersionLag } from "./rollout-metrics.ts";
import { scoreGroups, type ScoredBatch } from "./scored-answers.ts";

/** Named in errors, in metrics' sections and in the keys of random orders. */
const NAME = "grpo";

/**
 * Group Relative Policy Optimization: reinforcement learning from groups of rollouts.
 *
 * One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm, learning_rate,
 * tokens (trained), rows, updates, weights_lag, with what the client knows (ratio_mean, clip_fraction, kl_old, kl); of
 * several updates the means. A step in which no group has signal updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL, ROLLOUTS_WITHOUT_CALL.
 *
 * @throws OPTION_INVALID at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE,
 *         NO_LEARNING_SIGNAL while it runs
 * @example
 * const algorithm = grpo({ steps: 60, groupSize: 8, groupsPerStep: 8, learningRate: 1e-3 });
 * for await (const { step, metrics } of algorithm.run(parts)) console.log(step, metrics.reward);
 */
export function grpo(options: GrpoOptions): Algorithm {
  const settings = grpoSettings(options);
  return {
    name: NAME,
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
  const named = { ...settings, algorithm: NAME };
  checkLoss(NAME, settings.loss, parts.training);
  const snapshots = new PolicySnapshots(NAME, settings.kl.coefficient, parts);
  const lag = new VersionLag();
  let stepsWithoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const batch = await collect(policy, step, settings, parts);
      const reference = snapshots.reference();
      const knows = { trainsBounds: trainsBounds(parts.training, reference !== undefined) };
      const observed = { ...rolloutMetrics(batch, knows), weights_lag: lag.of(batch.answers) };
      const improvement = await improvePolicy(batch, named, { step, parts, reference });
      if (improvement.updates > 0) snapshots.invalidate();
      stepsWithoutSignal = improvement.updates > 0 ? 0 : stepsWithoutSignal + 1;
      yield policyStep(step, batch, { observed, improvement });
      checkSignal(batch, observed.reward, { ...named, stepsWithoutSignal });
    }
  } finally {
    await snapshots.close();
  }
}

/** The rollouts of a step, scored against their groups. */
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
