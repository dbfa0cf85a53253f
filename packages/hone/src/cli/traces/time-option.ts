/** Times on a command line: dates in UTC, or how long ago. */
import { InvalidArgumentError } from "commander";
import { isoTime } from "../../core/time-text.ts";

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * A parser of times: dates in UTC with or without a time of day, or how long ago. Gives Unix milliseconds.
 * @example timeBy(() => Date.UTC(2026, 0, 8))("7d"); // 1 January 2026
 */
export function timeBy(now: () => number = Date.now): (text: string) => number {
  return (text) => {
    const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
    if (ago !== null)
      return Math.max(0, now() - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs]);
    const isDate = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(text);
    const utc = text.length > 10 && !text.endsWith("Z") ? `${text}Z` : text;
    const time = isDate ? Date.parse(utc.replace(" ", "T")) : NaN;
    // JavaScript reads 30 February as 2 March.
    if (Number.isNaN(time) || isoTime(time).slice(0, 10) !== text.slice(0, 10))
      throw new InvalidArgumentError(
        "Give a date such as 2026-01-31, or how long ago: 30m, 2h, 7d",
      );
    return time;
  };
}
