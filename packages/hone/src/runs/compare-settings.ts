/** The settings in which runs differ, as rows of a table with a column for each run. */
import type { RunRecord } from "../formats/run-format.ts";

/** The settings that a run records. */
export type RunConfig = RunRecord["config"];

/** One setting of runs that are compared. */
export interface SettingRow {
  /** Keys of nested settings are joined by dots. */
  readonly key: string;
  /** For each run its value, or its default where the run records none; "–" where the run has no such setting. */
  readonly values: readonly string[];
}

const ABSENT = "–";
/** Longer values are cut. In characters. */
const MAX_VALUE_LENGTH = 40;

/** The default of a run's setting as text; undefined where there is none. */
export type DefaultOf = (config: RunConfig, key: string) => string | undefined;

/** The rows of settings that differ, in the order in which the runs record them. */
export function differingSettings(
  configs: readonly RunConfig[],
  defaultOf: DefaultOf,
  prefix = "",
): SettingRow[] {
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))];
  return keys.flatMap((key) => {
    const given = configs.map((config) => config[key]);
    if (given.every(isNested)) {
      return differingSettings(given, () => undefined, `${prefix}${key}.`);
    }
    const defaults = configs.map((config) => defaultOf(config, key));
    const values = given.map((value, i) => (value === undefined ? defaults[i] : valueText(value)));
    const hasChange = values.some((value, i) => value !== undefined && value !== defaults[i]);
    if (new Set(values).size === 1 || !hasChange) return [];
    const shown = values.map((value) => (isDigest(key) ? value?.slice(0, 8) : value));
    return [{ key: prefix + key, values: shown.map((value) => value ?? ABSENT) }];
  });
}

/** Digests of files are told apart by their first digits. */
const isDigest = (key: string): boolean => key.endsWith("Digest");

function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(",");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
}

const isNested = (value: unknown): value is RunConfig =>
  typeof value === "object" && value !== null && !Array.isArray(value);
