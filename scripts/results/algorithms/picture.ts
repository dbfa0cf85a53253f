/** Success of every method as a point with its interval, a row each, beside the start's: SVG text. */
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { colorOf, round, text } from "../../../packages/hone/src/runs/chart-frame.ts";

/** A row of the picture. */
export interface PictureRow {
  readonly name: string;
  /** The index of its family, which has a colour. */
  readonly family: number;
  readonly success: Interval;
}

/** What is drawn. */
export interface Picture {
  readonly title: string;
  readonly families: readonly string[];
  /** The mean success of the starts. */
  readonly start: number;
  readonly rows: readonly PictureRow[];
}

const width = 760;
const left = 170;
const right = width - 40;
const top = 76;
const rowHeight = 20;
const quiet = "#5b6770";

const xOf = (share: number): number => left + Math.min(1, Math.max(0, share)) * (right - left);
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Draws it. */
export function methodPicture({ title, families, start, rows }: Picture): string {
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 56;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    line([xOf(share), top], [xOf(share), bottom], "#e6eaee"),
    text(xOf(share), bottom + 18, percent(share), `text-anchor="middle" fill="${quiet}"`),
  ]);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#ffffff" stroke="#d5dbe1"/>`,
    text(24, 28, title, `font-size="16" font-weight="600" fill="#1f2933"`),
    ...families.flatMap((name, i) => [
      `<circle cx="${30 + i * 150}" cy="46" r="5" fill="${colorOf(i)}"/>`,
      text(42 + i * 150, 50, name, `fill="${quiet}"`),
    ]),
    ...ticks,
    `<line x1="${round(xOf(start))}" x2="${round(xOf(start))}" y1="${top}" y2="${bottom}" stroke="#1f2933" stroke-dasharray="4 3"/>`,
    text(xOf(start), top - 6, `start ${percent(start)}`, `text-anchor="middle" fill="#1f2933"`),
    ...rows.flatMap((row, i) => drawRow(row, top + (i + 0.5) * rowHeight)),
    text(
      (left + right) / 2,
      height - 14,
      "held-out success, mean of the seeds (whiskers: 95 % interval over seeds)",
      `text-anchor="middle" fill="#1f2933"`,
    ),
    "</svg>",
  ].join("\n")}\n`;
}

function drawRow({ name, family, success: { value, low, high } }: PictureRow, y: number): string[] {
  const color = colorOf(family);
  const whisker = Number.isFinite(low)
    ? [line([xOf(low), y], [xOf(high), y], color, 'stroke-width="2"')]
    : [];
  return [
    text(left - 12, y + 4, name, `text-anchor="end" fill="#1f2933"`),
    ...whisker,
    `<circle cx="${round(xOf(value))}" cy="${round(y)}" r="4.5" fill="${color}"/>`,
  ];
}

type Point = readonly [x: number, y: number];

const line = ([x1, y1]: Point, [x2, y2]: Point, color: string, more = ""): string =>
  `<line x1="${round(x1)}" x2="${round(x2)}" y1="${round(y1)}" y2="${round(y2)}" stroke="${color}" ${more}/>`;
