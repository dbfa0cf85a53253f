/** Numbers, sizes, intervals and plain tables as people read them. */
import { isAbsolute, relative } from "node:path";
import type { Evaluation } from "../../app/training/evaluate-model.ts";

/** A large count: "0.92 M", "596 M", "1.5 B". */
export function countText(count: number): string {
  if (count < 1e4) return String(count);
  if (count < 1e9) return `${(count / 1e6).toPrecision(count < 1e8 ? 2 : 3)} M`;
  return `${(count / 1e9).toPrecision(2)} B`;
}

/** A size in decimal units: "3.70 MB" is 3,700,000 bytes. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toPrecision(3)} ${units[unit]}`;
}

/** An estimate with its 95 % interval: "0.83 [0.71, 0.91]"; "–" when nothing was measured (NaN). */
export function intervalText({ value, low, high }: Interval, digits = 2): string {
  if (Number.isNaN(value)) return "–";
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** An estimate and its 95 % interval. */
interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A path relative to the working directory when it lies below it, else the path as it is. */
export function shortPath(path: string): string {
  const seen = relative(process.cwd(), path);
  return seen === "" || seen.startsWith("..") || isAbsolute(seen) ? path : seen;
}

/** A table: columns padded to their widest cell, two spaces between them; the first row is the head. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** Lines of a name and a value, the values below each other. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  return tableText(facts.map(([name, value]) => [`  ${name}`, value]));
}

/** An evaluation for programs, without its rows for each task. */
export function evaluationFacts({ tasks: _, ...facts }: Evaluation): Omit<Evaluation, "tasks"> {
  return facts;
}

/** "1 task", "2 tasks" */
export const taskText = (count: number): string => (count === 1 ? "1 task" : `${count} tasks`);

/** "success 0.83 [0.71, 0.91], reward 6.1 [5.2, 7.0], 100 tasks, sampled" */
export function evaluationText(evaluation: Evaluation): string {
  const { success, reward, taskCount, mode, failedCount } = evaluation;
  return [
    `success ${intervalText(success)}`,
    ...(reward === undefined ? [] : [`reward ${intervalText(reward)}`]),
    `${taskText(taskCount)}, ${mode}`,
    ...(failedCount === 0 ? [] : [`${failedCount} rollouts failed`]),
  ].join(", ");
}
