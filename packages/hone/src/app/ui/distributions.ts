/** How numbers of a run's rollouts are spread at each step: histograms with the same bins at all steps. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { readRows, writeHeader } from "../../formats/format.ts";
import { metricsFormat } from "../../formats/metrics-format.ts";
import { systemCode } from "../../formats/write-error.ts";
import type { UiDistribution, UiSpread } from "../../server/ui/ui-library.ts";

/** Bins of equal width, from the least to the greatest value of the whole run. */
const BINS = 24;
/** Columns at most: where there are more steps, as many neighbours as needed share one. */
const COLUMNS = 120;

/** All values of a step. */
interface Values {
  readonly step: number;
  readonly values: readonly number[];
}

/** @throws FILE_DAMAGED */
export async function distributionsOf(path: string): Promise<readonly UiDistribution[]> {
  const bySection = Map.groupBy(await histogramRows(path), ({ section }) => section);
  return [...bySection].flatMap(([section, rows]) => {
    const names = new Set(rows.flatMap(({ histograms }) => Object.keys(histograms ?? {})));
    return [...names].map((name) => {
      // A resume writes a step again that it had not saved: the later row counts.
      const bySteps = new Map(
        rows.flatMap(({ step, histograms }) => {
          const values = histograms?.[name];
          return values === undefined ? [] : [[step, values] as const];
        }),
      );
      const steps = [...bySteps].map(([step, values]) => ({ step, values }));
      return { section, name, ...spreadOf(steps.toSorted((a, b) => a.step - b.step)) };
    });
  });
}

/** The rows with histograms; the others, which are most of the file, are not read. */
async function histogramRows(path: string) {
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: createReadStream(path) }))
      // The last line may be half written.
      if (line.includes('"histograms":') && line.endsWith("}")) lines.push(line);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  return readRows(
    metricsFormat,
    [writeHeader(metricsFormat).trimEnd(), ...lines, ""].join("\n"),
    path,
  );
}

/** Steps in columns, their finite values counted in bins. */
export function spreadOf(steps: readonly Values[]): UiSpread {
  const finite = steps.map(({ step, values }) => ({
    step,
    values: values.filter(Number.isFinite),
  }));
  const all = finite.flatMap(({ values }) => values);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = (greatest - least) / BINS;
  const perColumn = Math.ceil(finite.length / COLUMNS);
  const columns = finite.flatMap((_, i) =>
    i % perColumn === 0 ? [columnOf(finite.slice(i, i + perColumn), least, width)] : [],
  );
  const notFinite = steps.reduce((sum, { values }) => sum + values.length, 0) - all.length;
  return {
    ...(all.length === 0 ? { least: 0, greatest: 0 } : { least, greatest }),
    ...{ notFinite, columns: all.length === 0 ? [] : columns },
  };
}

function columnOf(some: readonly Values[], least: number, width: number) {
  const values = some.flatMap((one) => one.values).toSorted((a, b) => a - b);
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values)
    counts[width === 0 ? 0 : Math.min(BINS - 1, Math.floor((value - least) / width))]!++;
  const median = values[Math.floor((values.length - 1) / 2)];
  return {
    ...{ from: some[0]!.step, to: some.at(-1)!.step, counts },
    ...(median !== undefined && { least: values[0]!, median, greatest: values.at(-1)! }),
  };
}
