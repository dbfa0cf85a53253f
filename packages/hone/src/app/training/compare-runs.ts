/** Runs side by side: their results, and the settings in which they differ. Runs that differ only by their seed are one. */
import { differingSettings, type RunConfig, type SettingRow } from "../../runs/compare-settings.ts";
import { type RunDetails, showRun } from "../../runs/list.ts";
import { groupBySeed, type SeedGroup } from "./seed-groups.ts";
import { conflictOf } from "./setting-rules.ts";
import { settingsOfCommand } from "./command-settings.ts";

/** What `hone runs compare` shows. */
export interface RunComparison {
  readonly runs: readonly RunDetails[];
  /** The runs in groups that differ by more than the seed, in the order of their first runs. */
  readonly groups: readonly SeedGroup<RunDetails>[];
  /** The settings in which the groups differ, with a value for each group. */
  readonly settings: readonly SettingRow[];
}

/** @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function compareRuns(root: string, names: readonly string[]): Promise<RunComparison> {
  const runs = await Promise.all(names.map((name) => showRun(root, name)));
  const groups = groupBySeed(runs);
  // A row of several runs shows its seeds in a column of their own. Where every row is one run, the seed is among the settings.
  const isPlain = groups.length === runs.length;
  const configs = groups.map(({ runs: [first] }): RunConfig => {
    const { seed: _, ...others } = first!.record.config;
    return isPlain ? first!.record.config : others;
  });
  return { runs, groups, settings: differingSettings(configs, defaultOf) };
}

/** The default of a run's setting, by the command that it was started with. */
function defaultOf(config: RunConfig, key: string): string | undefined {
  const table = settingsOfCommand(config["command"]);
  return conflictOf(table, config, key) === undefined ? table[key]?.byDefault : undefined;
}
