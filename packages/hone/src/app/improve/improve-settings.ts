/** The settings of `hone improve`: where tasks and results of tools come from, and those of its methods that it hands on. */
import { z } from "zod";
import { fieldsOf } from "../../core/json.ts";
import { promptMethodNames } from "../prompts/prompt-methods.ts";
import { sharedPromptSettings } from "../prompts/prompt-settings.ts";
import { replayedAgentSettings } from "../training/replayed-agent-settings.ts";
import {
  type Setting,
  settingKinds,
  type SettingsOf,
  type SettingsTable,
} from "../training/setting-kinds.ts";
import { placeSettings, rolloutSettings, sharedSettings } from "../training/shared-settings.ts";
import { sourceSettings } from "../training/source-settings.ts";

const { choice, number, optional, optionalNumber, optionalWhole, whole } = settingKinds;

/** The command that a run records. */
export const improveCommand = "improve";

/** How the agent gets better. */
export const improveMethods = ["grpo", "dpo", "sft", "prompt"] as const;

/** See `improveMethods`. */
export type ImproveMethod = (typeof improveMethods)[number];

/** Those that train weights. */
export type TrainedMethod = Exclude<ImproveMethod, "prompt">;

const { agentFile, match, recording, unmatched, allowTools, warmStart } = replayedAgentSettings;

/** What decides the tasks and the results of tools. A run records them apart, since some have the names of a training's settings. */
export const recordingSettings = {
  store: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "where the traces are",
      byDefault: "HONE_STORE, else sqlite:./hone.db",
    }),
    placeholder: "url",
  },
  agent: {
    ...optional(z.string().min(1), {
      kind: "text",
      help: "whose traces, by its name in them",
      byDefault: "all",
    }),
    placeholder: "name",
  },
  command: {
    ...optional(z.string().regex(/\S/, "expected the command line that starts the agent"), {
      kind: "text",
      help: "starts the agent for one question",
    }),
    placeholder: "line",
  },
  agentFile,
  method: choice(improveMethods, "grpo", "learn by"),
  heldOut: number([0, 0.9], 0.2, "share of sessions only measured on"),
  ...{ match, recording, unmatched, allowTools },
  minReward: optionalNumber([-1e9, 1e9], "least reward of traces whose answers are learned", "any"),
  search: {
    ...optional(z.enum(promptMethodNames), {
      kind: "text",
      help: `prompt: search by ${promptMethodNames.join(", ")}`,
      byDefault: "apo",
    }),
    placeholder: "method",
  },
  warmStart,
} as const satisfies SettingsTable;

const { onlyWith: _withAgent, ...reward } = sourceSettings.rollouts.before.reward;
const { judge, rubric, judgeBudget, judgePrices } = sourceSettings.rollouts.after;
const { model, weights, rank, alpha, dropout, targets, temperature } = sharedSettings;
const { evaluation, samplesPerTask, concurrency, deadline } = sharedSettings;
const { checkpointEvery, recompute, seed } = sharedSettings;

/** What is handed on to the training of the method, by the same keys. */
export const methodSettings = {
  reward: { ...reward, byDefault: "exact, with a judge" },
  ...{ judge, rubric, judgeBudget, judgePrices },
  model,
  steps: optionalWhole(1, "of the method", "the method's"),
  learningRate: optionalNumber([0, 10], "highest learning rate", "the method's"),
  groupSize: optionalWhole(2, "grpo: answers per task", "8"),
  groupsPerStep: optionalWhole(1, "grpo: tasks per step", "8"),
  epochsPerBatch: optionalWhole(1, "grpo: passes over a step's tries", "1"),
  klCoefficient: optionalNumber([0, 1e6], "grpo: price of drifting, per nat", "0"),
  ...{ weights, rank, alpha, dropout, targets },
  maxTokens: whole(1, 256, "longest reply, in tokens"),
  ...{ temperature, evaluation, samplesPerTask, concurrency, deadline, checkpointEvery },
  ...{ recompute, seed, keepRollouts: rolloutSettings.keepRollouts },
  ...placeSettings,
} as const satisfies SettingsTable;

const { prompt, policy, critic, validationSize } = sharedPromptSettings;
const { budget, criticCalls, criticTokens } = sharedPromptSettings;

/** A setting of a search for a better prompt. */
const ofPrompt = <Row extends Setting>(row: Row) => ({ ...row, help: `prompt: ${row.help}` });

/** What is handed on to the search for a better prompt, by the same keys. */
export const promptSettings = {
  prompt: { ...ofPrompt(prompt), byDefault: "the recorded system message" },
  ...{ policy: ofPrompt(policy), critic: ofPrompt(critic) },
  validationSize: ofPrompt(validationSize),
  ...{ budget: ofPrompt(budget), criticCalls: ofPrompt(criticCalls) },
  criticTokens: ofPrompt(criticTokens),
} as const satisfies SettingsTable;

/** All settings, in the order in which help lists them. */
export const improveSettings = {
  ...recordingSettings,
  ...methodSettings,
  ...promptSettings,
} as const;

/** The same, checked. */
export type ImproveSettings = SettingsOf<typeof improveSettings>;

/**
 * The settings that a run was started with, by the keys of `improveSettings`. Its training's own settings of the same names,
 * such as the agent of its rollouts, are passed over.
 */
export const recordedImprovement = (
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({
  ...pick({ ...methodSettings, ...promptSettings }, config),
  ...pick(recordingSettings, fieldsOf(config["improve"])),
});

const pick = (
  table: SettingsTable,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => Object.hasOwn(table, key)));
