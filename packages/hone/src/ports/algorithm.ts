/** One way of learning: an async generator of optimizer steps, written only against ports. */
import type { TrainStep } from "../core/train-step.ts";
import type { Renderer } from "./renderer.ts";
import type { RolloutSource } from "./rollout-source.ts";
import type { SamplingClient } from "./sampling-client.ts";
import type { TrainingClient } from "./training-client.ts";

/**
 * What an algorithm learns from. "rollouts": the policy does tasks while it learns, and the algorithm asks for them.
 * "dataset": examples that the algorithm was made with, so the policy does nothing while it learns. "preferences": likewise, and
 * of the examples, answers to prompts, it is known which are better.
 */
export type AlgorithmSource = "rollouts" | "dataset" | "preferences";

/** What a run hands to its algorithm. */
export interface AlgorithmParts {
  /** The model that is trained. */
  readonly training: TrainingClient;
  /** Values states: a client with a value head, on the same base. Absent where the algorithm does not ask for one (`needsCritic`). */
  readonly critic?: TrainingClient;
  /** Gives groups of rollouts for a step. In a run without training tasks, asking for them is an error (ROLLOUTS_ABSENT). */
  readonly rollouts: RolloutSource;
  /** Messages to tokens and back, by the model's chat template. */
  readonly renderer: Renderer;
  /** Decides every draw of the algorithm, together with the step's number. */
  readonly seed: number;
  /** Steps already done by an earlier session of this run; the first step reported is this + 1. */
  readonly startStep: number;
  /** The `state` of the last step of an earlier session, as its checkpoint kept it. Absent where that step had none, and at step 0. */
  readonly state?: Readonly<Record<string, unknown>>;
  /**
   * The policy before any training, for a KL term. Default: the first snapshot of the run, which only a run from step 0 may
   * take. The caller closes it.
   */
  readonly reference?: SamplingClient;
  /** Saves a batch that broke training; its file's path. */
  readonly saveBatch?: (name: string, data: unknown) => Promise<string>;
  /** Aborts when the run is to stop; the algorithm ends after the step under way. */
  readonly signal?: AbortSignal;
}

/** One way of learning. */
export interface Algorithm {
  /** Names its phase of a run: in metrics, checkpoints and evaluations. */
  readonly name: string;
  /** Steps in total. */
  readonly steps: number;
  /** Default "rollouts". */
  readonly source?: AlgorithmSource;
  /** Whether a run opens a critic beside the policy, keeps it in its checkpoints, and hands it over. Default false. */
  readonly needsCritic?: boolean;
  /**
   * Whether what it trains is a model with a value head, which says numbers, instead of a policy: a reward model. A run then
   * opens such a client as `parts.training`, and hands over no `reference`. Default false.
   */
  readonly trainsValues?: boolean;
  /**
   * Everything else that decides what it learns, defaults filled in, as plain JSON. A run records it, and is not resumed
   * with other settings. Without it a run records the algorithm's name and steps only.
   */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Trains, and yields one report for each step. */
  run(parts: AlgorithmParts): AsyncGenerator<TrainStep, void>;
}
