/** What a training's source comes to once it is opened: everything of a run that depends on where its data come from. */
import type { ReplayCoverage } from "../../../core/tool-replay.ts";
import type { NewModelOptions } from "../../../engine/model-files/new-model.ts";
import type { AlgorithmSource } from "../../../ports/algorithm.ts";
import type { RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import type { TokenizerText } from "../../../text/tiny-tokenizer.ts";
import { findModel, type FoundModel } from "../../models/find-model.ts";
import type { OpenedJudge } from "../judge-setting.ts";
import type { OpenedRewardModel } from "../reward-model-setting.ts";
import type { OutsideProgram } from "../../serving/outside-program.ts";
import type { DomainPlay } from "../../workers/rollout-job.ts";
import type { Phase, PhaseSource } from "../pipeline-options.ts";
import type { SourceData, TrainingSettings } from "../training.ts";

/** What is opened, and for which training. */
export interface SourceRequest<Source extends AlgorithmSource = AlgorithmSource> {
  /** The name of the training. */
  readonly training: string;
  /** Whether every conversation must have a reward. Default false. */
  readonly needsRewards?: boolean | undefined;
  /** Whether answers are rated one by one instead of in pairs. Default false. */
  readonly takesRatedAnswers?: boolean | undefined;
  /** Whether a reward model is trained, instead of a policy. Default false. */
  readonly trainsValues?: boolean | undefined;
  readonly settings: TrainingSettings<Source>;
  /** The program that the settings name as the agent. Default: `commandProgram` of its line. */
  readonly program?: OutsideProgram | undefined;
  /** Whether stored traces are tokenised only when they are learned, since another phase changes the policy before. Default false. */
  readonly keepsMessages?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is odd about the data, and may be meant. */
export interface SourceWarning {
  /** Names the warning for programs. */
  readonly code: string;
  /** The warning, in a sentence. */
  readonly text: string;
}

/** An opened source. */
export interface OpenedSource<Source extends AlgorithmSource = AlgorithmSource> {
  /** The start of the run folder's name. */
  readonly runName: string;
  /** The model to start from; undefined: one is made from nothing. */
  readonly found: FoundModel | undefined;
  /** Texts for the tokenizer of a model that is made from nothing. */
  readonly texts: () => Promise<readonly TokenizerText[]>;
  /** Sizes of a model that is made from nothing. Default: those of `newModel`. */
  readonly newModel?: Partial<NewModelOptions>;
  /** Throws when a model that was made from nothing cannot read the data. */
  readonly checkModel?: (folder: string) => Promise<void>;
  /** Phases before the training's own. Default: none. */
  readonly before?: readonly Phase[];
  /** What the algorithm is made with, beside its settings. */
  readonly data: SourceData[Source];
  /** What the algorithm learns from while it runs. */
  readonly learning: PhaseSource;
  /** Actions until an episode is cut off, where there are episodes. */
  readonly maxActions?: number;
  /** What is measured before and after. Without tasks nothing is measured. */
  readonly heldOut: RunnableTasks;
  /** Settings that the source decides itself or writes out in full, as the run records them. */
  readonly settled: Readonly<Record<string, unknown>>;
  /** The SHA-256 of the data where they are a file; a resume needs the same. */
  readonly dataDigest?: string;
  /** The judge whose rewards are learned from. Default: none. */
  readonly judge?: OpenedJudge | undefined;
  /** The reward model whose scores are learned from, which the run closes. Default: none. */
  readonly rewardModel?: OpenedRewardModel | undefined;
  /** How workers of a queue play the tasks. Default: they cannot. */
  readonly play?: DomainPlay;
  /** How calls of the agent's tools were answered so far, where a recording answers them. Default: they ran. */
  readonly replay?: () => ReplayCoverage;
  /** Writes what the run keeps of its source into its folder, before the model is opened. Default: nothing. */
  readonly prepareFolder?: (folder: string) => Promise<void>;
  /** Releases what the source holds, when the run has ended, however it ended. Default: nothing to release. */
  readonly close?: () => Promise<void>;
  /** What the run says at its start, where it needs to by the number of its steps. */
  readonly notes?: readonly string[] | ((steps: number) => readonly string[]);
  /** A warning to show there, or several. Default: none. */
  readonly warning?: SourceWarning | readonly SourceWarning[] | undefined;
}

/** The model that the settings name, a reward model only where one is trained; undefined for "tiny". @throws as `findModel` */
export async function modelOf({
  settings,
  trainsValues,
  signal,
}: SourceRequest): Promise<FoundModel | undefined> {
  if (settings.model === "tiny") return undefined;
  return findModel(settings.model, {
    ...(trainsValues === true && { valueHead: "allowed" as const }),
    ...(signal && { signal }),
  });
}
