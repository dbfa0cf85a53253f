/** A configuration file whose keys may be another framework's, as settings of a command. */
import { isObject } from "../../core/json.ts";
import { HoneError } from "../../core/errors.ts";
import { nearestFact } from "../../core/known-options.ts";
import { OLD_MAX_ACTIONS } from "../../core/old-names.ts";
import type { ConfigEntry, Position } from "../training/config-file.ts";
import type { SettingsTable } from "../training/setting-kinds.ts";
import { flagOf, keysOf } from "../training/setting-rules.ts";
import type { SeedKey, SeedKeys } from "./seed-key.ts";

/** The entries of a file as settings. */
export interface TranslatedConfig {
  /** By the keys of the table. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each value stands. */
  readonly positions: ReadonlyMap<string, Position | undefined>;
  /** What of the file has no effect, with the reason, a sentence each. */
  readonly notices: readonly string[];
}

/** What a file is read for. */
export interface TranslateOptions {
  readonly table: SettingsTable;
  readonly seedKeys: SeedKeys;
  /** The settings that flags give, which win over the file. */
  readonly given: ReadonlySet<string>;
}

/**
 * The settings that the entries stand for. A key is one of the table, the same in snake_case, or one of `seedKeys`, also in a
 * section that these name.
 *
 * @param file  the name of the file, or of the object in its place, for errors
 * @throws CONFIG_UNKNOWN_KEY; CONFIG_INVALID where two keys stand for one setting
 */
export function translateConfig(
  file: string,
  entries: readonly ConfigEntry[],
  { table, seedKeys, given }: TranslateOptions,
): TranslatedConfig {
  const taken = new Map<string, ConfigEntry & { readonly setting: string }>();
  const factors: { readonly setting: string; readonly entry: ConfigEntry }[] = [];
  const notices: string[] = [];
  for (const entry of opened(entries, seedKeys)) {
    refuseOldName(file, entry, table);
    const means = meaningOf(entry, table, seedKeys);
    if (means === undefined) throw unknownKey(file, entry, { table, seedKeys });
    if ("ignored" in means) {
      notices.push(`${file}: ${entry.path.join(".")} has no effect: ${means.ignored}.`);
    } else if ("multiplies" in means) {
      factors.push({ setting: means.multiplies, entry });
    } else {
      const { setting, value } = means;
      const other = taken.get(setting);
      if (other !== undefined) throw twoNames(file, setting, [other, entry]);
      taken.set(setting, { ...entry, setting, value: value ? value(entry.value) : entry.value });
    }
  }
  for (const [setting, entry] of taken) {
    const reason = meaninglessIn(setting, entry, {
      table,
      isGiven: (key) => taken.has(key) || given.has(key),
    });
    if (reason === undefined) continue;
    notices.push(`${file}: ${entry.path.join(".")} has no effect: ${reason}.`);
    taken.delete(setting);
  }
  const values = Object.fromEntries([...taken].map(([key, { value }]) => [key, value]));
  const positions = new Map([...taken].map(([key, { valueAt }]) => [key, valueAt]));
  for (const { setting, entry } of factors) {
    const row = table[setting];
    const base = values[setting] ?? row?.schema.safeParse(undefined).data ?? row?.usual;
    if (given.has(setting)) {
      notices.push(`${file}: ${entry.path.join(".")} has no effect: ${flagOf(setting)} is given.`);
    } else if (typeof base === "number" && typeof entry.value === "number") {
      values[setting] = base * entry.value;
      positions.set(setting, entry.valueAt);
    } else {
      notices.push(
        `${file}: ${entry.path.join(".")} has no effect: there is no batch size beside it to multiply.`,
      );
    }
  }
  return { values, positions, notices };
}

/** Why another framework's key means nothing beside what is given; undefined for a setting of ours, which is refused instead. */
function meaninglessIn(
  setting: string,
  { path }: ConfigEntry,
  { table, isGiven }: { readonly table: SettingsTable; readonly isGiven: (key: string) => boolean },
): string | undefined {
  const needed = keysOf(table[setting]!.onlyWith);
  const isOurs = path.length === 1 && path[0] === setting;
  if (isOurs || needed.length === 0 || needed.some(isGiven)) return undefined;
  return `it means something only beside ${needed.join(" or ")}`;
}

