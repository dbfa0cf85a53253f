/** One optimizer step as an algorithm reports it. */
import type { Rollout } from "./rollout.ts";

export interface TrainStep {
  /** Counts from 1. */
  readonly step: number;
  /** Named numbers of this step: "loss", "gradient_norm", "reward", "kl", "clip_fraction", "entropy", … */
  readonly metrics: Readonly<Record<string, number>>;
  /** What the policy did in this step, for the samples file and the reward histogram. */
  readonly rollouts?: readonly Rollout[];
  /** Counted warnings with their code, such as groups without signal. */
  readonly warnings?: Readonly<Record<string, number>>;
}
