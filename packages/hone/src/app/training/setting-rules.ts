/** What holds of every table of settings: which settings exclude each other, and how a key is written as a flag. */
import type { Setting, SettingsTable } from "./setting-kinds.ts";

type GivenSettings = Readonly<Record<string, unknown>>;

/** The settings that have a meaning beside the others. A run records these, and a resume compares them. */
export function meaningfulSettings(
  table: SettingsTable,
  settings: GivenSettings,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([key]) => table[key]?.isUnused !== true && conflictOf(table, settings, key) === undefined,
    ),
  );
}

/**
 * Why a setting has no meaning beside the others; undefined where it has one.
 * @param named  how the text names another setting: as it is in a file, or as a flag
 */
export function conflictOf(
  table: SettingsTable,
  settings: GivenSettings,
  key: string,
  named: (key: string) => string = (other) => other,
): string | undefined {
  const { notWith, onlyWith } = table[key] ?? {};
  const isGiven = (other: string): boolean => settings[other] !== undefined;
  const other = keysOf(notWith).find(isGiven);
  if (other !== undefined)
    return `it cannot be given together with ${named(other)}; leave one of the two out`;
  const needed = keysOf(onlyWith);
  if (needed.length > 0 && !needed.some(isGiven))
    return `it can be given only together with ${needed.map(named).join(" or ")}; give that too, or leave this out`;
  return undefined;
}

/** The keys of `notWith` or `onlyWith`. */
export const keysOf = (keys: Setting["onlyWith"]): readonly string[] =>
  typeof keys === "string" ? [keys] : (keys ?? []);

/** @example flagOf("learningRate"); // "--learning-rate" */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The value of a flag's text. Numbers and lists are read as such; whether they fit is checked by the schema. */
export function flagValue({ kind }: Setting, text: string): unknown {
  const numeral = (part: string): unknown =>
    part.trim() !== "" && Number.isFinite(Number(part)) ? Number(part) : part;
  if (kind === "number") return numeral(text);
  if (kind === "list") return text.split(",").map((part) => numeral(part.trim()));
  return text;
}
