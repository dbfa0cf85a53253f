/** What came out of a sweep: a row for each combination, as JSON, as a page and as a picture with intervals. */
import { join } from "node:path";
import type { Interval } from "../../evaluation/intervals.ts";
import { writeFormat } from "../../formats/format.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import { type SweepRecord, sweepResultFormat, type SweepRow } from "../../formats/sweep-format.ts";
import { barChart } from "../../runs/charts.ts";
import { percent, points, spread, table } from "../../runs/report-text.ts";
import { writeWhole } from "../../runs/run-files.ts";
import { settingText } from "../training/run-figures.ts";
import { overSeeds } from "../training/seed-groups.ts";
import { sweepFiles } from "./sweep-folder.ts";

/** More bars than this have numbers for names, those of the table. */
const NAMED_BARS = 8;

/** A run and its result. */
export interface RunResult {
  /** The number of its combination. */
  readonly number: number;
  readonly result: ResultRecord | undefined;
}

/** A row for each combination: means over the seeds that have a result. */
export function rowsOf({ combinations }: SweepRecord, results: readonly RunResult[]): SweepRow[] {
  return combinations.map((values, i) => {
    const some = results.flatMap(({ number, result }) => (number === i + 1 ? (result ?? []) : []));
    const outcome = overSeeds(some);
    const row = { number: i + 1, values, seeds: outcome?.seeds ?? 0 };
    if (outcome === undefined) return row;
    const { success, reward, seconds } = outcome;
    return { ...row, success, reward, seconds };
  });
}

/** Writes result.json, report.md and the picture; returns the path of the page. */
export async function writeSweepReport(
  folder: string,
  sweep: SweepRecord,
  rows: readonly SweepRow[],
): Promise<string> {
  const content = { rows: [...rows] };
  await writeWhole(join(folder, sweepFiles.result), writeFormat(sweepResultFormat, content));
  await writeWhole(join(folder, sweepFiles.picture), picture(sweep, rows));
  const page = join(folder, sweepFiles.report);
  await writeWhole(page, pageText(sweep, rows));
  return page;
}

function pageText(sweep: SweepRecord, rows: readonly SweepRow[]): string {
  const keys = Object.keys(sweep.combinations[0] ?? {});
  const shown = (interval: Interval | undefined, show?: (value: number) => string): string =>
    interval === undefined ? "" : spread(interval, show);
  const lines = rows.map(({ number, values, seeds, success, reward }) => [
    String(number),
    ...keys.map((key) => settingText(values[key])),
    `${seeds} of ${sweep.seeds.length}`,
    shown(success?.before, percent),
    shown(success?.after, percent),
    shown(success?.difference, points),
    shown(reward?.after),
  ]);
  const head = [
    "",
    ...keys,
    "seeds",
    "success before",
    "success after",
    "difference",
    "reward after",
  ];
  const fixed = Object.entries(sweep.settings).map(([key, value]) => [key, settingText(value)]);
  return [
    `# Sweep of ${sweep.train}`,
    "Held-out success and reward, means over seeds; brackets hold Student's 95 % intervals over seeds, of a single seed those over its tasks.",
    table(head, lines),
    `![Held-out success of each combination](${sweepFiles.picture})`,
    ...(fixed.length === 0 ? [] : ["Settings that all runs have:", table(["key", "value"], fixed)]),
    `Every run is a folder in \`${sweepFiles.runs}/\`, with its own report; its output is in \`${sweepFiles.logs}/\`.`,
  ]
    .join("\n\n")
    .concat("\n");
}

/** A bar for each combination with a result, its interval as a whisker. */
function picture(sweep: SweepRecord, rows: readonly SweepRow[]): string {
  const done = rows.filter(({ success }) => success !== undefined);
  const hasNames = rows.length <= NAMED_BARS;
  const keys = Object.keys(sweep.combinations[0] ?? {});
  const values = (row: SweepRow): string =>
    keys.map((key) => settingText(row.values[key])).join(", ");
  const label = hasNames && keys.length > 0 ? keys.join(", ") : "combination (row of the table)";
  return barChart({
    title: `Held-out success after ${sweep.train}`,
    x: { label: `${label}; whiskers: 95 % interval over ${intervalsOver(done)}` },
    y: { label: "tasks done (share)", format: "percent" },
    bars: done.map((row) => ({
      name: hasNames && keys.length > 0 ? values(row) : String(row.number),
      ...row.success!.after,
    })),
    show: (value) => `${(value * 100).toFixed(0)} %`,
    include: [1],
  });
}

/** What the intervals of the rows are over. */
function intervalsOver(done: readonly SweepRow[]): string {
  const singles = done.filter(({ seeds }) => seeds === 1).length;
  if (singles === 0) return "seeds";
  return singles === done.length ? "tasks" : "seeds, of a single seed over tasks";
}
