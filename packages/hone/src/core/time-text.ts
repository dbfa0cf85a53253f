/** Times as Unix milliseconds: which ones hone stores, and how they are written. */

/** The last time that a date of JavaScript can name, 13 September 275760, in Unix milliseconds. */
export const latestTime = 8.64e15;

/** True for a time that can be stored: from 1970 to `latestTime`, in Unix milliseconds. */
export const isStorableTime = (time: number): boolean => time >= 0 && time <= latestTime;

/**
 * The time in ISO 8601, UTC. Stores of earlier versions may hold times that no date can name; they are written as a number.
 *
 * @param time  Unix milliseconds
 * @example isoTime(0); // "1970-01-01T00:00:00.000Z"
 */
export function isoTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}

/** The UTC day of a time in Unix milliseconds; "no date" for a time that no date can name. @example dayOf(0); // "1970-01-01" */
export function dayOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "no date" : date.toISOString().split("T")[0]!;
}

/** The UTC time of day; "no date" for a time that no date can name. @example clockText(0); // "00:00:00" */
export function clockText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "no date" : date.toISOString().split("T")[1]!.slice(0, 8);
}
