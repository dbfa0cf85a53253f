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
 * Its relatives that are sets of its options have files of their own: dr-grpo.ts, cispo.ts, and dapo.ts with two more.
 *
 * Without dropout: the ratio compares the trained policy with a sampler that has none. A group without signal sends
 * nothing, hence pays no KL either. Shapes: rows of T tokens. Log-probs in nats.
 */
import type { Algorithm } from "../../ports/algorithm.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { grpoSettings, type GrpoOptions, type GrpoSettings } from "./grpo-options.ts";
import { policyGradient } from "./policy-gradient.ts";
import type { PolicyMethod } from "./policy-method.ts";
import { objectiveAdvantages } from "./objectives.ts";
import { groupNames, scoreOf } from "./scored-answers.ts";

/**
 * Group Relative Policy Optimization: reinforcement learning from groups of rollouts.
 *
 * One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm, learning_rate,
 * tokens (trained), rows, updates, weights_lag, with what the client knows (ratio_mean, clip_fraction, kl_old, kl …); of
 * several updates the means. A step in which no group has signal updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL, ROLLOUTS_WITHOUT_CALL.
 *
 * @throws OPTION_INVALID at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE,
 *         NO_LEARNING_SIGNAL while it runs
 * @example
 * const algorithm = grpo({ steps: 60, groupSize: 8, groupsPerStep: 8, learningRate: 1e-3 });
 * for await (const { step, metrics } of algorithm.run(parts)) console.log(step, metrics.reward);
 */
export const grpo = (options: GrpoOptions): Algorithm =>
  policyGradient(grpoMethod("grpo", grpoSettings(options)));

/** GRPO under the name of one of its relatives, which are sets of its options. */
export const grpoMethod = (name: string, settings: GrpoSettings): PolicyMethod => ({
  name,
  settings,
  advantages: (batch) => {
    const { advantageScale: scale, deviation, epsilon, objectives } = settings;
    if (objectives !== undefined) {
      const options = { method: name, objectives, deviation, epsilon };
      return { advantages: objectiveAdvantages(batch, options) };
    }
    const rewards = batch.answers.map(scoreOf);
    const options = { scale, deviation, epsilon };
    return { advantages: groupAdvantages(rewards, groupNames(batch), options) };
  },
});
