/** Captions of a video, one by one, and their times. */
import { HoneError } from "../../core/errors.ts";

/** One caption. */
export interface Cue {
  /** Its place, from 1. */
  readonly number: number;
  /** When it begins, in seconds; absent where the file has no times. */
  readonly start?: number;
  /** When it ends, in seconds; absent where the file does not say it. */
  readonly end?: number;
  /** Its words, without tags of style. */
  readonly text: string;
}

/** A cue as it stands in a file. */
export interface FileCue extends Omit<Cue, "number"> {
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** The error for a line of captions. */
export const captionsInvalid = (line: number, problem: string): HoneError =>
  new HoneError("CAPTIONS_INVALID", { line, problem });

/** Seconds of "1:02:03.5", "02:03,500" or "2:03"; undefined for another text. */
export function secondsOf(text: string): number | undefined {
  const match = /^(?:(\d+):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0", fraction = "0"] = match;
  if (Number(seconds) > 59) return undefined;
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds) + Number(`0.${fraction}`);
}
