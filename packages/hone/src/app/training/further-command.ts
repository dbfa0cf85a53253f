/** Command lines about a run that exists: how it is resumed, how a new run trains its model further, and how one is begun like it. */
import { isDeepStrictEqual } from "node:util";
import type { RunRecord } from "../../formats/run-format.ts";
import {
  improveCommand,
  improveSettings,
  recordedImprovement,
} from "../improve/improve-settings.ts";
import { systemOfName } from "../systems/systems.ts";
import { trainingOf } from "../trainings.ts";
import { ownCommand, ownCommandSettings } from "./open-own-algorithm.ts";
import type { SettingsTable } from "./setting-kinds.ts";
import { flagOf } from "./setting-rules.ts";
import { recordedTraces, tracesCommand, tracesCommandSettings } from "./traces-settings.ts";
import {
  promptMethodOfCommand,
  settingsOfTraining,
  systemOf,
  trainingOfCommand,
} from "./training-settings.ts";

type Config = RunRecord["config"];

/** What started a run: `npx hone train sft`, or `train()` of the programming interface. */
export const startedBy = (command: unknown): string =>
  command === "train" ? "train()" : `npx hone ${String(command)}`;

/** The command (or call) that resumes a run. */
export const resumeCommand = (folder: string, { command }: Config): string =>
  command === "train"
    ? `train({ resume: ${JSON.stringify(folder)}, … })`
    : `${startedBy(command)} --resume ${word(folder)}`;

/** The command that resumes a run, with those of these settings that no run records. */
export const resumeWith = (
  folder: string,
  command: string,
  { table, settings }: { readonly table: SettingsTable; readonly settings: Config },
): string => {
  const given = Object.entries(settings).filter(([key]) => table[key]?.isOfSession === true);
  return [resumeCommand(folder, { command }), ...flagsOf(table, Object.fromEntries(given))].join(
    " ",
  );
};

/**
 * The command of a new run of a system with these settings; undefined for a run of which a new one is better begun from its model.
 * @example newRunCommand({ command: "run meetings", seed: 4 }); // "npx hone run meetings --seed 4"
 */
export function newRunCommand(config: Config): string | undefined {
  const system = systemOf(config["command"]);
  if (system === undefined) return undefined;
  const { further, settings, usual } = systemOfName(system);
  if (further !== undefined) return undefined;
  const defaults: Config = { model: "tiny", ...usual?.(config) };
  const others = Object.entries(config).filter(
    ([key, value]) => !isDeepStrictEqual(value, defaults[key]),
  );
  return [`npx hone run ${system}`, ...flagsOf(settings, Object.fromEntries(others))].join(" ");
}

/**
 * The command of a new run that has the settings of a finished one and starts from its model. The finished run itself is
 * not made longer, since the learning rate of each step depends on how many there are.
 *
 * @param wanted settings for which resuming was refused: the new run has them, and those of their steps that are not done yet
 * @example furtherCommand("runs/7f3a", config); // "npx hone train sft --model runs/7f3a --weights all --steps 200"
 */
export function furtherCommand(folder: string, config: Config, wanted: Config = {}): string {
  const { command } = config;
  const training = trainingOfCommand(command);
  if (training !== undefined) {
    const steps = stepsLeft(config["steps"], wanted["steps"]);
    const table = settingsOfTraining(trainingOf(training));
    return commandOf(folder, `train ${training}`, table, { ...config, ...wanted, steps });
  }
  if (command === improveCommand) {
    const steps = stepsLeft(config["steps"], wanted["steps"]);
    const own: Config = { ...recordedImprovement(config), ...recordedImprovement(wanted), steps };
    if (own["method"] === "prompt") return furtherPrompt(folder, own);
    return commandOf(folder, improveCommand, improveSettings, own);
  }
  if (command === tracesCommand) {
    const steps = stepsLeft(config["steps"], wanted["steps"]);
    const own = { ...recordedTraces(config), ...recordedTraces(wanted), steps };
    return commandOf(folder, tracesCommand, tracesCommandSettings(), own);
  }
  if (command === ownCommand) {
    const steps = stepsLeft(config["steps"], wanted["steps"]);
    const file = word(String(config["algorithm"]));
    const given = { ...config, ...wanted, steps };
    return commandOf(folder, `train --algorithm ${file}`, ownCommandSettings(), given);
  }
  const method = promptMethodOfCommand(command);
  if (method !== undefined) return `npx hone train ${method} --prompt ${word(folder)}/prompt.txt`;
  const system = systemOf(command);
  if (system === undefined) return `train({ model: ${JSON.stringify(folder)}, … })`;
  const { further } = systemOfName(system);
  if (further === undefined) return `npx hone run ${system} --model ${word(folder)}`;
  const steps = stepsLeft(config[further.steps], wanted[further.steps]);
  const table = settingsOfTraining(trainingOf(further.training));
  return commandOf(folder, `train ${further.training}`, table, {
    ...further.settings(config),
    steps,
  });
}

/** A search goes on from the best prompt of another where the agent reads the prompt; else it begins with the recorded one. */
function furtherPrompt(folder: string, own: Config): string {
  const from = own["prompt"] === undefined ? {} : { prompt: `${folder}/prompt.txt` };
  return [`npx hone ${improveCommand}`, ...flagsOf(improveSettings, { ...own, ...from })].join(" ");
}

/** The steps that were wanted beyond those done; where no more were wanted, as many again. */
function stepsLeft(done: unknown, wanted: unknown): unknown {
  const more = Number(wanted) - Number(done);
  return more > 0 ? more : done;
}

function commandOf(folder: string, command: string, table: SettingsTable, config: Config): string {
  // The model is given as a folder, and the steps are those of the new run.
  const kept = Object.entries(config).filter(
    ([key]) => table[key]?.isOfModel !== true && key !== "steps",
  );
  const others = flagsOf(table, Object.fromEntries(kept));
  const weights = config["weights"] === "all" ? ["--weights all"] : [];
  const steps = `--steps ${String(config["steps"])}`;
  const model = `--model ${word(folder)}`;
  return [`npx hone ${command}`, model, ...weights, ...others, steps].join(" ");
}

/** The flags of settings, without those that have their default. */
const flagsOf = (table: SettingsTable, config: Config): readonly string[] =>
  Object.entries(config).flatMap(([key, value]) => {
    const setting = table[key];
    if (setting === undefined || value === undefined || value === false) return [];
    const text = textOf(value);
    if (text === setting.byDefault) return [];
    return [setting.kind === "yes" ? flagOf(key) : `${flagOf(key)} ${word(text)}`];
  });

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The text quoted so that a shell reads one word. */
export const word = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
