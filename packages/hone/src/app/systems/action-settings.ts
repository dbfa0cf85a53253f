/**
 * The settings of `hone run <domain>` for a domain of actions. Flags and help are read from them without loading what runs it.
 * Those that a domain tunes have its own defaults, which may differ by level and for a pretrained model.
 */
import { z } from "zod";
import { queueSettings } from "../training/queue-settings.ts";
import { type Setting, type SettingsOf, settingKinds } from "../training/setting-kinds.ts";
import { placeSettings, rolloutSettings, sharedSettings } from "../training/shared-settings.ts";
import { modelOrTiny, ofNewModel } from "./tiny-model.ts";

const { whole, optionalChoice, optionalNumber, optionalWhole } = settingKinds;

/** The settings whose defaults are a domain's own. */
export interface TunedSettings {
  /** Tasks to learn from. */
  readonly trainTasks: number;
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  /** Tokens of the vocabulary, at most. */
  readonly vocabulary: number;
  readonly sftSteps: number;
  readonly sftBatchSize: number;
  readonly sftLearningRate: number;
  readonly grpoSteps: number;
  readonly groupSize: number;
  readonly groupsPerStep: number;
  readonly grpoLearningRate: number;
  /** Actions until an episode is cut off. */
  readonly maxActions: number;
  /** Longest reply, in tokens. */
  readonly maxTokens: number;
}

/** How a domain of actions is learned by `hone run`. */
export interface ActionRecipe {
  /** What its tasks are called, such as "equations". */
  readonly tasks: string;
  /** The highest level of its tasks. */
  readonly levels: number;
  /** The defaults, at level 1 and for a model made from nothing. */
  readonly tuned: TunedSettings;
  /** Where a level's defaults are others. */
  readonly atLevel?: Readonly<Record<number, Partial<TunedSettings>>>;
  /** Where the defaults of a pretrained model are others. */
  readonly pretrained?: Partial<TunedSettings>;
}

/** A setting that means something beside a pretrained model only. */
const ofModel = <Row extends Setting>(row: Row) => ({ ...row, onlyWith: "model" });

/** The settings of a domain's `hone run`, from its recipe. */
export function actionSettings(recipe: ActionRecipe) {
  const { tasks, levels } = recipe;
  const count = (min: number, key: keyof TunedSettings, help: string) => ({
    ...optionalWhole(min, help, defaultText(recipe, key)),
    usual: recipe.tuned[key],
  });
  const rate = (range: readonly [number, number], key: keyof TunedSettings, help: string) =>
    optionalNumber(range, help, defaultText(recipe, key));
  return {
    seed: whole(0, 0, "decides every weight, task and draw"),
    level: {
      schema: z
        .int(`expected a level from 1 to ${levels}`)
        .min(1, `expected a level from 1 to ${levels}`)
        .max(levels, `expected a level from 1 to ${levels}`)
        .default(1),
      kind: "number" as const,
      help: `difficulty of the ${tasks}, 1 to ${levels}`,
      byDefault: "1",
    },
    model: modelOrTiny,
    weights: ofModel({ ...sharedSettings.weights, byDefault: "adapter" }),
    rank: ofModel(optionalWhole(1, "rank of the adapter", "8")),
    alpha: ofModel(optionalNumber([0.001, 1e6], "its scale is alpha / rank", "16")),
    dropout: ofModel(
      optionalNumber([0, 0.99], "share of its inputs dropped in supervised learning", "0.1"),
    ),
    targets: ofModel({
      ...sharedSettings.targets,
      schema: sharedSettings.targets.schema.optional(),
    }),
    trainTasks: count(1, "trainTasks", `${tasks} to learn from`),
    testTasks: whole(1, 100, `held-out ${tasks}`),
    mistakeRate: rate([0, 1], "mistakeRate", "share of the expert's actions that are wrong"),
    layers: ofNewModel(whole(1, 4, "decoder layers of the model")),
    width: ofNewModel(whole(8, 128, "numbers per token between layers")),
    vocabulary: ofNewModel(count(259, "vocabulary", "tokens, at most")),
    supervised: optionalChoice(
      ["sft", "weighted"],
      "learn all of the expert's episodes, or by their reward",
      "sft",
    ),
    sftSteps: count(1, "sftSteps", "optimizer steps of supervised learning"),
    sftEpochs: optionalWhole(
      1,
      "passes over the episodes; with --sft-steps the first to end",
      "as steps say",
    ),
    sftBatchSize: count(1, "sftBatchSize", "episodes per step"),
    sftLearningRate: rate([0, 10], "sftLearningRate", "its highest learning rate"),
    grpoSteps: count(1, "grpoSteps", "steps of GRPO"),
    groupSize: count(2, "groupSize", `tries at each of the ${tasks}`),
    groupsPerStep: count(1, "groupsPerStep", `${tasks} per step`),
    grpoLearningRate: rate([0, 10], "grpoLearningRate", "its learning rate"),
    maxActions: count(1, "maxActions", "actions until an episode is cut off"),
    maxTokens: count(1, "maxTokens", "longest reply, in tokens"),
    checkpointEvery: whole(1, 50, "steps between checkpoints"),
    ...rolloutSettings,
    ...queueSettings,
    ...placeSettings,
  };
}

type ActionTable = ReturnType<typeof actionSettings>;

/** The settings that decide the result, as given; the names are those of the flags and of a config file. */
export type GivenActionSettings = Partial<
  Omit<SettingsOf<ActionTable>, keyof typeof placeSettings>
>;

/** The same with the defaults of the level and of the kind of model filled in. */
export type ActionSettings = Omit<GivenActionSettings, keyof TunedSettings | FilledKey> &
  TunedSettings &
  Required<Pick<GivenActionSettings, FilledKey>>;

/** Settings whose rows have the default. */
const filledKeys = ["seed", "level", "testTasks", "layers", "width", "checkpointEvery"] as const;

type FilledKey = (typeof filledKeys)[number];

/** The settings of a run: what was given, over the defaults of the level and of the kind of model. */
export function resolvedActionSettings(
  recipe: ActionRecipe,
  given: GivenActionSettings,
): ActionSettings {
  const { tuned, atLevel, pretrained } = recipe;
  const table = actionSettings(recipe);
  const filled = filledKeys.map((key) => [key, table[key].schema.parse(undefined)] as const);
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  const { level = 1, model } = given;
  const ofKind = model === undefined ? {} : pretrained;
  // Every key was checked by its row of the table; those that were not given are dropped.
  return {
    ...Object.fromEntries(filled),
    ...tuned,
    ...atLevel?.[level],
    ...ofKind,
    ...(Object.fromEntries(known) as GivenActionSettings),
  } as ActionSettings;
}

/** "260; level 2: 600; pretrained: 60". */
function defaultText(
  { tuned, atLevel = {}, pretrained = {} }: ActionRecipe,
  key: keyof TunedSettings,
): string {
  const levels = Object.entries(atLevel).map(([level, some]) => [`level ${level}`, some[key]]);
  const others = [...levels, ["pretrained", pretrained[key]]].flatMap(([when, value]) =>
    value === undefined ? [] : [`${when}: ${value}`],
  );
  return [String(tuned[key]), ...others].join("; ");
}
