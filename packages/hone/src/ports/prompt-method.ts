/** The contract of prompt methods, which change the words that an agent is given and leave the weights as they are. */
import type { Message } from "../core/message.ts";
import type { Prompts } from "../core/prompts.ts";
import type { Reward, RolloutFailure, Task } from "../core/rollout.ts";
import type { TrainStep } from "../core/train-step.ts";
import type { Critic } from "./critic.ts";

/** One rollout that a method wants: which prompts on which task. Equal trials are run once. */
export interface PromptTrial {
  readonly prompts: Prompts;
  readonly task: Task;
  /** Which of several tries of the same prompts at the same task, from 0. With the run's seed it decides the rollout's draws. */
  readonly sample: number;
}

/** What came of a trial. */
export interface TrialResult {
  /** Undefined where the rollout failed. */
  readonly reward: Reward | undefined;
  readonly isSuccess: boolean;
  /** Why there is no reward. */
  readonly failure: RolloutFailure | undefined;
  /** What the agent returned, as text; undefined where it failed. */
  readonly answer: string | undefined;
  /** What was said between the agent and the model: each conversation whole, in the order in which they ended. */
  readonly conversations: readonly (readonly Message[])[];
}

/** Runs trials. */
export interface PromptTrials {
  /**
   * Runs trials side by side, those that were run before taken from what was kept.
   * @returns the results in the order of the trials
   * @throws  CANCELLED after the signal, and what must stop a run
   */
  run(trials: readonly PromptTrial[], signal?: AbortSignal): Promise<readonly TrialResult[]>;
}

/** What a run hands to its method. */
export interface PromptMethodParts {
  /** The prompts to start from. */
  readonly prompts: Prompts;
  /** The tasks to learn from; the method holds some of them out to choose by. */
  readonly tasks: readonly Task[];
  readonly trials: PromptTrials;
  readonly critic: Critic;
  /** Decides every draw of the method. */
  readonly seed: number;
  /** Aborts when the run is to stop: trials and calls of the critic are then given up. */
  readonly signal?: AbortSignal;
}

/** Prompts that were tried on all validation tasks. */
export interface PromptCandidate {
  /** Its number in the order in which they were found; 0 is what the run started from. */
  readonly id: number;
  /** The texts by their names. */
  readonly prompts: Prompts;
  /** The candidates that it was made from: none for the start, two for a merge. */
  readonly parents: readonly number[];
  /** The step in which it was found; 0 for the start. */
  readonly step: number;
  /** Mean reward on the validation tasks; a failed rollout counts as the method's `failedReward`. */
  readonly score: number;
  /** The same for each validation task, by the task's id. */
  readonly scores: Readonly<Record<string, number>>;
}

/** What a search has used. What an earlier session of the run has paid for counts, too; what was taken from the cache does not. */
export interface PromptSpending {
  readonly rollouts: number;
  readonly criticCalls: number;
  /** Tokens of the critic's questions and replies; undefined where it does not say. */
  readonly criticTokens: number | undefined;
}

/** A step of a prompt method. */
export interface PromptStep extends TrainStep {
  /** All candidates so far. */
  readonly candidates: readonly PromptCandidate[];
  /** The id of the best of them: the highest score, of equal ones the earliest. */
  readonly best: number;
  readonly spent: PromptSpending;
}

/**
 * Why a search ended: all its steps are done, its budget does not suffice for more, or the critic gave no usable reply many
 * times in a row.
 */
export type PromptEnd = "steps" | "budget" | "critic";

/** A way to search for better prompts, such as `apo` or `gepa`. */
export interface PromptMethod {
  /** Names it in metrics and records. */
  readonly name: string;
  /** Steps at most. */
  readonly steps: number;
  /** Everything that decides what it finds, defaults filled in, as plain JSON. A run is not resumed with other settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Throws where the settings do not suffice for these tasks, before anything is run. Default: only `run` finds out.
   * @throws OPTION_INVALID
   */
  readonly check?: (tasks: readonly Task[]) => void;
  /** Searches, and yields one report for the start (step 0) and one for each step. */
  run(parts: PromptMethodParts): AsyncGenerator<PromptStep, PromptEnd>;
}
