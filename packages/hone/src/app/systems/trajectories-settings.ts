/** The settings of `hone run trajectories`. Flags and help are read from them without loading what runs it. */
import { z } from "zod";
import { canonicalDomain } from "../domains.ts";
import { type SettingsOf, settingKinds, type SettingsTable } from "../training/setting-kinds.ts";
import { queueSettings } from "../training/queue-settings.ts";
import { placeSettings, sharedSettings } from "../training/shared-settings.ts";
import { modelOrTiny, ofNewModel } from "./tiny-model.ts";
import {
  defaultOfDomains,
  type TrajectoryDomain,
  trajectoryDomains,
  type TrajectoryRecipe,
  whitenings,
} from "./trajectories/trajectory-recipes.ts";

const { whole, number, optional, optionalNumber, optionalWhole, optionalChoice, optionalText } =
  settingKinds;

/** The phases, in their order. */
export const trajectoryPhases = ["data", "sft", "rl"] as const;
/** A phase of `hone run trajectories`. */
export type TrajectoryPhase = (typeof trajectoryPhases)[number];

const domain = z.string().transform(canonicalDomain).pipe(z.enum(trajectoryDomains));

const count = (min: number, key: keyof TrajectoryRecipe, help: string) =>
  optionalWhole(min, help, defaultOfDomains(key));
const rate = (range: readonly [number, number], key: keyof TrajectoryRecipe, help: string) =>
  optionalNumber(range, help, defaultOfDomains(key));

/** Settings that each domain has its own default of; one that is given holds for all domains. */
const ofDomains = {
  level: count(1, "level", "difficulty of the tasks"),
  trainTasks: count(1, "trainTasks", "trajectories of the expert"),
  mistakeRate: rate([0, 1], "mistakeRate", "share of its actions that are wrong"),
  vocabulary: ofNewModel(count(259, "vocabulary", "tokens of a tiny model, at most")),
  sftSteps: count(1, "sftSteps", "steps of supervised learning"),
  sftBatchSize: count(1, "sftBatchSize", "trajectories per step"),
  sftLearningRate: rate([0, 10], "sftLearningRate", "its highest learning rate"),
  offlineSteps: count(0, "offlineSteps", "first steps of PPO, on stored trajectories"),
  ppoSteps: count(1, "ppoSteps", "steps of PPO, with those"),
  groupSize: count(1, "groupSize", "tries at each task"),
  groupsPerStep: count(1, "groupsPerStep", "tasks per step"),
  ppoLearningRate: rate([0, 10], "ppoLearningRate", "its highest learning rate"),
  criticLearningRate: rate([0, 10], "criticLearningRate", "that of its critic"),
  epochsPerBatch: count(1, "epochsPerBatch", "passes over the tries of a step"),
  minibatchesPerBatch: count(1, "minibatchesPerBatch", "updates in a pass"),
  whiten: optionalChoice(
    whitenings,
    "advantages of deviation 1; group: by task",
    defaultOfDomains("whiten"),
  ),
  maxActions: count(1, "maxActions", "actions until an episode is cut off"),
  maxTokens: count(1, "maxTokens", "longest reply, in tokens"),
} as const satisfies Readonly<Record<keyof TrajectoryRecipe, SettingsTable[string]>>;

export const trajectoriesSettings = {
  domains: optional(z.array(domain).min(1), {
    kind: "list",
    help: `of ${trajectoryDomains.join(", ")}`,
    byDefault: "all five",
  }),
  phase: {
    ...optional(z.enum(trajectoryPhases), {
      kind: "text",
      help: "the last phase to do: data, sft or rl",
      byDefault: "rl",
    }),
    isOfSession: true,
  },
  model: { ...modelOrTiny, isOfModel: true },
  seed: whole(0, 0, "decides every weight, task and draw"),
  testTasks: whole(1, 120, "held-out tasks of each domain"),
  layers: ofNewModel(whole(1, 4, "decoder layers of a tiny model")),
  width: ofNewModel(whole(8, 128, "numbers per token between its layers")),
  ...ofDomains,
  minReward: optional(z.number(), {
    kind: "number",
    help: "SFT learns trajectories with this reward or more",
    byDefault: "all",
  }),
  clipLow: number([0, 1], 0.8, "PPO's lower bound of the ratio"),
  clipHigh: number([1, 100], 1.2, "its upper bound"),
  klCoefficient: number([0, 1e6], 0, "its price of drifting, per nat"),
  weights: {
    ...sharedSettings.weights,
    byDefault: "tiny: all, else adapter",
  },
  deadline: sharedSettings.deadline,
  checkpointEvery: sharedSettings.checkpointEvery,
  keepRollouts: sharedSettings.keepRollouts,
  layout: {
    ...optionalText("a folder that also gets data/ and models/", "none", "folder"),
    isOfSession: true,
  },
  ...queueSettings,
  ...placeSettings,
} as const satisfies SettingsTable;

/** The settings of a run; the names are those of the flags and of a config file. */
export type TrajectoriesSettings = SettingsOf<typeof trajectoriesSettings>;

/** The domains of a run, in the order in which they were named. */
export const domainsOf = ({
  domains,
}: Pick<TrajectoriesSettings, "domains">): readonly TrajectoryDomain[] => [
  ...new Set(domains ?? trajectoryDomains),
];