/**
 * The entries with those of sections in the place of the sections, also of sections in sections. A setting that is given keys is a
 * section, too.
 */
function opened(entries: readonly ConfigEntry[], { sections }: SeedKeys): readonly ConfigEntry[] {
  const names = new Set([nameOfPath([])]);
  const isInSection = ({ path }: ConfigEntry): boolean => names.has(nameOfPath(path.slice(0, -1)));
  // A section comes before its keys.
  for (const entry of entries) {
    const { path, value } = entry;
    const isSection = isObject(value) && Object.hasOwn(sections, snakeCase(path.at(-1)!));
    if (isSection && isInSection(entry)) names.add(nameOfPath(path));
  }
  return entries.filter((entry) => isInSection(entry) && !names.has(nameOfPath(entry.path)));
}

const nameOfPath = (path: readonly string[]): string => JSON.stringify(path);

function meaningOf(
  { path }: ConfigEntry,
  table: SettingsTable,
  { keys, sections }: SeedKeys,
): SeedKey | undefined {
  const key = path.at(-1)!;
  const name = snakeCase(key);
  const own = path.length === 1 ? {} : sections[snakeCase(path.at(-2)!)]!;
  if (Object.hasOwn(own, name)) return own[name];
  if (isSetting(table, key)) return { setting: key };
  if (Object.hasOwn(keys, name)) {
    const means = keys[name]!;
    const setting = settingOf(means);
    if (setting === undefined || isSetting(table, setting)) return means;
  }
  const ours = camelCase(name);
  return isSetting(table, ours) ? { setting: ours } : undefined;
}

/** The setting that a key names or multiplies. */
function settingOf(means: SeedKey): string | undefined {
  if ("setting" in means) return means.setting;
  return "multiplies" in means ? means.multiplies : undefined;
}

const isSetting = (table: SettingsTable, key: string): boolean =>
  Object.hasOwn(table, key) && table[key]!.isUnused !== true;

const snakeCase = (key: string): string =>
  key.replaceAll("-", "_").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const camelCase = (key: string): string =>
  key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Refuses the name that `maxActions` had. As a key of another framework, in snake_case, it means training steps.
 * @throws CONFIG_INVALID
 */
function refuseOldName(file: string, { path, keyAt }: ConfigEntry, table: SettingsTable): void {
  if (path.at(-1) !== OLD_MAX_ACTIONS || !isSetting(table, "maxActions")) return;
  const problem = `${OLD_MAX_ACTIONS} is called maxActions now: the actions until an episode is cut off.`;
  throw new HoneError("CONFIG_INVALID", { where: file, problem, ...keyAt });
}

function unknownKey(
  file: string,
  { path, keyAt }: ConfigEntry,
  { table, seedKeys }: Pick<TranslateOptions, "table" | "seedKeys">,
): HoneError {
  const settings = Object.keys(table).filter((key) => isSetting(table, key));
  const { keys, sections } = seedKeys;
  const section = path.length === 1 ? undefined : Object.keys(sections[snakeCase(path.at(-2)!)]!);
  const others = [...Object.keys(keys), ...(section ?? Object.keys(sections))];
  const near = nearestFact(path.at(-1)!, [...settings, ...settings.map(snakeCase), ...others]);
  // Files with sections are written in snake_case.
  const known = section === undefined ? settings : [...section, ...settings.map(snakeCase)];
  const facts = { where: file, key: path.join("."), known, ...near, ...keyAt };
  return new HoneError("CONFIG_UNKNOWN_KEY", facts);
}

function twoNames(
  file: string,
  setting: string,
  [first, second]: readonly [ConfigEntry, ConfigEntry],
): HoneError {
  const names = [first, second].map(({ path }) => path.join(".")).join(" and ");
  const problem = `${names} are one setting, ${setting}; leave one of the two out.`;
  return new HoneError("CONFIG_INVALID", { where: file, problem, ...second.keyAt });
}
