/** The settings of `hone train apo`, `hone train gepa`: what all prompt methods share. */
import { z } from "zod";
import type { PromptSearchOptions } from "../../algorithms/prompts/search-options.ts";
import { settingKinds, type SettingsOf, type SettingsTable } from "../training/setting-kinds.ts";
import { placeSettings, rolloutSettings, sharedSettings } from "../training/shared-settings.ts";
import { sourceSettings } from "../training/source-settings.ts";
import type { PromptMethodRow } from "./prompt-methods.ts";

const { whole, number, optional } = settingKinds;

/** Text of at least one character, shown in help as a word. */
const named = (placeholder: string, help: string, byDefault?: string) => ({
  ...optional(z.string().min(1), {
    kind: "text",
    help,
    ...(byDefault !== undefined && { byDefault }),
  }),
  placeholder,
});

const limit = (help: string) =>
  optional(z.int().min(1), { kind: "number", help, byDefault: "no limit" });

const { before, shared } = sourceSettings.rollouts;
// No weights are trained, so there are no adapters and nothing stored to learn first.
const { agent, tasks, reward, heldOut } = before;

/** The settings that all prompt methods have, beside their own. */
export const sharedPromptSettings = {
  ...{ agent, tasks, reward, heldOut },
  prompt: optional(z.string().min(1), {
    kind: "text",
    help: "a file with the prompt to start from",
    byDefault: "the domain's",
  }),
  model: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "does the tasks: a folder, a run or a hub id",
    }),
    isOfModel: true,
  },
  policy: {
    ...named("model", "instead: a model by name, as openai/gpt-4o-mini"),
    notWith: "model",
  },
  critic: named("model", "writes the prompts: a model by name", "what does the tasks"),
  criticMaxTokens: whole(1, 1024, "longest reply of the critic, in tokens"),
  criticTemperature: number([0, 10], 1, "of the critic"),
  validationSize: optional(z.int().min(1), {
    kind: "number",
    help: "training tasks to choose by",
    byDefault: "half, at most 16",
  }),
  budget: limit("rollouts at most, held-out tasks aside"),
  criticCalls: limit("calls of the critic at most"),
  criticTokens: limit("tokens of the critic at most"),
  maxExampleLength: whole(100, 4000, "characters of a rollout that it is shown"),
  failedReward: number([-1e6, 1e6], 0, "what a failed rollout counts as"),
  perfectReward: optional(z.number(), {
    kind: "number",
    help: "reward that cannot be better",
    byDefault: "not known",
  }),
  domain: shared.domain,
  levels: shared.levels,
  trainTasks: { ...shared.trainTasks, ...whole(2, 100, "tasks to learn from and choose by") },
  testTasks: shared.testTasks,
  maxActions: shared.maxActions,
  maxTokens: shared.maxTokens,
  temperature: shared.temperature,
  evaluation: { ...sharedSettings.evaluation, help: "all rollouts: greedy, sampled" },
  samplesPerTask: { ...sharedSettings.samplesPerTask, help: "tries per task" },
  concurrency: shared.concurrency,
  deadline: shared.deadline,
  seed: shared.seed,
  ...rolloutSettings,
  ...placeSettings,
} as const satisfies SettingsTable;

/** The same, checked. */
export type SharedPromptSettings = SettingsOf<typeof sharedPromptSettings>;

/** All settings of a prompt method, in the order in which help lists them. */
export function settingsOfPromptMethod<Own extends SettingsTable>({
  settings,
}: PromptMethodRow<Own>): Own & typeof sharedPromptSettings {
  return { ...settings(settingKinds), ...sharedPromptSettings };
}

/** What the settings mean to a method. */
export function searchOptions(settings: SharedPromptSettings): PromptSearchOptions {
  const { validationSize, perfectReward, failedReward, maxExampleLength, samplesPerTask } =
    settings;
  const { budget, criticCalls, criticTokens, concurrency } = settings;
  return {
    failedReward,
    samplesPerTask,
    maxExampleLength,
    criticConcurrency: Math.min(4, concurrency),
    ...(validationSize !== undefined && { validationSize }),
    ...(perfectReward !== undefined && { perfectReward }),
    budget: {
      ...(budget !== undefined && { rollouts: budget }),
      ...(criticCalls !== undefined && { criticCalls }),
      ...(criticTokens !== undefined && { criticTokens }),
    },
  };
}
