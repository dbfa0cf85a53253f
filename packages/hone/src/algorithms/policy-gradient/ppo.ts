/**
 * Proximal Policy Optimization (PPO) with a critic.
 *
 *     A_t     generalised advantages of the critic's values          gae.ts; a step is a token or a turn: episode-advantages.ts
 *     r_t     − β·kl_t, and the reward at the last step              kl-penalty.ts; β may follow a distance: adaptive-kl.ts
 *     C       − 1/N Σ_t min( ρ_t·A_t , clip(ρ_t, low, high)·A_t )    N sampled tokens of the batch
 *     L       1/N Σ_t ½·max( (V − R)² , (clip(V) − R)² )             critic.ts
 *
 * Schulman et al. 2017, Proximal Policy Optimization Algorithms, eq. 7 (arXiv:1707.06347); KL in the reward as Ziegler et al. 2019
 * (arXiv:1909.08593). Policy and critic are two networks on one base, so the paper's value coefficient is the critic's own learning
 * rate, and there is no entropy bonus. Advantages are whitened over the batch, as in OpenAI's and TRL's code; minibatches are not. With
 * `whiten: "group"` the mean over the sampled tokens of a task's answers is subtracted first, for a critic that does not know yet which
 * tasks are hard. GRPO does so with the mean over answers (Shao et al. 2024, arXiv:2402.03300), in which a long one counts no more than a short one; the deviation stays the batch's, so that noise of a group whose answers are alike is not made large.
 * Dual clip (`dualClip`) and KL in the loss (`kl.place`) are options of the family. Log-probs in nats.
 */
import { HoneError } from "../../core/errors.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { checkLoss } from "../blocks/guards.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import { nextCoefficient } from "./adaptive-kl.ts";
import { explainedVariance, improveCritic, rowValues } from "./critic.ts";
import { episodeAdvantages, type RowAdvantages } from "./episode-advantages.ts";
import { whitening } from "./gae.ts";
import { policyGradient } from "./policy-gradient.ts";
import type { AdvantageContext, GivenAdvantages } from "./policy-method.ts";
import type { FamilySettings } from "./family-settings.ts";
import { type PpoOptions, type PpoSettings, ppoSettings } from "./ppo-options.ts";
import type { Advantage, Answer, RolloutBatch } from "./scored-answers.ts";

/**
 * Proximal Policy Optimization with a critic, which a run opens beside the policy (`needsCritic`).
 *
 * Metrics beside those of the family: value_loss, critic_gradient_norm, explained_variance (1 is a critic that foresees every return),
 * value_mean, return_mean; kl_coefficient with `adaptiveKl`; stopped_early (1 where `maxKl` ended the updates) with `maxKl`.
 *
 * @throws OPTION_INVALID at once; CRITIC_MISSING where it runs without one; else as `grpo`
 * @example ppo({ steps: 60, groupSize: 1, groupsPerStep: 64, learningRate: 1e-4, kl: { coefficient: 0.05 } })
 */
export function ppo(options: PpoOptions): Algorithm {
  const { settings, own } = ppoSettings(options);
  return policyGradient({
    name: "ppo",
    settings,
    own: { ...own },
    needsCritic: true,
    advantages: (batch, context) => actorCritic(batch, context, { settings, own }),
  });
}

interface AllSettings {
  readonly settings: FamilySettings;
  readonly own: PpoSettings;
}

/**
 * The advantages of a batch, and the critic's updates on it. They are made here, before the policy's: the two networks share no
 * weights, so neither's updates change what the other learns.
 */
