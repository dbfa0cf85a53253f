/** The settings of `hone eval`. */
import { settingKinds, type SettingsTable } from "./setting-kinds.ts";
import { lengthSettings, taskSettings } from "./shared-settings.ts";

const { whole, number, choice } = settingKinds;

export const evaluationSettings = {
  ...taskSettings,
  tasks: whole(1, 100, "held-out tasks"),
  mode: choice(["greedy", "sampled"], "greedy", "how they are tried"),
  samplesPerTask: whole(1, 1, "tries per task"),
  temperature: number([0.01, 10], 1, "of sampling"),
  maxTokens: lengthSettings.maxTokens,
  maxSteps: lengthSettings.maxSteps,
  seed: whole(0, 0, "decides the tasks and every draw"),
} as const satisfies SettingsTable;
