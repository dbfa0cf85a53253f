/** A histogram over steps: a column for each step, a cell for each bin. A slider below it reads one column out, also by keyboard. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Schemas } from "../api/client.ts";
import { numberText } from "../parts/text.ts";
import { onThemeChange } from "../parts/theme.ts";

type Distribution = Schemas["Distribution"];
type Column = Distribution["columns"][number];

interface HeatMapProps {
  readonly distribution: Distribution;
  /** What is counted: "rollouts by their reward". */
  readonly counted: string;
}

export function HeatMap({ distribution, counted }: HeatMapProps): ReactNode {
  const { section, name, least, greatest, notFinite, columns } = distribution;
  const canvas = useRef<HTMLCanvasElement>(null);
  // The last one, until somebody chooses another.
  const [chosen, setChosen] = useState<number>();
  const at = Math.min(chosen ?? Infinity, columns.length - 1);
  useEffect(() => {
    const draw = (): void => drawCells(canvas.current!, columns, at);
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(canvas.current!);
    const endTheme = onThemeChange(draw);
    return () => {
      resized.disconnect();
      endTheme();
    };
  }, [columns, at]);
  return (
    <figure className="chart heat-map">
      <figcaption>
        {name}
        <span className="last">{section}</span>
      </figcaption>
      <div className="plot">
        <div className="ends" aria-hidden="true">
          <span>{numberText(greatest)}</span>
          <span>{numberText(least)}</span>
        </div>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${counted}, from ${numberText(least)} to ${numberText(greatest)}`}
        />
        <input
          type="range"
          aria-label={`${section} ${name}: step`}
          aria-valuetext={readOut(columns[at]!)}
          min={0}
          max={columns.length - 1}
          value={at}
          onChange={({ target }) => setChosen(Number(target.value))}
        />
      </div>
      <output>
        {readOut(columns[at]!)}
        {notFinite > 0 && `; ${notFinite} of the run are not finite and in no bin`}
      </output>
    </figure>
  );
}

/** "steps 5–8: 64 values from 0.2 to 5.9, median 4.4". */
function readOut({ from, to, counts, least, median, greatest }: Column): string {
  const steps = from === to ? `step ${from}` : `steps ${from}–${to}`;
  if (least === undefined || median === undefined || greatest === undefined)
    return `${steps}: no values`;
  const count = counts.reduce((a, b) => a + b, 0);
  return `${steps}: ${numberText(count)} values from ${numberText(least)} to ${numberText(greatest)}, median ${numberText(median)}`;
}

/** A cell's colour goes from the ground to the accent by its share of the fullest bin of its column. */
function drawCells(canvas: HTMLCanvasElement, columns: readonly Column[], at: number): void {
  const { clientWidth, clientHeight } = canvas;
  [canvas.width, canvas.height] = [clientWidth * devicePixelRatio, clientHeight * devicePixelRatio];
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const [width, height] = [canvas.width / columns.length, canvas.height];
  context.fillStyle = style.getPropertyValue("--curve-0");
  columns.forEach(({ counts }, i) => {
    const fullest = Math.max(...counts, 1);
    const cell = height / counts.length;
    counts.forEach((count, bin) => {
      if (count === 0) return;
      context.globalAlpha = 0.12 + (0.88 * count) / fullest;
      context.fillRect(i * width, height - (bin + 1) * cell, Math.ceil(width), Math.ceil(cell));
    });
  });
  context.globalAlpha = 1;
  context.strokeStyle = style.getPropertyValue("--text");
  context.lineWidth = devicePixelRatio;
  context.strokeRect(at * width, 0, width, height);
}
