/** The settings of each domain, and what a run records of them. */
import { HoneError } from "../../../core/errors.ts";
import { withoutQueue } from "../../training/queue-settings.ts";
import { meaningfulSettings } from "../../training/setting-rules.ts";
import { mayChange } from "../../training/deadline.ts";
import {
  domainsOf,
  type TrajectoriesSettings,
  trajectoriesSettings,
} from "../trajectories-settings.ts";
import {
  pretrainedRecipe,
  type TrajectoryDomain,
  type TrajectoryRecipe,
  trajectoryRecipes,
} from "./trajectory-recipes.ts";

/** The settings of a run, and the recipe of each of its domains: what was given, over the domain's defaults. */
export interface ResolvedTrajectories {
  readonly settings: TrajectoriesSettings;
  readonly recipes: readonly DomainRecipe[];
}

/** How a domain is learned. */
export interface DomainRecipe extends TrajectoryRecipe {
  readonly domain: TrajectoryDomain;
}

/** @throws CONFIG_INVALID for a comparison of the tries at a task where each is tried once, which PPO would refuse after the other phases */
export function checkWhitening({ recipes }: ResolvedTrajectories): void {
  if (recipes.every(({ whiten, groupSize }) => whiten !== "group" || groupSize > 1)) return;
  const problem =
    "group compares the tries at a task with each other; give --group-size 2 or more.";
  throw new HoneError("CONFIG_INVALID", { where: "--whiten", problem });
}

/** The settings with every default filled in. */
export const resolvedTrajectories = (settings: TrajectoriesSettings): ResolvedTrajectories => ({
  settings,
  recipes: domainsOf(settings).map((domain) => ({ domain, ...recipeOf(domain, settings) })),
});

function recipeOf(domain: TrajectoryDomain, settings: TrajectoriesSettings): TrajectoryRecipe {
  const usual: TrajectoryRecipe = {
    ...trajectoryRecipes[domain],
    ...(settings.model !== undefined && pretrainedRecipe),
  };
  const given = Object.entries(settings).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(usual, key),
  );
  const recipe: TrajectoryRecipe = { ...usual, ...Object.fromEntries(given) };
  // A task that is tried once has no other tries to be compared with.
  const isSingle = recipe.groupSize === 1 && settings.whiten === undefined;
  return isSingle ? { ...recipe, whiten: "yes" } : recipe;
}

/** Settings of PPO that each domain has its own default of. */
const policyKeys = [
  ...(["offlineSteps", "ppoSteps", "groupSize", "groupsPerStep", "ppoLearningRate"] as const),
  ...(["criticLearningRate", "epochsPerBatch", "minibatchesPerBatch", "whiten"] as const),
] satisfies readonly (keyof TrajectoryRecipe)[];

/** What a resumed run may have otherwise until a PPO has begun. */
const laterSettings = [
  ...policyKeys,
  ...["clipLow", "clipHigh", "klCoefficient", "policyRecipes"],
] as const;

/** Settings that a resumed run may have otherwise. @param hasBegun  whether a PPO has begun */
export const changeable = (hasBegun: boolean): readonly string[] =>
  hasBegun ? mayChange : [...mayChange, ...laterSettings];

/** The settings as the run records them, with the recipe of each domain. */
export function recordedTrajectories({
  settings,
  recipes,
}: ResolvedTrajectories): Readonly<Record<string, unknown>> {
  const { out: _out, threads: _threads, phase: _phase, layout: _layout, ...decisive } = settings;
  const meaningful = meaningfulSettings(trajectoriesSettings, withoutQueue(decisive));
  const given = Object.entries(meaningful).filter(([, value]) => value !== undefined);
  return {
    command: "run trajectories",
    model: "tiny",
    ...Object.fromEntries(given),
    domains: recipes.map(({ domain }) => domain),
    // Without what each domain's defaults were, a version with others would go on with a part of the domains as if all had been learned alike.
    recipes: byDomain(recipes, (key) => !isOfPolicy(key)),
    policyRecipes: byDomain(recipes, isOfPolicy),
  };
}

const isOfPolicy = (key: string): boolean => policyKeys.some((one) => one === key);

/** Some keys of the recipe of each domain. */
const byDomain = (recipes: readonly DomainRecipe[], isWanted: (key: string) => boolean) =>
  Object.fromEntries(
    recipes.map(({ domain, ...recipe }) => [
      domain,
      Object.fromEntries(Object.entries(recipe).filter(([key]) => isWanted(key))),
    ]),
  );
