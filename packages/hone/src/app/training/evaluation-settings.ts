/** The settings of `hone eval`. */
import { DEFAULT_DEADLINE, MAX_DEADLINE, MIN_DEADLINE } from "./deadline.ts";
import { settingKinds, type SettingsTable } from "./setting-kinds.ts";
import { taskSettings } from "./shared-settings.ts";

const { whole, number, choice, optionalWhole } = settingKinds;

export const evaluationSettings = {
  ...taskSettings,
  levels: {
    ...taskSettings.levels,
    schema: taskSettings.levels.schema.unwrap().optional(),
    byDefault: "as in its run, else 1",
  },
  tasks: whole(1, 100, "held-out tasks"),
  mode: choice(["greedy", "sampled"], "greedy", "how they are tried"),
  samplesPerTask: whole(1, 1, "tries per task"),
  temperature: number([0.01, 10], 1, "of sampling"),
  maxTokens: optionalWhole(1, "longest reply, in tokens", "as in its run, else 64"),
  maxActions: optionalWhole(
    1,
    "actions until an episode is cut off",
    "as in its run, else the domain's",
  ),
  concurrency: whole(1, 64, "tries at a time"),
  deadline: number([MIN_DEADLINE, MAX_DEADLINE], DEFAULT_DEADLINE, "seconds that a try may take"),
  seed: whole(0, 0, "decides the tasks and every draw"),
} as const satisfies SettingsTable;
