/** The settings of `hone run team`. Flags and help are read from them without loading what runs it. */
import { z } from "zod";
import { type SettingsOf, settingKinds } from "../training/setting-kinds.ts";
import { placeSettings, rolloutSettings } from "../training/shared-settings.ts";
import { modelOrTiny, ofNewModel } from "./tiny-model.ts";

const { whole, number } = settingKinds;

/** A number of tasks, of which there are only so many. */
const tasks = (byDefault: number, most: number, help: string) => ({
  ...whole(1, byDefault, `${help}, at most ${most}`),
  schema: z.int().min(1).max(most).default(byDefault),
});

export const teamRunSettings = {
  model: { ...modelOrTiny, isOfModel: true },
  seed: whole(0, 0, "decides every weight, task and draw"),
  trainTasks: tasks(600, 2000, "tasks that teams learn from"),
  testTasks: tasks(100, 500, "held-out tasks"),
  mistakeRate: number([0, 1], 0.3, "share of the scripted members' turns that are wrong"),
  layers: ofNewModel(whole(1, 3, "decoder layers of a tiny model")),
  width: ofNewModel(whole(8, 96, "numbers per token between its layers")),
  sftSteps: whole(1, 600, "optimizer steps on the scripted teams' traces"),
  sftBatchSize: whole(1, 32, "turns per step"),
  sftLearningRate: number([0, 10], 2e-3, "its highest learning rate"),
  grpoSteps: whole(1, 30, "steps of GRPO on the team's own work"),
  groupSize: whole(2, 8, "tries at each task"),
  groupsPerStep: whole(1, 16, "tasks per step"),
  grpoLearningRate: number([0, 10], 2e-4, "its learning rate"),
  checkpointEvery: whole(1, 50, "steps between checkpoints"),
  ...rolloutSettings,
  ...placeSettings,
} as const;

export type TeamRunSettings = SettingsOf<typeof teamRunSettings>;
