/** The settings of trainings, put together from their rows; and which row a run's command names. */
import type { AlgorithmSource } from "../../ports/algorithm.ts";
import { type PromptMethodName, promptMethods } from "../prompts/prompt-methods.ts";
import type { SystemName } from "../systems/system-summaries.ts";
import { systems } from "../systems/systems.ts";
import { type TrainingName, trainings } from "../trainings.ts";
import { type Setting, settingKinds } from "./setting-kinds.ts";
import { sourceSettings } from "./source-settings.ts";
import type { OwnSettings, Training, TrainingTable } from "./training.ts";

/** All settings of a training, in the order in which help lists them. */
export function settingsOfTraining<
  Source extends AlgorithmSource,
  Own extends OwnSettings<Source>,
>({ source, settings, pretrained }: Training<Source, Own>): TrainingTable<Source, Own> {
  const { before, after, shared } = sourceSettings[source];
  const table = { ...before, ...settings(settingKinds), ...after, ...shared };
  for (const [key, value] of Object.entries(pretrained?.({}) ?? {})) {
    const row: Setting = table[key as keyof typeof table];
    const others = row.byDefault === undefined ? "" : `${row.byDefault}; `;
    Object.assign(table, {
      [key]: { ...row, byDefault: `${others}pretrained: ${value}` },
    });
  }
  return table;
}

/** The defaults of a training where the model that is given is a pretrained one. */
export const defaultsOfTraining =
  ({ pretrained }: Pick<Training, "pretrained">) =>
  (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
    (given["model"] ?? "tiny") === "tiny" ? {} : (pretrained?.(given) ?? {});

/** @example trainingOfCommand("train sft"); // "sft" */
export const trainingOfCommand = (command: unknown): TrainingName | undefined =>
  nameIn(trainings, "train", command);

/** @example promptMethodOfCommand("train apo"); // "apo" */
export const promptMethodOfCommand = (command: unknown): PromptMethodName | undefined =>
  nameIn(promptMethods, "train", command);

/** @example systemOf("run math"); // "math" */
export const systemOf = (command: unknown): SystemName | undefined =>
  nameIn(systems, "run", command);

/** The name behind a command's first word, where the table has it. */
function nameIn<Name extends string>(
  table: Readonly<Record<Name, unknown>>,
  verb: string,
  command: unknown,
): Name | undefined {
  const [first, name = ""] = String(command).split(" ");
  return first === verb && Object.hasOwn(table, name) ? (name as Name) : undefined;
}
