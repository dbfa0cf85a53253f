/** Tables that fit a width: texts are cut first, then the least important columns are left out. */
import { fitted, padded, shownWidth } from "./shown-text.ts";

/** One column of a table. */
export interface TableColumn {
  readonly head: string;
  /** Align the cells at the right. Default false. */
  readonly isNumber?: boolean;
  /** The smallest width, in characters, that texts may be cut to. Default: texts are never cut. */
  readonly minWidth?: number;
  /** Columns with a rank are left out when there is no room, the lowest rank first. Default: the column always stays. */
  readonly rank?: number;
}

/** The lines of a table, the head first. Of the texts that may be cut the longest is cut first. */
export function fittedTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const cells = [columns.map(({ head }) => head), ...rows];
  const full = columns.map((_, i) => Math.max(...cells.map((row) => shownWidth(row[i]!))));
  const minimums = full.map((own, i) => Math.min(own, columns[i]!.minWidth ?? own));
  const kept = keptColumns(columns, minimums, width);
  const sum = (widths: readonly number[], gap: number): number =>
    kept.reduce((total, i) => total + widths[i]!, gap * (kept.length - 1));
  const gap = sum(minimums, 2) <= width ? 2 : 1;
  let room = Math.max(0, width - sum(minimums, gap));
  const widths = [...minimums];
  const lack = (i: number): number => full[i]! - minimums[i]!;
  for (const i of kept.toSorted((a, b) => lack(a) - lack(b))) {
    const more = Math.min(room, lack(i));
    widths[i] = minimums[i]! + more;
    room -= more;
  }
  return cells.map((row) => {
    const line = kept.map((i) => {
      const text = fitted(row[i]!, widths[i]!);
      return columns[i]!.isNumber === true ? text.padStart(widths[i]!) : padded(text, widths[i]!);
    });
    return fitted(line.join(" ".repeat(gap)).trimEnd(), width);
  });
}

/** The indices of the columns that fit, with one space between them. */
function keptColumns(
  columns: readonly TableColumn[],
  minimums: readonly number[],
  width: number,
): number[] {
  const kept = columns.map((_, i) => i);
  for (;;) {
    const total = kept.reduce((sum, i) => sum + minimums[i]!, kept.length - 1);
    const ranks = kept.flatMap((i) => columns[i]!.rank ?? []);
    if (total <= width || ranks.length === 0) return kept;
    const lowest = Math.min(...ranks);
    kept.splice(
      kept.findIndex((i) => columns[i]!.rank === lowest),
      1,
    );
  }
}
