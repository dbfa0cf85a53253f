/**
 * How each domain of `hone run trajectories` is learned: the defaults of its settings, for a model made from nothing. The READMEs of the
 * domains say what they reach on three seeds, and on which seeds a domain is not learned.
 */

/** How PPO's advantages are whitened: over the batch, first within each task's tries, or not at all. */
export const whitenings = ["yes", "group", "no"] as const;
/** One of `whitenings`. */
export type Whitening = (typeof whitenings)[number];

/** The settings whose defaults are a domain's own. */
export interface TrajectoryRecipe {
  /** Difficulty of the tasks, from 1. */
  readonly level: number;
  /** Tasks of which the expert makes a trajectory each, and which PPO tries. */
  readonly trainTasks: number;
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  /** Tokens of the vocabulary, at most. */
  readonly vocabulary: number;
  readonly sftSteps: number;
  readonly sftBatchSize: number;
  readonly sftLearningRate: number;
  /** Steps of PPO that learn from stored trajectories before it samples. */
  readonly offlineSteps: number;
  /** All steps of PPO. */
  readonly ppoSteps: number;
  readonly groupSize: number;
  readonly groupsPerStep: number;
  readonly ppoLearningRate: number;
  readonly criticLearningRate: number;
  readonly epochsPerBatch: number;
  readonly minibatchesPerBatch: number;
  /** Whether PPO's advantages are brought to deviation 1, and compared within each task's tries before that ("group"). */
  readonly whiten: Whitening;
  /** Actions until an episode is cut off. */
  readonly maxActions: number;
  /** Longest reply, in tokens. */
  readonly maxTokens: number;
}

const common: Omit<TrajectoryRecipe, "vocabulary"> = {
  level: 1,
  trainTasks: 500,
  mistakeRate: 0.2,
  sftSteps: 260,
  sftBatchSize: 16,
  sftLearningRate: 2e-3,
  offlineSteps: 0,
  ppoSteps: 15,
  groupSize: 8,
  groupsPerStep: 16,
  ppoLearningRate: 3e-4,
  criticLearningRate: 1e-3,
  epochsPerBatch: 1,
  minibatchesPerBatch: 4,
  whiten: "group",
  maxActions: 6,
  maxTokens: 12,
};

export const trajectoryRecipes = {
  mhqa: {
    ...common,
    // With this many tokens each name is one.
    vocabulary: 800,
    trainTasks: 2000,
    sftSteps: 600,
    ppoSteps: 20,
    maxActions: 10,
    maxTokens: 16,
  },
  video: {
    ...common,
    vocabulary: 480,
    trainTasks: 1500,
    mistakeRate: 0.4,
    sftSteps: 400,
    ppoSteps: 16,
    maxActions: 8,
    maxTokens: 16,
  },
  math: { ...common, vocabulary: 336, ppoSteps: 12 },
  swe: {
    ...common,
    vocabulary: 800,
    trainTasks: 400,
    sftSteps: 200,
    ppoSteps: 8,
    groupsPerStep: 8,
    maxActions: 8,
    maxTokens: 24,
  },
  tau: {
    ...common,
    vocabulary: 480,
    level: 2,
    trainTasks: 2000,
    sftSteps: 500,
    maxActions: 10,
    maxTokens: 16,
  },
} as const satisfies Readonly<Record<string, TrajectoryRecipe>>;

/** Where the defaults of a pretrained model are others, in every domain. First guesses that no run has measured. */
export const pretrainedRecipe = {
  sftSteps: 60,
  sftLearningRate: 5e-4,
  ppoSteps: 20,
  groupSize: 4,
  groupsPerStep: 8,
  ppoLearningRate: 1e-4,
  criticLearningRate: 2e-4,
  maxTokens: 96,
} as const satisfies Partial<TrajectoryRecipe>;

/** A domain that `hone run trajectories` learns. */
export type TrajectoryDomain = keyof typeof trajectoryRecipes;

/** In the order in which they are learned. */
export const trajectoryDomains = Object.keys(trajectoryRecipes) as readonly TrajectoryDomain[];

/** The defaults of a setting, as help shows them. @example defaultOfDomains("level"); // "1; tau: 2" */
export function defaultOfDomains(key: keyof TrajectoryRecipe): string {
  const all = trajectoryDomains.map((name) => ({ name, value: trajectoryRecipes[name][key] }));
  const usual = Map.groupBy(all, ({ value }) => value);
  const [first, ...others] = [...usual].toSorted(([, a], [, b]) => b.length - a.length);
  const rest = others.map(([value, of]) => `${of.map(({ name }) => name).join(", ")}: ${value}`);
  const ofModels: Partial<TrajectoryRecipe> = pretrainedRecipe;
  const last = ofModels[key] === undefined ? [] : [`pretrained: ${ofModels[key]}`];
  return [String(first![0]), ...rest, ...last].join("; ");
}
