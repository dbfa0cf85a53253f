/**
 * Policy losses that no training client computes: those with one ratio for a whole answer, and those with a bound that clients do
 * not have. Each is a closed form over the sampled tokens of one answer, in all its rows; `policy-update.ts` makes its gradient of it.
 *
 *     d_t = log π(o_t) − log π_sampled(o_t)        ρ_t = exp d_t        L tokens        a_t = advantage, its weight folded in
 *
 *     ppo    −Σ_t min( ρ_t·a_t , clip(ρ_t)·a_t )                                    Schulman et al. 2017 (arXiv:1707.06347), eq. 7
 *     gspo   the same with ρ_t := exp( (1/L) Σ d )                                  Zheng et al. 2025 (arXiv:2507.18071), eqs. 5, 7
 *     gspo-token    value and clip of gspo, whose ρ has a gradient for each token of its own: sg[ρ]·π(o_t)/sg[π(o_t)]       eqs. 13, 14
 *     rloo   the same with ρ_t := exp( Σ d )                                        Ahmadian et al. 2024 (arXiv:2402.14740), as in TRL
 *     gmpo   −exp( (1/L) Σ_t worse(d_t) ) · Σ_t a_t                                 Zhao et al. 2025 (arXiv:2507.20673), eq. 4
 *            worse(d) = min(d, clip d) where a_t > 0, else max(d, clip d); clip d is d between log low and log high
 *
 * With a dual clip c, all but the last have min(ρ_t, c) in place of the first ρ_t. It changes negative advantages only, whose term is
 * then at most c·|a_t|: Ye et al. 2020 (arXiv:1912.09729), eq. 6; TRL's `delta` is the same bound.
 */
import { sumOf } from "../blocks/sums.ts";

/** The sampled tokens of one answer, over all its rows. */
export interface AnswerTokens {
  /** [L] log-probs under the policy, nats. */
  readonly logProbs: readonly number[];
  /** [L] log-probs under the distribution that they were sampled from, nats. */
  readonly samplingLogProbs: readonly number[];
  /** [L] advantages, the tokens' weights folded in. */
  readonly advantages: readonly number[];
}

/** The bounds of the ratio. */
export interface RatioBounds {
  readonly clipLow: number;
  readonly clipHigh: number;
  /** The most that a ratio counts where the advantage is negative. Default: without a limit. */
  readonly dualClip?: number | undefined;
}

/** A loss of one answer at given log-probs. */
export interface AnswerLoss {
  readonly value: number;
  /** [L] dC/dlog π of each token. */
  readonly derivatives: readonly number[];
  /** Tokens that a bound of the ratio held back: those below the lower one, and those above an upper one. */
  readonly clipped: { readonly low: number; readonly high: number };
  /** [L] the ratio that the loss has for each token. */
  readonly ratios: readonly number[];
}

type RatioLoss = (tokens: AnswerTokens, bounds: RatioBounds) => AnswerLoss;

/** The losses by name. */
export const ratioLosses = {
  ppo: (tokens, bounds) => {
    const terms = driftsOf(tokens).map((drift, t) =>
      clippedTerm(Math.exp(drift), tokens.advantages[t]!, bounds),
    );
    return {
      ...summed(terms),
      derivatives: terms.map(({ slope, ratio }) => slope * ratio),
    };
  },
  gspo: (tokens, bounds) => {
    const drifts = driftsOf(tokens);
    return sharedRatio(tokens, bounds, {
      drift: sumOf(drifts) / drifts.length,
      share: 1 / drifts.length,
    });
  },
  "gspo-token": (tokens, bounds) => {
    const drifts = driftsOf(tokens);
    const ratio = Math.exp(sumOf(drifts) / drifts.length);
    const terms = tokens.advantages.map((advantage) => clippedTerm(ratio, advantage, bounds));
    return { ...summed(terms), derivatives: terms.map(({ slope }) => slope * ratio) };
  },
  rloo: (tokens, bounds) =>
    sharedRatio(tokens, bounds, { drift: sumOf(driftsOf(tokens)), share: 1 }),
  gmpo: geometricMean,
} as const satisfies Readonly<Record<string, RatioLoss>>;

/** A loss of this file. */
export type RatioLossName = keyof typeof ratioLosses;

/** The loss of an answer whose tokens have one ratio, exp(drift), of which d drift / d log π_t is `share`. */
function sharedRatio(
  { advantages }: AnswerTokens,
  bounds: RatioBounds,
  { drift, share }: { readonly drift: number; readonly share: number },
): AnswerLoss {
  const ratio = Math.exp(drift);
  const terms = advantages.map((advantage) => clippedTerm(ratio, advantage, bounds));
  const derivative = sumOf(terms.map(({ slope }) => slope)) * ratio * share;
  return { ...summed(terms), derivatives: terms.map(() => derivative) };
}

function geometricMean(tokens: AnswerTokens, { clipLow, clipHigh }: RatioBounds): AnswerLoss {
  const { advantages } = tokens;
  const [low, high] = [Math.log(clipLow), Math.log(clipHigh)];
  const drifts = driftsOf(tokens);
  const worse = drifts.map((drift, t) =>
    advantages[t]! > 0 ? Math.min(drift, high) : Math.max(drift, low),
  );
  const ratio = Math.exp(sumOf(worse) / worse.length);
  const value = -ratio * sumOf(advantages);
  const isFree = worse.map((drift, t) => drift === drifts[t]);
  return {
    value,
    derivatives: isFree.map((free) => (free ? value / worse.length : 0)),
    clipped: {
      low: isFree.filter((free, t) => !free && advantages[t]! <= 0).length,
      high: isFree.filter((free, t) => !free && advantages[t]! > 0).length,
    },
    ratios: worse.map(() => ratio),
  };
}

interface Term {
  readonly value: number;
  /** d value / d ratio. */
  readonly slope: number;
  readonly ratio: number;
  /** The bound that holds the ratio, where one does. */
  readonly held?: "low" | "high";
}

/** −min(min(ρ, c)·a, clip(ρ)·a). */
function clippedTerm(
  ratio: number,
  advantage: number,
  { clipLow, clipHigh, dualClip = Infinity }: RatioBounds,
): Term {
  // A ratio of infinity times an advantage of 0 is no number, and a token without an advantage has no term.
  if (advantage === 0) return { value: 0, slope: 0, ratio };
  const free = Math.min(ratio, dualClip) * advantage;
  const bound = Math.min(Math.max(ratio, clipLow), clipHigh) * advantage;
  const value = -Math.min(free, bound);
  if (bound >= free && ratio <= dualClip) return { value, slope: -advantage, ratio };
  return { value, slope: 0, ratio, held: ratio < clipLow ? "low" : "high" };
}

const driftsOf = ({ logProbs, samplingLogProbs }: AnswerTokens): number[] =>
  logProbs.map((logProb, t) => logProb - samplingLogProbs[t]!);

const summed = (terms: readonly Term[]): Omit<AnswerLoss, "derivatives"> => ({
  value: sumOf(terms.map(({ value }) => value)),
  clipped: {
    low: terms.filter(({ held }) => held === "low").length,
    high: terms.filter(({ held }) => held === "high").length,
  },
  ratios: terms.map(({ ratio }) => ratio),
});
