/**
 * A KL coefficient that keeps the policy at a distance from its reference.
 *
 *     e = clip( (KL − target) / target , −0.2 , 0.2 )          β ← β · (1 + rate · e)
 *
 * KL is that of whole answers: the sum over their sampled tokens, the mean over the batch, in nats.
 * Ziegler et al. 2019, Fine-Tuning Language Models from Human Preferences, §2.2 (arXiv:1909.08593), whose rate is 0.1.
 */
import { optionChecks } from "../../core/option-checks.ts";

/** The distance that is kept. */
export interface AdaptiveKl {
  /** KL of an answer to the reference, in nats, above 0. The paper has 6 to 16. */
  readonly target: number;
  /** How fast the coefficient follows, above 0 and at most 1. Default 0.1. */
  readonly rate?: number;
}

/** The options with their defaults. @throws OPTION_INVALID */
export function adaptiveKlSettings(where: string, options: AdaptiveKl): Required<AdaptiveKl> {
  const { target, rate = 0.1 } = options;
  const check = optionChecks(where);
  check.number("adaptiveKl.target", target, { above: 0 });
  check.number("adaptiveKl.rate", rate, { above: 0, max: 1 });
  return { target, rate };
}

/** The coefficient of the next step, after answers whose KL was `kl`. */
export function nextCoefficient(
  coefficient: number,
  kl: number,
  { target, rate }: Required<AdaptiveKl>,
): number {
  const error = Math.min(0.2, Math.max(-0.2, (kl - target) / target));
  return coefficient * (1 + rate * error);
}
