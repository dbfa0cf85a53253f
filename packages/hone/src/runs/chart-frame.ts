/** The frame of a chart, as SVG text: a light card, a title, two labelled axes with round numbers, a legend. */

/** How the numbers of an axis are written. */
export type AxisFormat = "number" | "percent" | "integer";

/** One axis of a chart. */
export interface Axis {
  /** Its name, with its unit in brackets where it has one: "loss (nats per token)". */
  readonly label: string;
  readonly format?: AxisFormat;
}

/** The numbers that an axis shows. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One line of a legend. */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
}

/** Everything of a chart but its content. */
export interface Frame {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly xRange: Range;
  readonly yRange: Range;
  readonly legend: readonly LegendEntry[];
  /** Names under the x axis instead of numbers, each with its number on the axis. */
  readonly xNames?: readonly { readonly at: number; readonly name: string }[];
}

/** Colours that people with colour blindness can tell apart (Okabe and Ito 2008), a little darker for thin lines on white. */
const palette = ["#0067a5", "#d1600a", "#00805e", "#a8458a", "#7a6a00", "#4f5d75"] as const;

/** The colour of a series by its index. */
export const colorOf = (index: number): string => palette[index % palette.length]!;

const width = 760;
/** Of a chart whose names on the x axis take one line. */
const height = 380;
/** The distance of two lines of a name, in px. */
const lineHeight = 15;
const plot = { left: 72, right: width - 24, top: 64, bottom: height - 56 } as const;
const ink = "#1f2933";
const quietInk = "#5b6770";
const gridLine = "#e6eaee";
/** The average width of a character of 12 px, in px, since text cannot be measured without a browser. */
const characterWidth = 6.6;

/** About how wide a text of 12 px is, in px. */
export const textWidth = (content: string): number => content.length * characterWidth;

/** From numbers to pixels. */
export interface Scale {
  x(value: number): number;
  y(value: number): number;
}

/** The scale of a chart with these ranges. */
export function scaleOf(xRange: Range, yRange: Range): Scale {
  const place = (range: Range, from: number, to: number) => (value: number) =>
    from + ((value - range.low) / (range.high - range.low)) * (to - from);
  return {
    x: place(xRange, plot.left, plot.right),
    y: place(yRange, plot.bottom, plot.top),
  };
}

/** The chart as SVG text: the frame with `content` (SVG elements) drawn over its grid. */
export function drawFrame(frame: Frame, content: readonly string[]): string {
  const scale = scaleOf(frame.xRange, frame.yRange);
  const title = escapeXml(frame.title);
  const names = xNamesOf(frame, scale);
  const lines = Math.max(1, ...names.map((name) => name.lines.length));
  const whole = height + (lines - 1) * lineHeight;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" width="${width}" height="${whole}" role="img" aria-label="${title}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${whole}" rx="6" fill="#ffffff" stroke="#d5dbe1"/>`,
    text(plot.left, 28, frame.title, `font-size="16" font-weight="600" fill="${ink}"`),
    ...drawLegend(frame.legend),
    ...drawYAxis(frame, scale),
    ...content,
    ...drawXAxis(names, scale),
    text(
      (plot.left + plot.right) / 2,
      whole - 14,
      frame.x.label,
      `text-anchor="middle" fill="${ink}"`,
    ),
    "</svg>",
  ].join("\n")}\n`;
}

function drawLegend(entries: readonly LegendEntry[]): string[] {
  let x: number = plot.left;
  return entries.flatMap(({ name, color }) => {
    const at = x;
    x += 20 + textWidth(name) + 18;
    return [
      `<rect x="${round(at)}" y="41" width="14" height="8" rx="2" fill="${color}"/>`,
      text(at + 20, 49, name, `fill="${quietInk}"`),
    ];
  });
}

function drawYAxis(frame: Frame, scale: Scale): string[] {
  const middle = (plot.top + plot.bottom) / 2;
  const ticks = ticksOf(frame.yRange, 5, frame.y.format);
  return [
    ...ticks.flatMap((value) => {
      const y = round(scale.y(value));
      const label = formatTick(value, ticks, frame.y.format);
      return [
        `<line x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}" stroke="${gridLine}"/>`,
        text(plot.left - 8, y + 4, label, `text-anchor="end" fill="${quietInk}"`),
      ];
    }),
    text(
      18,
      middle,
      frame.y.label,
      `text-anchor="middle" transform="rotate(-90 18 ${middle})" fill="${ink}"`,
    ),
  ];
}

