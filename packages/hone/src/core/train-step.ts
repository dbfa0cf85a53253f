/** What an algorithm reports of each of its steps. */
import type { Rollout } from "./rollout.ts";
import type { TrainedStep } from "./trained-rollout.ts";

/** One step of training as an algorithm reports it. */
export interface TrainStep {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Named numbers of this step: "loss", "gradient_norm", "reward", "kl", "clip_fraction", "entropy", … */
  readonly metrics: Readonly<Record<string, number>>;
  /** The rollouts of this step, for the samples file and the reward histogram. */
  readonly rollouts?: readonly Rollout[];
  /** What the step did with each rollout's tokens, for people: a run keeps it beside the rollouts. Absent where the algorithm does not say. */
  readonly trained?: TrainedStep;
  /** How often each warning occurred in this step, by its code, such as GROUPS_WITHOUT_SIGNAL. */
  readonly warnings?: Readonly<Record<string, number>>;
  /**
   * What the algorithm needs, beside the weights and the optimizer, to go on after this step: plain JSON, such as a moving average, or
   * what `toJSON` makes plain JSON when it is written.
   * A checkpoint keeps it, and a resumed run hands it back as `AlgorithmParts.state`. Absent where the step's number is enough.
   */
  readonly state?: Readonly<Record<string, unknown>>;
}
