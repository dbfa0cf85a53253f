/** A definition with everything filled in and checked, as trainings and evaluations use it. */
import { HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { Random, randomBits } from "../../core/random.ts";
import { levelOf } from "../../core/reward-parts.ts";
import type { Reward, Task } from "../../core/rollout.ts";
import { firstIds, sharedTasks } from "../../core/shared-tasks.ts";
import { shownValue } from "../../core/shown-value.ts";
import {
  type DomainDefinition,
  type DomainFormats,
  type DomainTasksOptions,
  formatsOf,
  stepsReward,
} from "../../environments/domain.ts";
import { checkedEnvironment } from "../../environments/checked-environment.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { ActionEnvironment, Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { checkedExpert, checkedFormats, calledOf } from "./domain-calls.ts";
import { useDomain } from "./domain-uses.ts";
import { problemTask, solutionText, writtenProblem } from "./domain-problems.ts";

/** A field of tasks with its environment, its reward, and an expert. */
export interface Domain<T extends Task = Task> {
  /** The highest level of its tasks; the lowest is 1. */
  readonly levels: number;
  /** Actions until an episode is cut off, where no setting says it. */
  readonly maxActions: number;
  /** Different tasks of one split, at least one and at most `count`. The same options give the same tasks. */
  tasks(options: DomainTasksOptions): readonly T[];
  /** A new environment, whose episodes end after `maxActions` actions at the latest. Default: the domain's own. */
  environment(options: { readonly maxActions?: number | undefined }): ActionEnvironment<T>;
  /** The reward of an episode. */
  reward(rollout: UnscoredRollout<T, Episode>): number | Reward | Promise<number | Reward>;
  /** Whether it has an expert. */
  readonly hasExpert: boolean;
  /**
   * The episodes of the domain's scripted expert, one for each task.
   * @throws DOMAIN_EXPERT_ABSENT; DOMAIN_FAILED, DOMAIN_INVALID, ACTION_INVALID of an expert that throws or gives no action; EXPERT_ASKS_MODEL
   *   where episodes ask a model by name and are not kept
   */
  episodes(tasks: readonly T[], options: ExpertOptions): Promise<readonly Episode[]>;
  /** Whether it makes tasks of problems. */
  readonly hasProblems: boolean;
  /**
   * The task of a problem that a user wrote.
   * @throws DOMAIN_PROBLEMS_ABSENT; PROBLEM_INVALID, saying what is wrong with the text; DOMAIN_INVALID for what is no task
   */
  problem(text: string): T;
  /**
   * A task as `problem` reads it; of a domain that makes no tasks of problems, what an agent reads first.
   * @throws DOMAIN_FAILED, DOMAIN_INVALID
   */
  problemText(task: T): Promise<string>;
  /** The solution as text; undefined when the episode was cut off. @throws DOMAIN_FAILED, DOMAIN_INVALID */
  solution(task: T, episode: Episode): string | undefined;
  /** The wording of episodes: compact for a model made from nothing, instructed for a model that follows instructions. */
  readonly formats: DomainFormats;
  /**
   * Ends this use of the domain. The last use in the process releases what the domain's environments share.
   * @throws DOMAIN_FAILED
   */
  close(): Promise<void>;
}

/** Episodes of an expert that run side by side, so that environments that ask a process can gather what they ask. */
const episodesTogether = 64;

/** How the expert acts. */
export interface ExpertOptions {
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  /** Actions until an episode is cut off. Default: the domain's own. */
  readonly maxActions?: number | undefined;
  readonly seed: number;
  /** Whether the caller keeps each episode, so that none is played twice. Default false. */
  readonly areKept?: boolean;
}

/** Actions until an episode is cut off, of a domain that does not say how many. */
const DEFAULT_ACTIONS = 12;

/**
 * The domain of a definition, in use until it is closed.
 * @param name as the user named it, for errors
 * @throws DOMAIN_SPLITS_SHARED when its lists share tasks; from `tasks` DOMAIN_FAILED, DOMAIN_INVALID, DOMAIN_WITHOUT_TASKS
 *         and CONFIG_INVALID for a level that it does not have
 */
export function completeDomain<T extends Task>(
  name: string,
  definition: DomainDefinition<T>,
): Domain<T> {
  const { levels = 1, reward = stepsReward, expert } = definition;
  const { maxActions: actions = DEFAULT_ACTIONS } = definition;
  const environment: Domain<T>["environment"] = ({ maxActions = actions }) =>
    checkedEnvironment(
      calledOf(name, "its environment was made", () => definition.environment({ maxActions })),
    );
  if (typeof definition.tasks !== "function") checkSplits(name, definition.tasks);
  const formats = checkedFormats(name, formatsOf(definition));
  return {
    levels,
    maxActions: actions,
    environment,
    reward,
    // After every check that may throw: a use that is counted is ended only by `close`.
    close: useDomain(name, definition),
    formats,
    hasExpert: expert !== undefined,
    hasProblems: definition.problem !== undefined,
    problem: (text) => problemTask(name, definition, text),
    problemText: async (task) =>
      writtenProblem(name, definition, task) ?? environment({}).reset(task, 0),
    solution: (task, episode) => solutionText(name, definition, task, episode),
    tasks: (options) => {
      checkLevels(options.levels, levels);
      return checkedTasks(name, options, tasksOf(name, definition, options));
    },
    async episodes(tasks, { mistakeRate, maxActions = actions, seed }) {
      if (expert === undefined) throw new HoneError("DOMAIN_EXPERT_ABSENT", { domain: name });
      const limit = { maxActions };
      const episodeOf = (task: T): Promise<Episode> => {
        const options = { mistakeRate, seed: randomBits(seed, task.id) };
        const agent = checkedExpert({ domain: name, task: task.id }, () => expert(options, task));
        return runEpisode(environment(limit), task, agent, limit);
      };
      const episodes: Episode[] = [];
      for (let from = 0; from < tasks.length; from += episodesTogether)
        episodes.push(
          ...(await Promise.all(tasks.slice(from, from + episodesTogether).map(episodeOf))),
        );
      return episodes;
    },
  };
}

/** @throws DOMAIN_SPLITS_SHARED when a task to learn from is also held out */
export function checkSplits(
  domain: string,
  tasks: { readonly train: readonly Task[]; readonly test: readonly Task[] },
): void {
  const shared = sharedTasks(tasks);
  if (shared.length === 0) return;
  const facts = { domain, count: shared.length, of: tasks.test.length, names: firstIds(shared) };
  throw new HoneError("DOMAIN_SPLITS_SHARED", facts);
}

function checkLevels(levels: readonly number[], highest: number): void {
  if (levels.every((level) => level <= highest)) return;
  const problem = `expected a level from 1 to ${highest}, got ${JSON.stringify(levels)}.`;
  throw new HoneError("CONFIG_INVALID", { where: "--levels", problem });
}

function tasksOf<T extends Task>(
  name: string,
  { tasks }: DomainDefinition<T>,
  options: DomainTasksOptions,
): unknown {
  if (typeof tasks === "function") {
    return calledOf(name, `its tasks were asked for (${options.split})`, () => tasks(options));
  }
  const { split, count, levels, seed } = options;
  const wanted = tasks[split].filter((task) => {
    const level = isObject(task) ? levelOf(task as Task) : undefined;
    return level === undefined || levels.map(String).includes(level);
  });
  return new Random("domain tasks", seed, split).shuffle(wanted).slice(0, count);
}

function checkedTasks<T extends Task>(
  domain: string,
  { split, count, levels }: DomainTasksOptions,
  given: unknown,
): readonly T[] {
  const invalid = (problem: string): HoneError =>
    new HoneError("DOMAIN_INVALID", { domain, problem });
  if (!Array.isArray(given))
    throw invalid(`its tasks (${split}) are ${shownValue(given)}; they must be a list`);
  if (given.length === 0)
    throw new HoneError("DOMAIN_WITHOUT_TASKS", { domain, split, levels: levels.join(", ") });
  if (given.length > count)
    throw invalid(
      `its tasks (${split}) are ${given.length}; at most count = ${count} were asked for`,
    );
  const ids = new Set<string>();
  for (const task of given as readonly unknown[]) {
    const id = isObject(task) ? task["id"] : undefined;
    if (typeof id !== "string" || id === "")
      throw invalid(`a task (${split}) is ${shownValue(task)}; it must have an \`id\`, a text`);
    if (ids.has(id)) throw invalid(`two of its tasks (${split}) have the id ${JSON.stringify(id)}`);
    ids.add(id);
  }
  // Each task was seen to be an object with an id; its other fields are the domain's own.
  return given as readonly T[];
}
