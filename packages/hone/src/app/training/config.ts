/** A run's settings from their three sources: flags win over the config file, the file over the defaults. */
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { lastThreads, readRunRecord } from "../../runs/open-run.ts";
import type { SeedKeys } from "../seed-keys/seed-key.ts";
import { noSeedKeys } from "../seed-keys/seed-keys.ts";
import { translateConfig } from "../seed-keys/translate-config.ts";
import {
  type ConfigEntry,
  type ConfigObject,
  objectEntries,
  readConfigFile,
} from "./config-file.ts";
import { resumedFolder } from "./resumed-folder.ts";
import type { SettingsOf, SettingsTable } from "./setting-kinds.ts";
import { conflictOf, flagOf } from "./setting-rules.ts";

export interface ConfigSources {
  /** Path of a YAML or JSON file, or what would stand in it. */
  readonly file?: string | ConfigObject | undefined;
  /** Values of flags by their keys in the table. A flag that is undefined was not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** The folder of a run to resume, or its name in runs/. Its settings replace the defaults. */
  readonly resume?: string | undefined;
  /** Keys of other frameworks that the file may have. Default: none. */
  readonly seedKeys?: SeedKeys;
  /** Other defaults, where what was given says so. */
  readonly defaults?:
    | ((given: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>)
    | undefined;
}

/** Checked settings, and the run to resume. */
export interface ResolvedSettings<Table extends SettingsTable> {
  readonly settings: SettingsOf<Table>;
  /** The folder of the run to resume; undefined for a new run. */
  readonly resume: string | undefined;
  /** What of the file has no effect, with the reason, a sentence each. */
  readonly notices: readonly string[];
}

/**
 * The settings with all defaults filled in.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_INVALID, CONFIG_UNREADABLE; RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED for the run to resume
 * @example const { settings } = await resolveSettings(mathSettings, { file: "run.yaml", flags: { seed: 1 } });
 */
export async function resolveSettings<Table extends SettingsTable>(
  table: Table,
  { file, flags = {}, resume, seedKeys = noSeedKeys, defaults }: ConfigSources,
): Promise<ResolvedSettings<Table>> {
  const folder = resume === undefined ? undefined : await resumedFolder(resume);
  const recorded = folder === undefined ? {} : await recordedSettings(table, folder);
  const name = typeof file === "object" ? file.name : file;
  const entries = await entriesOf(file);
  const given = Object.fromEntries(
    Object.entries(flags).filter(([, value]) => value !== undefined),
  );
  const parts = { table, seedKeys, given: new Set(Object.keys(given)) };
  const config = entries && translateConfig(name!, entries, parts);
  const where = (key: string): { where: string; line?: number; column?: number } =>
    Object.hasOwn(given, key) || name === undefined
      ? { where: flagOf(key) }
      : { where: name, ...config?.positions.get(key) };
  const named = { ...recorded, ...config?.values, ...given };
  const settings = checked(table, { ...defaults?.(named), ...named }, where);
  return { settings, resume: folder, notices: config?.notices ?? [] };
}

async function entriesOf(file: ConfigSources["file"]): Promise<readonly ConfigEntry[] | undefined> {
  if (file === undefined) return undefined;
  return typeof file === "object"
    ? objectEntries(file.values)
    : (await readConfigFile(file)).entries;
}

/** The settings that the run was started with, without those that this table does not have; and its threads, which it records apart. */
async function recordedSettings(
  table: SettingsTable,
  folder: string,
): Promise<Record<string, unknown>> {
  const { config } = await readRunRecord(folder);
  const threads = await lastThreads(folder);
  const recorded = { ...config, ...(threads !== undefined && { threads }) };
  return Object.fromEntries(Object.entries(recorded).filter(([key]) => Object.hasOwn(table, key)));
}

function checked<Table extends SettingsTable>(
  table: Table,
  values: Readonly<Record<string, unknown>>,
  where: (key: string) => { where: string; line?: number; column?: number },
): SettingsOf<Table> {
  const rows = Object.entries(table).map(([key, { schema }]) => [key, schema] as const);
  const result = z.strictObject(Object.fromEntries(rows)).safeParse(values);
  const refuse = (key: string, problem: string): HoneError => {
    const place = where(key);
    const name = place.where.startsWith("--") ? "" : `${key}: `;
    return new HoneError("CONFIG_INVALID", { ...place, problem: `${name}${problem}.` });
  };
  if (!result.success) {
    const [issue] = result.error.issues;
    if (issue!.code === "unrecognized_keys")
      throw refuse(issue!.keys[0]!, "there is no such setting here; leave it out");
    const key = String(issue!.path[0]);
    const got = JSON.stringify(values[key]) ?? "nothing";
    throw refuse(key, `${expectedText(issue!)}, got ${got}`);
  }
  // A value that means the same as none, such as the model "tiny", excludes nothing.
  const data: Readonly<Record<string, unknown>> = result.data;
  const given = Object.fromEntries(
    Object.entries(values).filter(([key]) => data[key] !== undefined),
  );
  for (const key of Object.keys(given)) {
    const isFlag = where(key).where.startsWith("--");
    const conflict = conflictOf(table, given, key, isFlag ? flagOf : undefined);
    if (conflict !== undefined) throw refuse(key, conflict);
  }
  // The object has a key per row of the table and each value has passed that row's schema.
  return result.data as SettingsOf<Table>;
}

/** What a value must be, in plain words: "expected a number", "expected at least 1". */
function expectedText(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (issue.expected === "number") return "expected a number";
    if (issue.expected === "int") return "expected a whole number";
  }
  // A row of a table may have a wording of its own, which says more.
  const isUsual = issue.message.startsWith("Too ") && "origin" in issue;
  const isNumber = isUsual && (issue.origin === "number" || issue.origin === "int");
  if (isNumber && issue.code === "too_small") {
    return `expected ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
  }
  if (isNumber && issue.code === "too_big") {
    return `expected ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
  }
  return issue.message.replace(/^Invalid (input|option): /, "");
}
