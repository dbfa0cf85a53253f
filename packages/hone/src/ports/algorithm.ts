/** One way of learning: an async generator of optimizer steps, written only against ports. */
import type { TrainStep } from "../core/train-step.ts";
import type { Renderer } from "./renderer.ts";
import type { RolloutSource } from "./rollout-source.ts";
import type { SamplingClient } from "./sampling-client.ts";
import type { TrainingClient } from "./training-client.ts";

export interface AlgorithmParts {
  readonly training: TrainingClient;
  readonly rollouts: RolloutSource;
  readonly renderer: Renderer;
  readonly seed: number;
  /** Steps already done by an earlier session of this run; the first step reported is this + 1. */
  readonly startStep: number;
  /**
   * The policy before any training, for a KL term. Absent: the first snapshot of the run, which only a run from step 0 may
   * take. Whoever passes it closes it.
   */
  readonly reference?: SamplingClient;
  /** Where a batch that broke training is saved. */
  readonly saveBatch?: (name: string, data: unknown) => Promise<string>;
  readonly signal?: AbortSignal;
}

export interface Algorithm {
  readonly name: string;
  /** Optimizer steps in total. */
  readonly steps: number;
  /**
   * Everything else that decides what it learns, defaults filled in, as plain JSON. A run records it, and is not resumed
   * with other settings; an algorithm without it is only known by its name and steps.
   */
  readonly settings?: Readonly<Record<string, unknown>>;
  run(parts: AlgorithmParts): AsyncGenerator<TrainStep, void>;
}