/** A name under the x axis, in lines. */
interface XName {
  readonly at: number;
  readonly lines: readonly string[];
}

/** The names of the frame, broken where a name has no room beside its neighbours, or its numbers. */
function xNamesOf({ xRange, x, xNames }: Frame, scale: Scale): readonly XName[] {
  if (xNames === undefined) {
    const ticks = ticksOf(xRange, 8, x.format);
    return ticks.map((at) => ({ at, lines: [formatTick(at, ticks, x.format)] }));
  }
  const room = scale.x(1) - scale.x(0) - characterWidth;
  return xNames.map(({ at, name }) => ({ at, lines: brokenText(name, room) }));
}

/** Lines of at most so many px, broken between words; a word that is longer is broken itself. */
export function brokenText(content: string, room: number): readonly string[] {
  const most = Math.max(1, Math.floor(room / characterWidth));
  const pieces = content.split(/\s+/).flatMap((word) => word.match(chunksOf(most)) ?? []);
  return pieces.reduce<string[]>((lines, piece) => {
    const longer = lines.length === 0 ? piece : `${lines.at(-1)} ${piece}`;
    return longer.length <= most && lines.length > 0
      ? [...lines.slice(0, -1), longer]
      : [...lines, piece];
  }, []);
}

const chunksOf = (most: number): RegExp => new RegExp(`.{1,${most}}`, "gu");

function drawXAxis(names: readonly XName[], scale: Scale): string[] {
  return [
    `<line x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}" stroke="#8a949e"/>`,
    ...names.flatMap(({ at, lines }) =>
      lines.map((line, i) => {
        const y = plot.bottom + 18 + i * lineHeight;
        return text(scale.x(at), y, line, `text-anchor="middle" fill="${quietInk}"`);
      }),
    ),
  ];
}

/** About `wanted` round numbers inside a range, whose distance is 1, 2 or 5 times a power of ten. */
export function ticksOf(range: Range, wanted: number, format: AxisFormat = "number"): number[] {
  const rough = (range.high - range.low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.75) ?? 10);
  const step = format === "integer" ? Math.max(1, round) : round;
  const first = Math.ceil(range.low / step - 1e-9);
  const last = Math.floor(range.high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** A range around all numbers and around `include`, with a little room; never empty. */
export function rangeOf(values: readonly number[], include: readonly number[] = []): Range {
  const finite = [...values, ...include].filter(Number.isFinite);
  if (finite.length === 0) return { low: 0, high: 1 };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  if (low === high)
    return { low: low - (Math.abs(low) * 0.1 || 1), high: high + (Math.abs(high) * 0.1 || 1) };
  const room = (high - low) * 0.06;
  return {
    low: include.includes(low) ? low : low - room,
    high: include.includes(high) ? high : high + room,
  };
}

function formatTick(
  value: number,
  ticks: readonly number[],
  format: AxisFormat = "number",
): string {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : Math.abs(value) || 1;
  if (format === "integer") return String(value);
  if (format === "percent") return `${(value * 100).toFixed(step < 0.01 ? 1 : 0)} %`;
  const size = Math.max(...ticks.map(Math.abs));
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value === 0 ? "0" : value.toExponential(1);
  // A minus sign, since a hyphen is narrower than a digit.
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9))).replace("-", "−");
}

/** A text element at a point; `attributes` are SVG. */
export function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

/** Rounds to a tenth of a pixel. */
export const round = (value: number): number => Math.round(value * 10) / 10;

function escapeXml(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/\p{Cc}/gu, " ");
}
