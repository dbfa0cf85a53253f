/** Runs side by side: their results, and the settings in which they differ. */
import { differingSettings, type RunConfig, type SettingRow } from "../../runs/compare-settings.ts";
import { type RunDetails, showRun } from "../../runs/list.ts";
import { conflictOf } from "./setting-rules.ts";
import { settingsOfCommand } from "./training-settings.ts";

/** What `hone runs compare` shows. */
export interface RunComparison {
  readonly runs: readonly RunDetails[];
  readonly settings: readonly SettingRow[];
}

/** @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function compareRuns(root: string, names: readonly string[]): Promise<RunComparison> {
  const runs = await Promise.all(names.map((name) => showRun(root, name)));
  const configs = runs.map(({ record }) => record.config);
  return { runs, settings: differingSettings(configs, defaultOf) };
}

/** The default of a run's setting, by the command that it was started with. */
function defaultOf(config: RunConfig, key: string): string | undefined {
  const table = settingsOfCommand(config["command"]);
  return conflictOf(table, config, key) === undefined ? table[key]?.byDefault : undefined;
}
