/**
 * What a row of trainings.ts holds. This file imports types only, so that the table of commands is read without loading
 * zod, the domains or an algorithm.
 */
import type { z } from "zod";
import type { KtoOptions } from "../../algorithms/preferences/kto.ts";
import type { PairOptions } from "../../algorithms/preferences/pair-examples.ts";
import type { SupervisedData } from "../../algorithms/supervised/supervised-data.ts";
import type { Algorithm, AlgorithmSource } from "../../ports/algorithm.ts";
import type { Setting, SettingKinds, SettingsOf, SettingsTable } from "./setting-kinds.ts";
import type { SourceSettings } from "./source-settings.ts";

/** A setting whose checked value is a number. */
type NumberSetting = Setting<z.ZodType<number>>;

/** The settings that every algorithm has of its own, since their defaults differ from one to the other. */
interface RequiredSettings {
  readonly rollouts: { readonly steps: NumberSetting; readonly learningRate: NumberSetting };
  readonly dataset: {
    /** Without a value where passes over the data say it. */
    readonly steps: Setting<z.ZodType<number | undefined>>;
    readonly learningRate: NumberSetting;
    readonly batchSize: NumberSetting;
  };
  readonly preferences: RequiredSettings["dataset"];
}

/** An algorithm's own settings. */
export type OwnSettings<Source extends AlgorithmSource = AlgorithmSource> = SettingsTable &
  RequiredSettings[Source];

/** What the source of a training gives to its algorithm, beside the settings. */
export interface SourceData {
  /** Nothing: the algorithm asks for its rollouts while it runs. */
  readonly rollouts: undefined;
  readonly dataset: Dataset;
  readonly preferences: Preferences;
}

/** What trainings on preferences learn from: pairs, or answers that are rated one by one; as messages, or as rows of tokens. */
export interface Preferences {
  /** As `dpo` takes them; empty for a training on rated answers. */
  readonly pairs: Pick<PairOptions, "pairs" | "rows">;
  /** As `kto` takes them; empty for a training on pairs. */
  readonly answers: Pick<KtoOptions, "answers" | "rows">;
}

/** What supervised trainings learn from: conversations, whose assistant messages are trained, or rows of tokens. */
export interface Dataset {
  /** The data, as `sft` takes them. */
  readonly examples: SupervisedData;
  /** How well each conversation or row did, where that is known. */
  readonly scores?: Scores;
}

/** Rewards of the conversations or rows of a dataset, each list in their order. */
export interface Scores {
  readonly rewards: readonly number[];
  /** The task of each. Default: one task. */
  readonly tasks?: readonly string[];
  /** Whether each did its task. Default: where the reward is above 0. */
  readonly successes?: readonly boolean[];
  /** The episode of each. Default: each is one of its own. */
  readonly episodes?: readonly string[];
  /** True where a domain's expert did them, of which by default only what succeeded is learned. Default false. */
  readonly isExpert?: boolean;
}

/** All settings of a training: its source's, its own, and the shared ones. */
export type TrainingTable<
  Source extends AlgorithmSource,
  Own extends OwnSettings<Source> = OwnSettings<Source>,
> = SourceSettings[Source]["before"] &
  Own &
  SourceSettings[Source]["after"] &
  SourceSettings[Source]["shared"];

/** The checked settings of a training; of any algorithm that learns from this source, those that all of them have. */
export type TrainingSettings<
  Source extends AlgorithmSource = AlgorithmSource,
  Own extends OwnSettings<Source> = OwnSettings<Source>,
> = SettingsOf<TrainingTable<Source, Own>>;

/** One way to train: the command `hone train <name>`. Everything that lists trainings is derived from these rows. */
export interface Training<
  Source extends AlgorithmSource = AlgorithmSource,
  Own extends OwnSettings<Source> = OwnSettings<Source>,
> {
  /** What it does: one line of at most 58 characters, without a period at its end. */
  readonly summary: string;
  /** Lines of its help below the options. Default: only those of its source. */
  readonly notes?: readonly string[];
  /** What its algorithm learns from, which decides how its data are opened and some of its settings. */
  readonly source: Source;
  /** True where every conversation must have a reward. Default false. */
  readonly needsRewards?: boolean;
  /** True where answers are rated one by one, instead of in pairs. Only for preferences. Default false. */
  readonly takesRatedAnswers?: boolean;
  /** True where a reward model is trained, so that pairs are measured by its values. Only for preferences. Default false. */
  readonly trainsValues?: boolean;
  /** The settings of the algorithm itself, made of `kinds`. */
  readonly settings: (kinds: SettingKinds) => Own;
  /** Defaults of settings for a pretrained model, beside what was given. Default: those of a model from nothing. */
  readonly pretrained?: (
    given: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, number>>;
  /** The algorithm of checked settings. Its file is loaded here, by `import()`, and not before. */
  algorithm(settings: TrainingSettings<Source, Own>, data: SourceData[Source]): Promise<Algorithm>;
}

/** A row with its types: settings and data are known where `algorithm` is written. */
export const training = <Source extends AlgorithmSource, Own extends OwnSettings<Source>>(
  row: Training<Source, Own>,
): Training<Source, Own> => row;