async function actorCritic(
  batch: RolloutBatch,
  { parts, step, state, isReplayed, isMasked }: AdvantageContext,
  { settings, own }: AllSettings,
): Promise<GivenAdvantages> {
  const { critic } = parts;
  if (critic === undefined) throw new HoneError("CRITIC_MISSING", { where: "ppo" });
  checkLoss("ppo", "value", critic);
  const { answers, klMetrics, nextState } = priced(
    batch.answers,
    { state, isReplayed },
    { settings, own },
  );
  const values = await rowValues(critic, answers, own);
  const episode = { ...own, steps: own.gaeSteps };
  const found = answers.map((answer) => episodeAdvantages(answer, values, episode));
  const optimizer = { ...settings.optimizer, learningRate: own.criticLearningRate };
  const valueClip = own.valueClip === false ? undefined : own.valueClip;
  const learned = await improveCritic(
    found.filter((_, i) => !isMasked(answers[i]!)),
    { ...settings, algorithm: "ppo", optimizer, valueClip },
    { step, critic, parts },
  );
  return {
    advantages: advantagesOf(found, answers, own),
    metrics: { ...klMetrics, ...criticMetrics(found), ...learned },
    ...(nextState !== undefined && { state: nextState }),
  };
}

/** Answers whose penalties are those of the present coefficient, and the coefficient of the next step. */
function priced(
  answers: readonly Answer[],
  { state, isReplayed }: Pick<AdvantageContext, "state" | "isReplayed">,
  { settings, own: { adaptiveKl } }: AllSettings,
): {
  readonly answers: readonly Answer[];
  readonly klMetrics: Readonly<Record<string, number>>;
  readonly nextState?: { readonly klCoefficient: number };
} {
  if (adaptiveKl === undefined) return { answers, klMetrics: {} };
  const first = settings.kl.coefficient;
  const coefficient = Number(state?.["klCoefficient"] ?? first);
  // The distance is the present policy's; replayed answers say how far an earlier one was.
  const fresh = answers.filter((answer) => !isReplayed(answer));
  const paid = fresh.map(({ penalties = [] }) => sumOf(penalties.map(sumOf)));
  const kl = meanOf(paid) / first;
  return {
    answers: answers.map((answer) => ({
      ...answer,
      penalties: (answer.penalties ?? []).map((row) =>
        Float64Array.from(row, (penalty) => (penalty / first) * coefficient),
      ),
    })),
    klMetrics: { kl_coefficient: coefficient },
    nextState: {
      klCoefficient:
        fresh.length === 0 ? coefficient : nextCoefficient(coefficient, kl, adaptiveKl),
    },
  };
}

/** The advantages of each answer's rows, whitened over all sampled tokens where that is asked for. */
function advantagesOf(
  found: readonly (readonly RowAdvantages[])[],
  answers: readonly Answer[],
  { whiten }: PpoSettings,
): Advantage[] {
  const sampled = found.map((rows) =>
    rows.flatMap(({ row, advantages }) => [...advantages].filter((_, t) => row.mask[t] !== 0)),
  );
  const means = whiten === "group" ? groupMeans(sampled, answers) : new Map<number, number>();
  const centreOf = (i: number): number => means.get(answers[i]!.group) ?? 0;
  const centred = sampled.flatMap((some, i) => some.map((advantage) => advantage - centreOf(i)));
  const { mean, scale } = whiten === false ? { mean: 0, scale: 1 } : whitening(centred);
  return found.map((rows, i) =>
    rows.map(({ row, advantages }) =>
      advantages.map((advantage, t) =>
        row.mask[t] === 0 ? 0 : (advantage - centreOf(i) - mean) * scale,
      ),
    ),
  );
}

/** The mean advantage of each group's sampled tokens: how much easier its task was than the critic thought. */
function groupMeans(
  sampled: readonly (readonly number[])[],
  answers: readonly Answer[],
): ReadonlyMap<number, number> {
  const groups = Map.groupBy(answers.keys(), (i) => answers[i]!.group);
  return new Map(
    [...groups].map(([group, of]) => [group, meanOf(of.flatMap((i) => sampled[i]!))] as const),
  );
}

function criticMetrics(answers: readonly (readonly RowAdvantages[])[]): Record<string, number> {
  const learned = (numbers: (one: RowAdvantages) => Float64Array): number[] =>
    answers.flat().flatMap((one) => [...numbers(one)].filter((_, t) => one.mask[t] !== 0));
  const [values, returns] = [learned((one) => one.values), learned((one) => one.returns)];
  const explained = explainedVariance(returns, values);
  return {
    value_mean: meanOf(values),
    return_mean: meanOf(returns),
    ...(explained !== undefined && { explained_variance: explained }),
  };
}
