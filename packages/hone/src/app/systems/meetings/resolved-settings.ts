/** The settings with the defaults that depend on the model: from nothing it learns at rates that would ruin a pretrained one. */
import { resolve } from "node:path";
import type { TrainingClientOptions } from "../../../engine/clients/training-client.ts";
import type { MeetingsSettings } from "../meetings-settings.ts";
import { usualMeetings } from "./meeting-defaults.ts";

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
  const { rank, sftSteps, sftEpochs } = settings;
  const usual = usualMeetings({ isFromNothing: isFromNothing(settings), rank });
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return {
    ...settings,
    ...usual,
    ...Object.fromEntries(given),
    // Passes and steps are limits of each other, so that one that was given stands without the other's default.
    ...((sftSteps ?? sftEpochs) !== undefined && { sftSteps, sftEpochs }),
    // A resumed run finds the table from any folder.
    data: settings.data === undefined ? undefined : resolve(settings.data),
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
