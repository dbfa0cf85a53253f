/** A domain: a field of tasks with its environment, its reward and an expert, as a user defines it. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { isObject } from "../core/json.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Reward, Task } from "../core/rollout.ts";
import type { ActionEnvironment, Episode } from "../ports/environment.ts";
import type { UnscoredRollout } from "../ports/reward.ts";
import { type ChatFormat, formatNames } from "./chat-format.ts";
import type { ActionAgent } from "./run-episode.ts";

/** Which tasks a domain is asked for. */
export interface DomainTasksOptions {
  /** The tasks to learn from, or those that are held out. */
  readonly split: "train" | "test";
  /** How many at most. */
  readonly count: number;
  /** Levels to take tasks of, from 1 to the domain's highest. */
  readonly levels: readonly number[];
  /** Decides which tasks. */
  readonly seed: number;
}

/** How a domain's expert acts in one episode. */
export interface DomainExpertOptions {
  /** Share of its actions that are to be wrong, in [0, 1]. */
  readonly mistakeRate: number;
  /** Decides which actions are wrong, and how; different for each task. */
  readonly seed: number;
}

/** Two wordings of a domain's episodes. */
export interface DomainFormats {
  /** For a model made from nothing, which learns the rules from episodes: as short as possible. */
  readonly compact: ChatFormat;
  /** For a model that follows instructions: the system message has the rules and the actions. */
  readonly instructed: ChatFormat;
}

/** What `defineDomain` is given. */
export interface DomainDefinition<T extends Task = Task> {
  /**
   * Tasks of a split: a function that gives at most `count` different ones, the same for the same options, or two lists.
   * No task may be in both splits. Of lists those are taken whose field `level` is asked for, or that have none.
   */
  readonly tasks:
    | ((options: DomainTasksOptions) => readonly T[])
    | { readonly train: readonly T[]; readonly test: readonly T[] };
  /**
   * A new environment, for one episode. Episodes end after `maxActions` actions at the latest, whether or not it reads that; where
   * it is absent, after as many as `maxActions` below.
   */
  readonly environment: (options: { readonly maxActions?: number }) => ActionEnvironment<T>;
  /** The reward of an episode. Default: the sum of its steps, with the components `success` and `steps`. */
  readonly reward?: (
    rollout: UnscoredRollout<T, Episode>,
  ) => number | Reward | Promise<number | Reward>;
  /**
   * An agent that knows what to do, for one episode. It is given the task, too, for experts that read the answer there.
   * `hone train sft` learns from it. Default: none.
   */
  readonly expert?: (options: DomainExpertOptions, task: T) => ActionAgent;
  /** How episodes are written as conversations: one way, or two. Default: observations and actions as they are. */
  readonly format?: ChatFormat | DomainFormats;
  /** The highest level of its tasks; the lowest is 1. Default 1. */
  readonly levels?: number;
  /** Actions until an episode is cut off, where no setting says it. Default 12. */
  readonly maxActions?: number;
  /**
   * The task of a problem that a user wrote as text, such as "3x + 7 = 16". `hone serve` answers it (POST /solve). It throws where
   * the text is no problem, with a message that says what is wrong. Default: none, and no problems are answered.
   */
  readonly problem?: (text: string) => T;
  /** A task as `problem` reads it. `hone domains <name>` shows examples of it. Default: the first observation is shown. */
  readonly problemText?: (task: T) => string;
  /**
   * The solution of a problem as text, from the episode that ended by its own rules. Default: the argument of the last action, or
   * its name.
   */
  readonly solution?: (task: T, episode: Episode) => string;
  /**
   * Releases what its environments share from one episode to the next: processes, connections. Called when the run, the
   * evaluation or the server that used the domain has ended, also by an error or an abort, and nothing else in the process uses
   * it. The domain may be used again after that. Default: nothing to release.
   */
  readonly close?: () => void | Promise<void>;
}

const definitionNames: OptionNames<DomainDefinition> = {
  tasks: true,
  environment: true,
  reward: true,
  expert: true,
  format: true,
  levels: true,
  maxActions: true,
  problem: true,
  problemText: true,
  solution: true,
  close: true,
};

/**
 * Checks a domain and returns it. The default export of a file, it is a domain by the path of that file:
 * `hone train grpo --domain ./my-domain.ts`, also for `hone train sft`, `hone eval` and `hone model new`.
 *
 * @throws OPTION_INVALID for a part that is missing, unknown or of another type than it must be
 * @example
 * export default defineDomain<Sum>({
 *   tasks: { train: sums.slice(0, 80), test: sums.slice(80) },
 *   environment: () => new SumEnvironment(),
 *   expert: () => ({ selectAction: (state) => ({ name: "answer", argument: solved(state) }) }),
 * });
 */
export function defineDomain<T extends Task>(definition: DomainDefinition<T>): DomainDefinition<T> {
  const check = optionChecks("defineDomain");
  checkOptions<object>("defineDomain", definition, definitionNames);
  const { tasks, environment, reward, expert, format, levels, maxActions } = definition;
  const { problem, problemText, solution, close } = definition;
  const isLists = isObject(tasks) && Array.isArray(tasks["train"]) && Array.isArray(tasks["test"]);
  if (typeof tasks !== "function" && !isLists) {
    throw check.invalid("tasks", tasks, "a function, or { train, test } with two lists of tasks");
  }
  check.callable("environment", environment);
  if (reward !== undefined) check.callable("reward", reward);
  if (expert !== undefined) check.callable("expert", expert);
  if (problem !== undefined) check.callable("problem", problem);
  if (problemText !== undefined) check.callable("problemText", problemText);
  if (solution !== undefined) check.callable("solution", solution);
  if (close !== undefined) check.callable("close", close);
  if (levels !== undefined) check.whole("levels", levels, { min: 1 });
  if (maxActions !== undefined) check.whole("maxActions", maxActions, { min: 1 });
  if (format !== undefined) {
    const names = hasTwo(format) ? { compact: formatNames, instructed: formatNames } : formatNames;
    checkOptions<object>("defineDomain: format", format, names);
  }
  return definition;
}

/** Both wordings of a definition; where it has one, that for both. */
export function formatsOf({ format = {} }: Pick<DomainDefinition, "format">): DomainFormats {
  return hasTwo(format) ? format : { compact: format, instructed: format };
}

const hasTwo = (format: ChatFormat | DomainFormats): format is DomainFormats =>
  isObject(format) && "compact" in format && "instructed" in format;

/** The sum of the steps of an episode, and whether it did its task. */
export function stepsReward({ answer }: UnscoredRollout<Task, Episode>): Reward {
  const { totalReward, isSuccess, steps } = answer;
  const components = { success: isSuccess ? 1 : 0, steps: steps.length };
  return { total: totalReward, components, source: "rule" };
}
