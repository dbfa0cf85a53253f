/** The settings of `hone run math`. Flags and help are read from them without loading what runs it. */
import { z } from "zod";
import { type SettingsOf, settingKinds, type SettingsTable } from "../training/setting-kinds.ts";
import { placeSettings, rolloutSettings } from "../training/shared-settings.ts";

const { whole, number } = settingKinds;

const level = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)], {
  error: "expected a level from 1 to 5",
});

export const mathSettings = {
  seed: whole(0, 0, "decides every weight, task and draw"),
  level: {
    schema: level.default(1),
    kind: "number",
    help: "difficulty of the equations, 1 to 5",
    byDefault: "1",
  },
  trainTasks: whole(1, 500, "equations to learn from"),
  testTasks: whole(1, 100, "held-out equations"),
  mistakeRate: number([0, 1], 0.2, "share of the expert's actions that are wrong"),
  layers: whole(1, 4, "decoder layers of the model"),
  width: whole(8, 128, "numbers per token between layers"),
  vocabulary: whole(259, 336, "tokens, at most"),
  sftSteps: whole(1, 260, "optimizer steps of supervised learning"),
  sftBatchSize: whole(1, 16, "episodes per step"),
  sftLearningRate: number([0, 10], 2e-3, "its highest learning rate"),
  grpoSteps: whole(1, 45, "steps of GRPO"),
  groupSize: whole(2, 8, "tries per equation"),
  groupsPerStep: whole(1, 16, "equations per step"),
  grpoLearningRate: number([0, 10], 4e-4, "its learning rate"),
  maxSteps: whole(1, 6, "actions until an episode is cut off"),
  checkpointEvery: whole(1, 50, "steps between checkpoints"),
  ...rolloutSettings,
  ...placeSettings,
} as const satisfies SettingsTable;

/** The settings that decide the result; the names are those of the flags and of a config file. */
export type MathSettings = Omit<SettingsOf<typeof mathSettings>, keyof typeof placeSettings>;

/** The default of every setting. */
export const mathDefaults: MathSettings = defaultsOf(mathSettings);

function defaultsOf({ out: _out, threads: _threads, ...decisive }: typeof mathSettings) {
  const schemas = Object.entries(decisive).map(([key, { schema }]) => [key, schema] as const);
  // The object has a key per row of the table, with the default of that row's schema.
  return z.object(Object.fromEntries(schemas)).parse({}) as MathSettings;
}
