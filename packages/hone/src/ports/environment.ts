/** The contract of environments, in which an agent takes one action after the other. */
import type { Task } from "../core/rollout.ts";

/** An action with what it acts on, for example { name: "subtract_terms", argument: "7" }. */
export interface Action {
  /** One of the environment's `validActions`. */
  readonly name: string;
  /** What the action acts on; absent for actions that need nothing. */
  readonly argument?: string;
}

/** What an environment answers to an action. */
export interface StepResult {
  /** What the agent sees next. */
  readonly observation: string;
  /** The reward of this step; the episode's is the sum over its steps. */
  readonly reward: number;
  /** The episode ended by its own rules (solved, or lost). */
  readonly terminated: boolean;
  /** The episode was cut off (too many steps). */
  readonly truncated: boolean;
  /** Further facts of the step for reports; learning does not read them. */
  readonly info: Readonly<Record<string, unknown>>;
}

/**
 * A world in which an agent takes actions until the episode ends. `reset` and `step` may return promises, for worlds that ask a
 * program, a database or a service. The next one is called only after the promise of the one before has settled. Such a world gives up
 * its work when the episode's signal aborts; one that answers at once needs no signal.
 */
export interface ActionEnvironment<T extends Task = Task> {
  /** Starts an episode and returns the first observation. The same task and seed give the same episode. */
  reset(task: T, seed: number, signal?: AbortSignal): string | Promise<string>;
  /** Names of the actions that can be taken now. */
  validActions(): readonly string[];
  /** Takes an action and returns what came of it. */
  step(action: Action, signal?: AbortSignal): StepResult | Promise<StepResult>;
}

/** An environment that answers at once, without promises. */
export interface SynchronousEnvironment<T extends Task = Task> extends ActionEnvironment<T> {
  /** Starts an episode and returns the first observation. */
  reset(task: T, seed: number): string;
  /** Takes an action and returns what came of it. */
  step(action: Action): StepResult;
}

/** One step of an episode, as it happened. */
export interface EpisodeStep {
  /** The observation before the action. */
  readonly state: string;
  /** The action that was taken. */
  readonly action: Action;
  /** The reward of the step. */
  readonly reward: number;
  /** The observation after the action. */
  readonly nextState: string;
}

/** An episode from its start to its end. */
export interface Episode {
  /** The steps in their order. */
  readonly steps: readonly EpisodeStep[];
  /** Sum of the steps' rewards. */
  readonly totalReward: number;
  /** Whether the task was done. */
  readonly isSuccess: boolean;
  /** True when the episode ended by its own rules: solved or lost. */
  readonly terminated: boolean;
  /** True when the episode was cut off, for example after too many steps. */
  readonly truncated: boolean;
}
