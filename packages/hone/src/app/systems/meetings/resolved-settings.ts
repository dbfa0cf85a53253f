/** The settings with the defaults that depend on the model: from nothing it learns at rates that would ruin a pretrained one. */
import { resolve } from "node:path";
import type { TrainingClientOptions } from "../../../engine/clients/training-client.ts";
import { linearModules } from "../../../engine/models/architecture.ts";
import type { MeetingsSettings } from "../meetings-settings.ts";
import { fromNothing, pretrained } from "./meeting-defaults.ts";

/** Settings of which every one has a value, but for a file of data and limits. */
export type ResolvedMeetings = Pick<MeetingsSettings, OptionalKeys> & {
  readonly [Key in Exclude<keyof MeetingsSettings, OptionalKeys>]-?: Exclude<
    MeetingsSettings[Key],
    undefined
  >;
};

type OptionalKeys =
  | "phase"
  | "layout"
  | "model"
  | "data"
  | "sftSteps"
  | "sftEpochs"
  | "out"
  | "threads";

/** Whether the model is made from nothing. */
export const isFromNothing = ({ model }: Pick<MeetingsSettings, "model">): boolean =>
  model === undefined;

/** The settings with every default filled in. */
export function resolvedMeetings(settings: MeetingsSettings): ResolvedMeetings {
  const by = isFromNothing(settings) ? fromNothing : pretrained;
  const { rank, sftSteps, sftEpochs } = settings;
  // Passes and steps are limits of each other, so that one that was given stands without the other's default.
  const limits = sftSteps === undefined && sftEpochs === undefined ? by : { sftSteps, sftEpochs };
  return {
    ...settings,
    // A resumed run finds the table from any folder.
    data: settings.data === undefined ? undefined : resolve(settings.data),
    trainRows: settings.trainRows ?? by.trainRows,
    explorerEpisodes: settings.explorerEpisodes ?? by.explorerEpisodes,
    sftSteps: limits.sftSteps,
    sftEpochs: limits.sftEpochs,
    sftBatchSize: settings.sftBatchSize ?? by.sftBatchSize,
    sftLearningRate: settings.sftLearningRate ?? by.sftLearningRate,
    weightDecay: settings.weightDecay ?? by.weightDecay,
    testRows: settings.testRows ?? by.testRows,
    scenarios: settings.scenarios ?? by.scenarios,
    dpoBatchSize: settings.dpoBatchSize ?? by.dpoBatchSize,
    dpoSteps: settings.dpoSteps ?? by.dpoSteps,
    dpoLearningRate: settings.dpoLearningRate ?? by.dpoLearningRate,
    maxTokens: settings.maxTokens ?? by.maxTokens,
    deadline: settings.deadline ?? by.deadline,
    weights: settings.weights ?? "adapter",
    alpha: settings.alpha ?? 2 * rank,
    dropout: settings.dropout ?? by.dropout,
    targets: settings.targets ?? [...linearModules],
  };
}

/** What a phase trains: of a model from nothing phase 1 trains all weights, unless another choice was made. */
export function trainedBy(
  phase: "sft" | "dpo",
  settings: ResolvedMeetings,
): Pick<TrainingClientOptions, "lora"> {
  const { weights, rank, alpha, dropout, targets: targetModules } = settings;
  const isWhole = weights === "all" || (phase === "sft" && isFromNothing(settings));
  return { lora: isWhole ? false : { rank, alpha, dropout, targetModules } };
}
