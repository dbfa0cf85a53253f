/** A world in which an agent takes discrete actions. */
import type { Task } from "../core/rollout.ts";

/** An action with what it acts on, for example { name: "subtract_terms", argument: "7" }. */
export interface Action {
  readonly name: string;
  readonly argument?: string;
}

export interface StepResult {
  /** What the agent sees next. */
  readonly observation: string;
  readonly reward: number;
  /** The episode ended by its own rules (solved, or lost). */
  readonly terminated: boolean;
  /** The episode was cut off (too many steps). */
  readonly truncated: boolean;
  readonly info: Readonly<Record<string, unknown>>;
}

export interface ActionEnvironment<T extends Task = Task> {
  /** Starts an episode; the first observation. The same task and seed give the same episode. */
  reset(task: T, seed: number): string;
  /** Names of the actions that can be taken now. */
  validActions(): readonly string[];
  step(action: Action): StepResult;
}

/** One step of an episode, kept as it happened. */
export interface EpisodeStep {
  readonly state: string;
  readonly action: Action;
  readonly reward: number;
  readonly nextState: string;
}

export interface Episode {
  readonly steps: readonly EpisodeStep[];
  readonly totalReward: number;
  readonly isSuccess: boolean;
  readonly terminated: boolean;
  readonly truncated: boolean;
}
