/** Which settings of an improvement its method has a meaning for. */
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../../core/errors.ts";
import { promptMethodOf } from "../prompts/prompt-methods.ts";
import { settingsOfPromptMethod } from "../prompts/prompt-settings.ts";
import type { SettingsTable } from "../training/setting-kinds.ts";
import { flagOf } from "../training/setting-rules.ts";
import { type ImproveSettings, methodSettings, promptSettings } from "./improve-settings.ts";
import { readsConversations } from "./warm-start.ts";

/** @throws CONFIG_INVALID where nothing says what is good, and for settings that the method has no meaning for */
export function checkMethod(settings: ImproveSettings): void {
  const { method, reward, judge } = settings;
  if (reward === undefined && judge === undefined)
    throw invalid(
      "--reward",
      "says what a good answer is: a file, exact or numeric; or give --judge.",
    );
  const key = meaningless(settings);
  if (key !== undefined)
    throw invalid(flagOf(key), `it has no meaning for ${method}; leave it out.`);
}

/** The first setting that was given and that the method does not read. */
function meaningless(settings: ImproveSettings): string | undefined {
  const { method, model, warmStart, minReward, search } = settings;
  const { groupSize, groupsPerStep, epochsPerBatch, klCoefficient, judge } = settings;
  const ofRollouts = {
    ...{ judge, groupSize, groupsPerStep, epochsPerBatch, klCoefficient, warmStart },
  };
  const learnsTraces =
    method === "sft" || (method === "grpo" && readsConversations({ model, warmStart }));
  const ofTraces = learnsTraces ? {} : { minReward };
  const given =
    method === "prompt"
      ? { ...notOfSearch(settings), warmStart, minReward }
      : {
          ...(method === "grpo" ? ofTraces : ofRollouts),
          ...picked(promptSettings, settings),
          search,
        };
  return Object.entries(given).find(([, value]) => value !== undefined)?.[0];
}

const picked = (table: SettingsTable, settings: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => Object.hasOwn(table, key)));

/** What was given of a training's settings that a search for prompts does not have. A value that is the default was not given. */
function notOfSearch({ search = "apo", ...settings }: ImproveSettings): Record<string, unknown> {
  const table: SettingsTable = settingsOfPromptMethod(promptMethodOf(search));
  const rows: SettingsTable = methodSettings;
  return Object.fromEntries(
    Object.entries(picked(methodSettings, settings)).filter(
      ([key, value]) =>
        !Object.hasOwn(table, key) &&
        !isDeepStrictEqual(value, rows[key]?.schema.safeParse(undefined).data),
    ),
  );
}

const invalid = (where: string, problem: string): HoneError =>
  new HoneError("CONFIG_INVALID", { where, problem });
