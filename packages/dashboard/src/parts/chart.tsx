/** Curves over steps, drawn by uPlot. */
import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { numberText } from "./text.ts";

/** One curve: its values for the shared steps, null where it has none. */
export interface Curve {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** The ends of a band around it. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  readonly steps: readonly number[];
  readonly curves: readonly Curve[];
}

const height = 200;

/** The colour of a curve by its place: a variable of the theme. */
export const curveColor = (place: number): string => `var(--curve-${place % 8})`;

export function Chart({ title, steps, curves }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(undefined);
  // What is drawn anew is the shape: which curves there are. Numbers are only handed over.
  const shape = JSON.stringify(curves.map(({ name, low }) => [name, low !== undefined]));
  const data = dataOf(steps, curves);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current!;
    const plot = new uPlot(
      optionsOf(JSON.parse(shape) as [string, boolean][], element),
      latest.current,
      element,
    );
    drawn.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => plot.redraw(false, true);
    dark.addEventListener("change", redraw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", redraw);
      plot.destroy();
    };
  }, [shape]);
  useEffect(() => drawn.current?.setData(latest.current), [steps, curves]);
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

/** For those who do not see the curves, and for a quick look: where each one stands. */
const lastValues = (curves: readonly Curve[]): string =>
  curves
    .map(({ name, values }) => {
      const last = values.findLast((value) => value !== null);
      const text = last === undefined ? "–" : numberText(last!);
      return curves.length === 1 ? text : `${name} ${text}`;
    })
    .join(" · ");

const dataOf = (steps: readonly number[], curves: readonly Curve[]): uPlot.AlignedData => [
  [...steps],
  ...curves.flatMap(({ values, low, high }) =>
    low === undefined || high === undefined ? [[...values]] : [[...values], [...low], [...high]],
  ),
];

function optionsOf(shape: readonly [string, boolean][], element: HTMLElement): uPlot.Options {
  const color = (name: string): string =>
    getComputedStyle(element).getPropertyValue(name).trim() || "gray";
  const series: uPlot.Series[] = [{ label: "step" }];
  const bands: uPlot.Band[] = [];
  shape.forEach(([name, hasBand], i) => {
    const stroke = (): string => color(`--curve-${i % 8}`);
    series.push({ label: name, stroke, width: 1.5, spanGaps: true, points: { show: false } });
    if (!hasBand) return;
    const [low, high] = [series.length, series.length + 1];
    for (const end of ["low", "high"])
      series.push({ label: `${name} ${end}`, width: 0, spanGaps: true, points: { show: false } });
    bands.push({ series: [high, low], fill: () => `${color(`--curve-${i % 8}`)}2b` });
  });
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
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 28 },
      { ...axis, size: 52 },
    ],
    legend: { show: false },
    cursor: { sync: { key: "steps" }, points: { size: 6 } },
  };
}
