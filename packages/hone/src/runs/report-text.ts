/** Tables and numbers of report.md, as Markdown. */
import type { IntervalRecord } from "../formats/result-format.ts";

/** The text on one line. A line feed or a carriage return in it would end a heading or a row of a table. */
export const oneLine = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/g, " ");

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const minus = (text: string): string => text.replace("-", "−");
export const percent = (value: number): string => minus(`${(value * 100).toFixed(1)} %`);
const plain = (value: number): string => minus(value.toFixed(2));
/** A number with so many digits behind the point. */
export const fixed =
  (digits: number) =>
  (value: number): string =>
    minus(value.toFixed(digits));
export const signed = (value: number): string => `${value > 0 ? "+" : ""}${plain(value)}`;
export const points = (value: number): string =>
  minus(`${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} points`);
export const significant = (value: number): string =>
  minus(Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value));
export const share = (interval: IntervalRecord): string => spread(interval, percent);

/** An estimate with its 95 % interval. */
export function spread(
  { value, low, high }: IntervalRecord,
  show: (value: number) => string = plain,
): string {
  return `${show(value)} [${show(low)}, ${show(high)}]`;
}

/** A value of a setting as a cell shows it. */
export const valueText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** A time in its two largest units. @param seconds  at least 0 */
export function duration(exact: number): string {
  const seconds = exact < 60 ? exact : Math.round(exact);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${Math.round(seconds % 60)} s`;
  return minutes < 60
    ? `${minutes} min ${rest}`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
