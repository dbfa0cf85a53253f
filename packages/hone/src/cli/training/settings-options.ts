/** The flags of a table of settings, and their values on a command line. */
import { type Command, Option } from "commander";
import type { ConfigSources } from "../../app/training/config.ts";
import type { SettingsTable } from "../../app/training/setting-kinds.ts";
import { flagOf, flagValue } from "../../app/training/setting-rules.ts";
import { addUiOptions } from "./beside-ui.ts";

/** The code of a warning that a key of a config file has no effect. */
export const IGNORED_KEY = "CONFIG_KEY_IGNORED";

const placeholders = { number: " <n>", text: " <text>", list: " <list>", yes: "" } as const;

/** Adds a flag for every setting. */
export function addFlags(command: Command, table: SettingsTable): void {
  const used = Object.entries(table).filter(([, { isUnused }]) => isUnused !== true);
  for (const [key, { kind, placeholder, help, byDefault }] of used) {
    const value = placeholder === undefined ? placeholders[kind] : ` <${placeholder}>`;
    const option = new Option(`${flagOf(key)}${value}`, help);
    if (byDefault !== undefined) option.default(undefined, byDefault);
    command.addOption(option);
  }
}

/** Adds a flag for every setting, and `--config`, `--resume`, `--ui` and `--open`. */
export function addSettings(command: Command, table: SettingsTable): void {
  addFlags(command, table);
  command
    .option("--config <file>", "YAML or JSON with the same keys, as seed: 1")
    .option("--resume <run>", "go on with a stopped run, by path or name");
  addUiOptions(command);
}

/** The flags, the config file and the run to resume that a command line names. */
export function settingsSources(
  table: SettingsTable,
  flags: Readonly<Record<string, unknown>>,
): ConfigSources & { readonly file?: string | undefined } {
  const given = Object.entries(table).flatMap(([key, setting]) => {
    const value = flags[key];
    if (value === undefined) return [];
    return [[key, typeof value === "string" ? flagValue(setting, value) : value] as const];
  });
  const { config: file, resume } = flags as { readonly config?: string; readonly resume?: string };
  return { flags: Object.fromEntries(given), file, resume };
}
