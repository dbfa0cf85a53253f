/** The settings of commands that make runs, by the command that a run records. */
import { improveCommand, improveSettings } from "../improve/improve-settings.ts";
import { promptMethodOf } from "../prompts/prompt-methods.ts";
import { settingsOfPromptMethod } from "../prompts/prompt-settings.ts";
import { systems } from "../systems/systems.ts";
import { trainingOf } from "../trainings.ts";
import type { SettingsTable } from "./setting-kinds.ts";
import { tracesCommand, tracesCommandSettings } from "./traces-settings.ts";
import {
  promptMethodOfCommand,
  settingsOfTraining,
  systemOf,
  trainingOfCommand,
} from "./training-settings.ts";

/**
 * The settings of the command that a run was started with: "train sft", "run math". Empty for `train()`, which records
 * options instead, and for a command that this version does not have.
 */
export function settingsOfCommand(command: unknown): SettingsTable {
  const training = trainingOfCommand(command);
  if (training !== undefined) return settingsOfTraining(trainingOf(training));
  if (command === improveCommand) return improveSettings;
  if (command === tracesCommand) return tracesCommandSettings();
  const method = promptMethodOfCommand(command);
  if (method !== undefined) return settingsOfPromptMethod(promptMethodOf(method));
  const system = systemOf(command);
  return system === undefined ? {} : systems[system].settings;
}
