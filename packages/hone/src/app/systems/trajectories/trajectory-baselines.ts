/** What the held-out tasks of each domain of `hone run trajectories` give without a model. */
import type { Baseline } from "../../training/pipeline-options.ts";
import { withDomain } from "../../domains.ts";
import { actionBaselines } from "../baselines.ts";
import type { TrajectoriesSettings } from "../trajectories-settings.ts";
import type { DomainRecipe } from "./resolved-settings.ts";

/** Training tasks, at most, whose expert's episodes the baselines take their actions from. More would cost seconds and change little. */
const MAX_LEARNED_TASKS = 300;

/**
 * Success and reward on a domain's held-out tasks of random actions, of the expert's most frequent ones, and of the expert without mistakes.
 * @throws as `withDomain` and `actionBaselines`
 */
export const domainBaselines = (
  { domain: name, level, trainTasks, mistakeRate, maxActions }: DomainRecipe,
  { seed, testTasks }: Pick<TrajectoriesSettings, "seed" | "testTasks">,
): Promise<readonly Baseline[]> =>
  withDomain(name, async (domain) => {
    const tasksOf = (split: "train" | "test", count: number) =>
      domain.tasks({ split, count, levels: [level], seed });
    const learnedTasks = tasksOf("train", Math.min(trainTasks, MAX_LEARNED_TASKS));
    const learned = await domain.episodes(learnedTasks, { mistakeRate, maxActions, seed });
    const tasks = tasksOf("test", testTasks);
    return actionBaselines({ name, domain, learned, tasks, maxActions, seed });
  });
