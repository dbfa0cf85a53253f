/** Charts as SVG text: lines with bands, bars with intervals, histograms. */
import type { Axis, Range, Scale } from "./chart-frame.ts";
import { colorOf, drawFrame, rangeOf, round, scaleOf, text, textWidth } from "./chart-frame.ts";

/** A point of a line. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** The lower end of its interval; the intervals of a line are drawn as a band. */
  readonly low?: number;
  /** The upper end of its interval. */
  readonly high?: number;
}

/** Lines over a common x axis. */
export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly { readonly name: string; readonly points: readonly LinePoint[] }[];
  /** Numbers that the y axis includes, such as 0. */
  readonly include?: readonly number[];
}

/** Lines of at least this many points are drawn faintly, behind their running mean. */
const smoothFrom = 40;

/** Draws lines over a common x axis. A point that is not a number leaves a gap. */
export function lineChart(chart: LineChart): string {
  const all = chart.series.flatMap((series) => series.points);
  const ys = all.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const xs = all.map((point) => point.x).filter(Number.isFinite);
  const ends = {
    low: xs.reduce((a, b) => Math.min(a, b), Infinity),
    high: xs.reduce((a, b) => Math.max(a, b), -Infinity),
  };
  const xRange = ends.low < ends.high ? ends : rangeOf(xs);
  const yRange = rangeOf(ys, chart.include);
  const scale = scaleOf(xRange, yRange);
  const longest = Math.max(0, ...chart.series.map((one) => one.points.length));
  const isSmoothed = longest >= smoothFrom;
  const window = 2 * Math.round(longest / 40) + 1;
  const isAlone = chart.series.length === 1 && !isSmoothed;
  const legend = chart.series.map(({ name }, i) => ({
    name: isSmoothed ? `${name} (mean of ${window} steps; faint: each step)` : name,
    color: colorOf(i),
  }));
  const content = chart.series.flatMap(({ points }, i) => {
    const band = drawBand(points, scale, colorOf(i));
    if (!isSmoothed)
      return [
        ...band,
        drawLine(points, scale, colorOf(i), 2),
        ...drawDots(points, scale, colorOf(i)),
      ];
    const mean = runningMean(points, window);
    return [
      ...band,
      drawLine(points, scale, colorOf(i), 1, 0.28),
      drawLine(mean, scale, colorOf(i), 2.2),
    ];
  });
  return drawFrame(
    { ...chart, xRange, yRange, legend: isAlone && !hasBand(all) ? [] : legend },
    content,
  );
}

/** One bar. */
export interface Bar {
  readonly name: string;
  /** Bars of one kind have one colour, which a legend explains. Default: each bar has its own. */
  readonly kind?: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Bars with names. */
export interface BarChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly bars: readonly Bar[];
  /** The text of a value, written above its bar. */
  readonly show: (value: number) => string;
  /** Numbers that the y axis includes besides 0. */
  readonly include?: readonly number[];
}

/** Draws bars from 0, each with its interval as a whisker and its value above it. */
export function barChart(chart: BarChart): string {
  const values = chart.bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const xRange = { low: -0.5, high: Math.max(chart.bars.length, 1) - 0.5 };
  const yRange = rangeOf(values, [0, ...(chart.include ?? [])]);
  const scale = scaleOf(xRange, yRange);
  const slot = scale.x(1) - scale.x(0);
  const barWidth = Math.min(90, slot * 0.6);
  const labels = chart.bars.map(({ value }) => chart.show(value));
  const isRoomBeside = labels.every((label) => textWidth(label) + 12 < slot - barWidth);
  const kinds = [...new Set(chart.bars.flatMap(({ kind }) => kind ?? []))];
  const legend = kinds.map((name, i) => ({ name, color: colorOf(i) }));
  const content = chart.bars.flatMap((bar, i) => {
    const color = colorOf(bar.kind === undefined ? i : kinds.indexOf(bar.kind));
    const draw = isRoomBeside ? labelBeside : labelAtEnd;
    return Number.isFinite(bar.value)
      ? [
          ...drawBar(bar, scale.x(i), barWidth, scale, color),
          draw(bar, scale.x(i), barWidth, scale, labels[i]!),
        ]
      : [];
  });
  if (yRange.low < 0) content.push(drawZero(xRange, scale));
  const xNames = chart.bars.map(({ name }, at) => ({ at, name }));
  return drawFrame({ ...chart, xRange, yRange, legend, xNames }, content);
}

function drawBar(
  { value, low, high }: Bar,
  middle: number,
  barWidth: number,
  scale: Scale,
  color: string,
): string[] {
  const [top, bottom] = [scale.y(Math.max(value, 0)), scale.y(Math.min(value, 0))];
  return [
    `<rect x="${round(middle - barWidth / 2)}" y="${round(top)}" width="${round(barWidth)}" height="${round(bottom - top)}" fill="${color}" fill-opacity="0.78"/>`,
    ...(low === undefined || high === undefined
      ? []
      : [drawWhisker(middle, scale.y(low), scale.y(high))]),
  ];
}

const labelInk = `font-weight="600" fill="#1f2933"`;

/** The value of a bar to the right of its end, but not across the line of 0. */
function labelBeside(
  { value }: Bar,
  middle: number,
  barWidth: number,
  scale: Scale,
  label: string,
): string {
  const [top, bottom] = [scale.y(Math.max(value, 0)), scale.y(Math.min(value, 0))];
  const y = value < 0 ? Math.max(bottom + 4, top + 14) : Math.min(top + 4, bottom - 4);
  return text(middle + barWidth / 2 + 6, y, label, labelInk);
}

