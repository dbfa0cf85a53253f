/**
 * Curves with fewer points that keep their peaks. Steps are put into buckets of w steps, w the least power of two by which a
 * section has at most `buckets` of them. Of each bucket its first step stays with all its numbers, so that runs with the same
 * buckets have steps in common, and of every number the steps at which it is least and greatest. A number that is not finite
 * counts as both: it stays, and is seen.
 */
import type { MetricsRow } from "../../formats/metrics-format.ts";

/** Buckets of a section: up to three points each for every number. */
const BUCKETS = 300;

/** Rows as they are where there are few; else as above, in the order of their steps. */
export function condensedRows(
  rows: readonly MetricsRow[],
  buckets: number = BUCKETS,
): readonly MetricsRow[] {
  return [...Map.groupBy(rows, ({ section }) => section).values()].flatMap((some) =>
    condensedSection(some, buckets),
  );
}

function condensedSection(rows: readonly MetricsRow[], buckets: number): readonly MetricsRow[] {
  if (rows.length <= 3 * buckets) return rows;
  const width = 2 ** Math.ceil(Math.log2(rows.length / buckets));
  const byBucket = Map.groupBy(rows, ({ step }) => Math.floor((step - 1) / width));
  return [...byBucket.values()].flatMap(condensedBucket);
}

function condensedBucket(rows: readonly MetricsRow[]): readonly MetricsRow[] {
  const [first, ...others] = rows;
  const kept = new Map<MetricsRow, Set<string>>();
  for (const [row, name] of extremes(rows)) kept.set(row, (kept.get(row) ?? new Set()).add(name));
  const shown = others.flatMap((row) => {
    const names = kept.get(row);
    if (names === undefined) return [];
    const values = Object.entries(row.values ?? {}).filter(([name]) => names.has(name));
    return [{ ...row, values: Object.fromEntries(values) }];
  });
  return [first!, ...shown];
}

/** The rows in which a number is least, greatest or not finite, with the number's name. */
function extremes(rows: readonly MetricsRow[]): readonly (readonly [MetricsRow, string])[] {
  const least = new Map<string, Extreme>();
  const greatest = new Map<string, Extreme>();
  const wild: (readonly [MetricsRow, string])[] = [];
  for (const row of rows)
    for (const [name, value] of Object.entries(row.values ?? {})) {
      if (!Number.isFinite(value)) wild.push([row, name]);
      else {
        if (value < (least.get(name)?.value ?? Infinity)) least.set(name, { value, row });
        if (value > (greatest.get(name)?.value ?? -Infinity)) greatest.set(name, { value, row });
      }
    }
  return [...[...least, ...greatest].map(([name, { row }]) => [row, name] as const), ...wild];
}

/** The least or the greatest value so far, and where it stands. */
interface Extreme {
  readonly value: number;
  readonly row: MetricsRow;
}
