/** The options of `hone dataset sft` and `hone dataset preference`, and their report. */
import type { Command } from "commander";
import type { SetReport } from "../../app/data/make-sets.ts";
import { numberBetween, replaceOption, seedOption } from "../options.ts";
import { counted } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The flags of both. */
export interface SetFlags {
  readonly out: string;
  readonly domain: string;
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
  readonly minReward?: number;
  readonly model?: string;
  readonly parquet?: true;
  readonly replace?: true;
}

/** Adds the options of both. */
export const addSetOptions = (command: Command): Command =>
  command
    .argument("<sources...>", 'files, patterns in quotes ("raw/*.json"), stores')
    .requiredOption("--out <folder>", "where the sets are written")
    .option("--domain <name>", "the field of what says none", "general")
    .option("--validation <share>", "of tasks, not learned from", numberBetween(0, 1), 0.1)
    .option("--test <share>", "of tasks, not learned from", numberBetween(0, 1), 0.1)
    .option("--min-reward <n>", "leave out trajectories below", numberBetween(-1e9, 1e9))
    .option("--parquet", "write each file as Parquet, too")
    .option("--model <text>", "its tokens are counted in the cards")
    .addOption(seedOption("decides the split of tasks"))
    .addOption(replaceOption());

/** The values as the app takes them. */
export const setOptionsOf = (
  sources: readonly string[],
  { out, domain, validation, test, seed, minReward, model, parquet, replace }: SetFlags,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
) => ({
  ...{ sources, out, domain, validation, test, seed, minReward, model, signal },
  parquet: parquet === true,
  replace: replace === true,
  onProgress: terminal.progress,
});

/** Says what was made. */
export function tellSets(report: SetReport, terminal: Terminal): void {
  const { trajectories, tasks, sets, leftOut, out } = report;
  const lines = sets.map(({ name, rows: { train, validation, test } }) => {
    const all = `${train} to learn, ${validation} to validate, ${test} to test`;
    return `  ${name === "" ? "pairs" : name}: ${all}`;
  });
  const left = Object.entries(leftOut).map(([reason, count]) => `  ${count} left out: ${reason}`);
  const held = `${tasks.train} tasks to learn, ${tasks.validation} to validate, ${tasks.test} to test`;
  const head = `${counted(sets.length, "set")} of ${trajectories === 1 ? "1 trajectory" : `${trajectories} trajectories`} (${held}) in ${out}`;
  terminal.tell({ ...report }, [head, ...lines, ...left].join("\n"));
}
