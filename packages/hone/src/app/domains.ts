/** The table of domains: one row for each. Flags, help and every command that takes `--domain` are derived from it. */
import type { Reward, Task } from "../core/rollout.ts";
import {
  compactMathFormat,
  equationTasks,
  type EquationTask,
  expertEpisodes,
  instructedMathFormat,
  mathEnvironment,
  type MathLevel,
  mathReward,
} from "../domains/math.ts";
import type { ChatFormat } from "../environments/chat-format.ts";
import type { ActionEnvironment, Episode } from "../ports/environment.ts";
import type { UnscoredRollout } from "../ports/reward.ts";

/** A field of tasks with its environment, its reward, and an expert. */
export interface Domain<T extends Task = Task> {
  /** The highest level of its tasks; the lowest is 1. */
  readonly levels: number;
  /** Different tasks of one split. The same options give the same tasks, and no task is in both splits. */
  tasks(options: DomainTasksOptions): readonly T[];
  /** A new environment, whose episodes end after `maxSteps` actions at the latest. */
  environment(options: { readonly maxSteps: number }): ActionEnvironment<T>;
  /** The reward of an episode. */
  reward(rollout: UnscoredRollout<T, Episode>): number | Reward | Promise<number | Reward>;
  /** The episodes of the domain's scripted expert, one for each task. */
  episodes(tasks: readonly T[], options: ExpertOptions): Promise<readonly Episode[]>;
  /** The wording of episodes: compact for a model made from nothing, instructed for a model that follows instructions. */
  readonly formats: { readonly compact: ChatFormat; readonly instructed: ChatFormat };
}

/** Which tasks a domain makes. */
export interface DomainTasksOptions {
  readonly split: "train" | "test";
  readonly count: number;
  readonly levels: readonly number[];
  readonly seed: number;
}

/** How the expert acts. */
export interface ExpertOptions {
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  /** Actions until an episode is cut off. Default: the domain's own. */
  readonly maxSteps?: number;
  readonly seed: number;
}

const math: Domain<EquationTask> = {
  levels: 5,
  // equationTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    equationTasks({ ...rest, levels: levels as readonly MathLevel[] }),
  environment: mathEnvironment,
  reward: mathReward,
  episodes: expertEpisodes,
  formats: { compact: compactMathFormat, instructed: instructedMathFormat },
};

/** Domains by the names that `--domain` takes. */
export const domains = { math } satisfies Readonly<Record<string, Domain>>;

export type DomainName = keyof typeof domains;

export const domainNames = Object.keys(domains) as [DomainName, ...DomainName[]];

/** The domain of a name, with the type of its tasks erased. */
export const domainOf = (name: DomainName): Domain => domains[name];
