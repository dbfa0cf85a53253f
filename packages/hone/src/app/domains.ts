/** The table of domains. What the app needs of one is its row; flags, help and every command follow from it. */
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

export interface Domain<T extends Task = Task> {
  /** Tasks are of a level from 1 to this. */
  readonly levels: number;
  /** Different tasks of one split; the same options give the same tasks, and no task is in both splits. */
  tasks(options: DomainTasksOptions): readonly T[];
  environment(options: { readonly maxSteps: number }): ActionEnvironment<T>;
  reward(rollout: UnscoredRollout<T, Episode>): number | Reward | Promise<number | Reward>;
  /** What the domain's scripted expert does, an episode for each task. */
  episodes(tasks: readonly T[], options: ExpertOptions): Promise<readonly Episode[]>;
  /** How episodes are told to a model made from nothing, and to one that follows instructions. */
  readonly formats: { readonly compact: ChatFormat; readonly instructed: ChatFormat };
}

export interface DomainTasksOptions {
  readonly split: "train" | "test";
  readonly count: number;
  readonly levels: readonly number[];
  readonly seed: number;
}

export interface ExpertOptions {
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  readonly maxSteps?: number;
  readonly seed: number;
}

const math: Domain<EquationTask> = {
  levels: 5,
  // Which levels there are, equationTasks checks itself.
  tasks: ({ levels, ...rest }) =>
    equationTasks({ ...rest, levels: levels as readonly MathLevel[] }),
  environment: mathEnvironment,
  reward: mathReward,
  episodes: expertEpisodes,
  formats: { compact: compactMathFormat, instructed: instructedMathFormat },
};

/** Name, as `--domain` takes it → domain. */
export const domains = { math } satisfies Readonly<Record<string, Domain>>;

export type DomainName = keyof typeof domains;

export const domainNames = Object.keys(domains) as [DomainName, ...DomainName[]];

/** The domain of a name, its tasks known only to itself. */
export const domainOf = (name: DomainName): Domain => domains[name];
