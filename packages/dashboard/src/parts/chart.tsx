/** Curves over steps, drawn by uPlot. */
import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axisText, numberText, timeAxisTexts, timeText } from "./text.ts";
import { onThemeChange } from "./theme.ts";

/** A value of a curve: undefined where it has none at a step, null where it is not finite. */
export type CurveValue = number | null | undefined;

/** One curve: its values for the shared steps. */
export interface Curve {
  readonly name: string;
  /** Its place among the curves of the page, which decides its colour: the same in every chart. */
  readonly place: number;
  readonly values: readonly CurveValue[];
  /** The ends of a band around it. */
  readonly low?: readonly CurveValue[];
  readonly high?: readonly CurveValue[];
}

interface ChartProps {
  readonly title: string;
  readonly steps: readonly number[];
  readonly curves: readonly Curve[];
  /** The steps are times, in Unix seconds. Default false. */
  readonly isTime?: boolean;
  /** Steps at which an upright line says that something happened there, as an alarm. Default: none. */
  readonly marks?: readonly number[];
}

const noMarks: readonly number[] = [];

const height = 200;

/** Colours of curves; a later curve has the colour of an earlier one, and is dashed. */
const COLORS = 8;
const colorName = (place: number): string => `--curve-${place % COLORS}`;

/** How the sign of a curve in a legend is drawn. */
export const curveSign = (place: number): string =>
  `2px ${place < COLORS ? "solid" : "dashed"} var(${colorName(place)})`;

export function Chart({
  title,
  steps,
  curves,
  isTime = false,
  marks = noMarks,
}: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(undefined);
  // What is drawn anew is the shape: which curves there are. Numbers are only handed over.
  const shape = JSON.stringify(
    curves.map(({ name, place: at, low }): CurveShape => [name, at, low !== undefined]),
  );
  const data = dataOf(steps, curves);
  const latest = useRef(data);
  latest.current = data;
  const latestMarks = useRef(marks);
  latestMarks.current = marks;
  useEffect(() => {
    const element = place.current!;
    const plot = new uPlot(
      {
        ...optionsOf(JSON.parse(shape) as CurveShape[], element, isTime),
        hooks: { draw: [(drawing) => drawMarks(drawing, latestMarks.current, element)] },
      },
      latest.current,
      element,
    );
    drawn.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const endTheme = onThemeChange(() => plot.redraw(false, true));
    return () => {
      resized.disconnect();
      endTheme();
      plot.destroy();
    };
  }, [shape, isTime]);
  useEffect(() => drawn.current?.setData(latest.current), [steps, curves, marks]);
  return (
    <figure className="chart">
      <figcaption>
        {title}
        <span className="last">{lastValues(curves)}</span>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

/** Upright dashed lines at steps, in the colour of what went wrong. */
function drawMarks(plot: uPlot, marks: readonly number[], element: Element): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = getComputedStyle(element).getPropertyValue("--bad");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  for (const step of marks) {
    const x = plot.valToPos(step, "x", true);
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** For those who do not see the curves, and for a quick look: where each one stands. */
const lastValues = (curves: readonly Curve[]): string =>
  curves
    .map(({ name, values }) => {
      const last = values.findLast((value) => value !== undefined);
      const text = last === undefined ? "–" : last === null ? "not finite" : numberText(last);
      // No break between a name and its value.
      return curves.length === 1 ? text : `${name}\u00a0${text}`;
    })
    .join(" · ");

const dataOf = (steps: readonly number[], curves: readonly Curve[]): uPlot.AlignedData => [
  [...steps],
  ...curves.flatMap(({ values, low, high }) =>
    low === undefined || high === undefined ? [[...values]] : [[...values], [...low], [...high]],
  ),
];

/** What of a curve decides how a chart is made: its name, its place, whether it has a band. */
type CurveShape = readonly [name: string, place: number, hasBand: boolean];

function optionsOf(
  shape: readonly CurveShape[],
  element: HTMLElement,
  isTime: boolean,
): uPlot.Options {
  const color = (name: string): string =>
    getComputedStyle(element).getPropertyValue(name).trim() || "gray";
  const series: uPlot.Series[] = [isTime ? { label: "time", value: shownTime } : { label: "step" }];
  const bands: uPlot.Band[] = [];
  for (const [name, place, hasBand] of shape) {
    const stroke = (): string => color(colorName(place));
    series.push({ ...line, label: name, stroke, width: 1.5, ...dashed(place), value: shownValue });
    if (!hasBand) continue;
    const [low, high] = [series.length, series.length + 1];
    for (const end of ["low", "high"])
      series.push({ ...line, label: `${name} ${end}`, width: 0, class: "band" });
    bands.push({ series: [high, low], fill: () => `${stroke()}2b` });
  }
  const axis: uPlot.Axis = {
    stroke: () => color("--soft-text"),
    grid: { stroke: () => color("--line"), width: 1 },
    ticks: { stroke: () => color("--line"), width: 1 },
    font: "11px system-ui",
  };
  return {
    width: element.clientWidth,
    height,
    series,
    bands,
    scales: { x: { time: isTime, range: rangeWith(isTime ? 30 : 1) } },
    axes: [
      isTime
        ? { ...axis, size: 40, space: 66, values: timeTexts }
        : { ...axis, size: 28, incrs: wholeDistances },
      { ...axis, size: axisWidth, values: axisTexts },
    ],
    // Its live part: the values under the cursor.
    legend: { show: true, isolate: true },
    cursor: { sync: { key: isTime ? "times" : "steps" }, points: { size: 6 } },
  };
}

const axisTexts: uPlot.Axis.DynamicValues = (_, marks, _axis, _space, distance) =>
  marks.map((mark) => axisText(mark, distance));

const timeTexts: uPlot.Axis.DynamicValues = (_, marks, _axis, _space, distance) =>
  timeAxisTexts(marks, distance);

/** Room for the longest text, in px: as wide for all usual numbers, so that charts beside each other begin at the same place. */
const axisWidth = (_: uPlot, texts: readonly string[] | null): number =>
  Math.max(52, 16 + 7 * Math.max(0, ...(texts ?? []).map((text) => text.length)));

/** Between the marks of an axis of steps: no step is between two. */
const wholeDistances = [1, 2, 5]
  .flatMap((one) => [0, 1, 2, 3, 4, 5, 6].map((n) => one * 10 ** n))
  .toSorted((a, b) => a - b);

/** The steps that there are; around a single one, this much on both sides. */
const rangeWith =
  (margin: number): uPlot.Range.Function =>
  (_, low, high) =>
    low === high ? [low - margin, high + margin] : [low, high];

/** A gap where a value is not finite; where a curve has no value at a step of others, it goes on. A single value is a point. */
const line: uPlot.Series = {
  spanGaps: false,
  points: {
    show: ({ data }, series) =>
      Array.from(data[series] ?? [], (value) => value ?? []).flat().length === 1,
  },
};
const dashed = (place: number): uPlot.Series => (place < COLORS ? {} : { dash: [6, 4] });
const shownTime: uPlot.Series.Value = (_, value: number | null) =>
  value === null ? "–" : timeText(1000 * value);
const shownValue: uPlot.Series.Value = (_, value: number | null | undefined) =>
  value === null || value === undefined ? "–" : numberText(value);