/** The value of a bar beyond its whisker, where there is no room beside it. */
function labelAtEnd(
  { value, low = value, high = value }: Bar,
  middle: number,
  _barWidth: number,
  scale: Scale,
  label: string,
): string {
  const y = value < 0 ? scale.y(Math.min(value, low)) + 16 : scale.y(Math.max(value, high)) - 6;
  return text(middle, y, label, `text-anchor="middle" ${labelInk}`);
}

/** The line of 0, for bars that point both ways. */
function drawZero(xRange: Range, scale: Scale): string {
  const y = round(scale.y(0));
  return `<line x1="${round(scale.x(xRange.low))}" x2="${round(scale.x(xRange.high))}" y1="${y}" y2="${y}" stroke="#5b6770"/>`;
}

function drawWhisker(x: number, yLow: number, yHigh: number): string {
  const [low, high, left, right] = [yLow, yHigh, x - 7, x + 7].map(round);
  const path = `M${left} ${high}H${right}M${round(x)} ${high}V${low}M${left} ${low}H${right}`;
  return `<path d="${path}" stroke="#1f2933" stroke-width="1.5" fill="none"/>`;
}

/** How often values occur, for one or several series. */
export interface HistogramChart {
  readonly title: string;
  readonly x: Axis;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** The number of buckets over the common range. Default 24. */
  readonly buckets?: number;
}

/** Draws the share of each series in each bucket. Several series are drawn side by side in a bucket. */
export function histogramChart(chart: HistogramChart): string {
  const buckets = chart.buckets ?? 24;
  const finite = chart.series.map((one) => one.values.filter(Number.isFinite));
  const xRange = rangeOf(finite.flat());
  const size = (xRange.high - xRange.low) / buckets;
  const shares = finite.map((values) => bucketShares(values, xRange.low, size, buckets));
  const yRange = { low: 0, high: Math.max(1e-9, ...shares.flat()) * 1.08 || 1 };
  const scale = scaleOf(xRange, yRange);
  const slot = (scale.x(xRange.low + size) - scale.x(xRange.low)) * 0.9;
  const barWidth = slot / chart.series.length;
  const content = shares.flatMap((row, s) =>
    row.flatMap((share, bucket) => {
      if (share === 0) return [];
      const left = scale.x(xRange.low + bucket * size) + slot * 0.05 + s * barWidth;
      const top = scale.y(share);
      return `<rect x="${round(left)}" y="${round(top)}" width="${round(barWidth)}" height="${round(scale.y(0) - top)}" fill="${colorOf(s)}" fill-opacity="0.82"/>`;
    }),
  );
  const legend = chart.series.map(({ name }, i) => ({ name, color: colorOf(i) }));
  const y: Axis = { label: "share of rollouts", format: "percent" };
  return drawFrame({ title: chart.title, x: chart.x, y, xRange, yRange, legend }, content);
}

function bucketShares(
  values: readonly number[],
  low: number,
  size: number,
  buckets: number,
): number[] {
  const shares = Array.from({ length: buckets }, () => 0);
  for (const value of values) {
    const bucket = Math.min(buckets - 1, Math.max(0, Math.floor((value - low) / size)));
    shares[bucket]! += 1 / values.length;
  }
  return shares;
}

const hasBand = (points: readonly LinePoint[]): boolean =>
  points.some((point) => point.low !== undefined);

function drawLine(
  points: readonly LinePoint[],
  scale: Scale,
  color: string,
  stroke: number,
  opacity = 1,
): string {
  let isDown = false;
  let path = "";
  for (const { x, y } of points) {
    if (Number.isFinite(y))
      path += `${isDown ? "L" : "M"}${round(scale.x(x))} ${round(scale.y(y))}`;
    isDown = Number.isFinite(y);
  }
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${stroke}" stroke-opacity="${opacity}" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/** Dots at the points of a line, where there are few of them. */
function drawDots(points: readonly LinePoint[], scale: Scale, color: string): string[] {
  if (points.length > 24) return [];
  return points
    .filter(({ y }) => Number.isFinite(y))
    .map(
      ({ x, y }) =>
        `<circle cx="${round(scale.x(x))}" cy="${round(scale.y(y))}" r="3" fill="${color}"/>`,
    );
}

function drawBand(points: readonly LinePoint[], scale: Scale, color: string): string[] {
  const banded = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  if (banded.length < 2) return [];
  const place = (x: number, y: number): string => `${round(scale.x(x))} ${round(scale.y(y))}`;
  const there = banded.map(({ x, high }) => place(x, high!));
  const back = banded.toReversed().map(({ x, low }) => place(x, low!));
  return [`<path d="M${[...there, ...back].join("L")}Z" fill="${color}" fill-opacity="0.16"/>`];
}

/** The mean over the `window` points (an odd number) around each point; at the ends over fewer. */
export function runningMean(points: readonly LinePoint[], window: number): LinePoint[] {
  const half = Math.floor(window / 2);
  return points.map(({ x }, i) => {
    const near = points
      .slice(Math.max(0, i - half), i + half + 1)
      .filter(({ y }) => Number.isFinite(y));
    return { x, y: near.reduce((sum, { y }) => sum + y, 0) / near.length };
  });
}
