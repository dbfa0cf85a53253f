/** Runs side by side: what came out, and the settings in which they differ. */
import type { RunRecord } from "../../formats/run-format.ts";
import { type RunDetails, showRun } from "../../runs/list.ts";
import {
  conflictOf,
  grpoSettings,
  mathSettings,
  type SettingsTable,
  sftSettings,
} from "./setting-kinds.ts";

type Config = RunRecord["config"];

export interface RunComparison {
  readonly runs: readonly RunDetails[];
  /** In the order of the runs' own settings. */
  readonly settings: readonly SettingRow[];
}

export interface SettingRow {
  /** Keys of nested settings are joined by dots. */
  readonly key: string;
  /** For each run its value, or the default where it has none; "–" where the run knows no such setting. */
  readonly values: readonly string[];
}

const tables: Readonly<Record<string, SettingsTable>> = {
  "run math": mathSettings,
  "train sft": sftSettings,
  "train grpo": grpoSettings,
};

const ABSENT = "–";
const WIDEST = 40;

/** @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function compareRuns(root: string, names: readonly string[]): Promise<RunComparison> {
  const runs = await Promise.all(names.map((name) => showRun(root, name)));
  const configs = runs.map(({ record }) => record.config);
  const defaults = configs.map(({ command }) => tables[String(command)] ?? {});
  return { runs, settings: settingRows(configs, defaults, "") };
}

function settingRows(
  configs: readonly Config[],
  defaults: readonly SettingsTable[],
  prefix: string,
): SettingRow[] {
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))];
  return keys.flatMap((key) => {
    const given = configs.map((config) => config[key]);
    if (given.every(isNested)) return settingRows(given, [], `${prefix}${key}.`);
    const usual = configs.map((config, i) => defaultOf(defaults[i] ?? {}, config, key));
    const values = given.map((value, i) => (value === undefined ? usual[i] : valueText(value)));
    const isNews = values.some((value, i) => value !== undefined && value !== usual[i]);
    if (new Set(values).size === 1 || !isNews) return [];
    return [{ key: prefix + key, values: values.map((value) => value ?? ABSENT) }];
  });
}

function defaultOf(table: SettingsTable, config: Config, key: string): string | undefined {
  return conflictOf(table, config, key) === undefined ? table[key]?.byDefault : undefined;
}

function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(",");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

const isNested = (value: unknown): value is Config =>
  typeof value === "object" && value !== null && !Array.isArray(value);
