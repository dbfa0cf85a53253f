/** The settings of `hone run meetings`. Flags and help are read from them without loading what runs it. */
import { z } from "zod";
import { linearModules } from "../../engine/models/architecture.ts";
import { MAX_DEADLINE, MIN_DEADLINE } from "../training/deadline.ts";
import { type SettingsOf, settingKinds, type SettingsTable } from "../training/setting-kinds.ts";
import { placeSettings } from "../training/shared-settings.ts";
import { defaultText } from "./meetings/meeting-defaults.ts";
import { modelOrTiny, ofNewModel } from "./tiny-model.ts";

const { whole, number, optionalNumber, optionalWhole, optionalText, optional } = settingKinds;

/** The phases, in their order. */
export const meetingPhases = ["sft", "traces", "dpo"] as const;
/** One of them. */
export type MeetingPhase = (typeof meetingPhases)[number];

export const meetingsSettings = {
  phase: {
    ...optional(z.enum(meetingPhases), {
      kind: "text",
      help: "one phase alone: sft, traces or dpo",
      byDefault: "all three",
    }),
    isOfSession: true,
  },
  model: { ...modelOrTiny, isOfModel: true },
  data: optional(z.string().min(1), {
    kind: "text",
    help: "a CSV file of meetings to learn from",
    byDefault: "drawn by the seed",
  }),
  seed: whole(0, 0, "decides every weight, meeting and draw"),
  trainRows: {
    ...optionalWhole(1, "rows of the table that is drawn", defaultText("trainRows")),
    notWith: "data",
  },
  explorerEpisodes: optionalWhole(
    0,
    "episodes of the explorer in phase 1",
    defaultText("explorerEpisodes"),
  ),
  testRows: optionalWhole(1, "held-out meetings", defaultText("testRows")),
  layers: ofNewModel(whole(1, 3, "decoder layers of a tiny model")),
  width: ofNewModel(whole(8, 64, "numbers per token between its layers")),
  vocabulary: ofNewModel(whole(259, 800, "its tokens, at most")),
  sftSteps: optionalWhole(1, "optimizer steps of phase 1", defaultText("sftSteps", "by epochs")),
  sftEpochs: optionalWhole(
    1,
    "passes over the data in phase 1",
    defaultText("sftEpochs", "no limit"),
  ),
  sftBatchSize: optionalWhole(1, "rows per step of phase 1", defaultText("sftBatchSize")),
  sftLearningRate: optionalNumber([0, 10], "its highest rate", defaultText("sftLearningRate")),
  weightDecay: optionalNumber([0, 10], "AdamW's decay per step", defaultText("weightDecay")),
  scenarios: optionalWhole(1, "meetings of phase 2", defaultText("scenarios")),
  tries: whole(2, 6, "tries at each"),
  temperature: number([0.01, 10], 1, "of sampling in phase 2"),
  minMargin: number([0.001, 1.5], 0.2, "least difference of the rewards of a pair"),
  beta: number([1e-6, 100], 0.1, "how strongly phase 3 is held to the model of phase 1"),
  dpoSteps: optionalWhole(1, "optimizer steps of phase 3", defaultText("dpoSteps")),
  dpoBatchSize: optionalWhole(1, "pairs per step", defaultText("dpoBatchSize")),
  dpoLearningRate: optionalNumber([0, 10], "its highest rate", defaultText("dpoLearningRate")),
  weights: {
    ...optional(z.enum(["adapter", "all"]), {
      kind: "text",
      help: "train an adapter or all weights",
      byDefault: "adapter; phase 1 of tiny: all",
    }),
    isOfModel: true,
  },
  rank: { ...whole(1, 16, "rank of the adapter"), isOfModel: true },
  alpha: {
    ...optionalNumber([0.001, 1e6], "its scale is alpha / rank", "twice the rank"),
    isOfModel: true,
  },
  dropout: {
    ...optionalNumber([0, 0.99], "share of an adapter's inputs dropped", defaultText("dropout")),
    isOfModel: true,
  },
  targets: {
    schema: z.array(z.enum(linearModules)).min(1).optional(),
    kind: "list",
    help: "layers with an adapter",
    byDefault: "all linear",
    isOfModel: true,
  },
  maxTokens: optionalWhole(1, "longest reply, in tokens", defaultText("maxTokens")),
  concurrency: whole(1, 128, "rollouts at a time"),
  deadline: optionalNumber(
    [MIN_DEADLINE, MAX_DEADLINE],
    "seconds that a rollout may take",
    defaultText("deadline"),
  ),
  checkpointEvery: whole(1, 100, "steps between checkpoints"),
  layout: {
    ...optionalText(
      "a folder that also gets data/, models/, trajectories/ and results/",
      "none",
      "folder",
    ),
    isOfSession: true,
  },
  ...placeSettings,
} as const satisfies SettingsTable;

/** The settings of a run; the names are those of the flags and of a config file. */
export type MeetingsSettings = SettingsOf<typeof meetingsSettings>;
