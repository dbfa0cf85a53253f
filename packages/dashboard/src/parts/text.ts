/** Numbers and times as the page writes them. */
import type { Schemas } from "../api/client.ts";

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** A share with its interval: "62 % [53, 71]". */
export const shareText = ({ value, low, high }: Schemas["Interval"]): string =>
  `${percent(value)} [${Math.round(100 * low)}, ${Math.round(100 * high)}]`;

/** A difference of shares in points: "+33 [15, 51]". */
export const pointsText = ({ value, low, high }: Schemas["Interval"]): string =>
  `${value > 0 ? "+" : ""}${Math.round(100 * value)} [${Math.round(100 * low)}, ${Math.round(100 * high)}]`;

/** Made once: a formatter of its own for each number takes most of the time of a column. */
const whole = new Intl.NumberFormat("en");

/** A number with three significant digits; whole ones from 1000 on. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return whole.format(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 3 });

/**
 * A number beside a mark of an axis, with as many digits as tell marks apart, and no more than have room.
 * @param distance  between two marks
 */
export function axisText(value: number, distance: number): string {
  const digits = digitsOf(distance);
  if (digits > 5) return value === 0 ? "0" : Number(value.toPrecision(3)).toExponential();
  if (digits === 0 && Math.abs(value) >= 100_000) return compact.format(value);
  return Number(value.toFixed(digits)).toLocaleString("en", { maximumFractionDigits: digits });
}

/** How many decimal places a distance has, as 2 of 0.25; 6 where it has more. */
function digitsOf(distance: number): number {
  for (let digits = 0; digits < 6; digits++) {
    const scaled = distance * 10 ** digits;
    if (Math.round(scaled) > 0 && Math.abs(scaled - Math.round(scaled)) < 1e-9 * scaled)
      return digits;
  }
  return 6;
}

/** Dollars: "$12.40", "$0.0031". */
export const dollarsText = (usd: number): string => `$${usd.toFixed(usd < 1 ? 4 : 2)}`;

/** A length of time: "340 ms", "1.24 s", "3 m 05 s". */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

/** A time in the zone of the person who looks: "2026-01-09 12:00:05". */
export function timeText(time: number | string): string {
  const { day, minute, second } = partsOf(new Date(time));
  return `${day} ${minute}:${second}`;
}

/**
 * Times beside the marks of an axis, in the zone of the person who looks: "12:00", and below the first one and each later day's
 * first its date; days where the marks are that far apart.
 * @param times  in Unix seconds
 * @param distance  between two marks, in seconds
 */
export function timeAxisTexts(times: readonly number[], distance: number): string[] {
  const parts = times.map((time) => partsOf(new Date(1000 * time)));
  return parts.map(({ day, minute, second }, i) => {
    if (distance >= 86_400) return day;
    const clock = distance < 60 ? `${minute}:${second}` : minute;
    return day === parts[i - 1]?.day ? clock : `${clock}\n${day}`;
  });
}

/** The parts of a time: "2026-01-09", "12:00", "05". */
function partsOf(date: Date): {
  readonly day: string;
  readonly minute: string;
  readonly second: string;
} {
  const two = (value: number): string => String(value).padStart(2, "0");
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    minute: `${two(date.getHours())}:${two(date.getMinutes())}`,
    second: two(date.getSeconds()),
  };
}
