/** Cues of plain lines, each with its start, its start and end, or without times. */
import { captionsInvalid, type FileCue, secondsOf } from "./cue.ts";

/** A time, or two with a dash between them, in brackets or not, in front of the words. */
const timed =
  /^\s*[[(]?\s*([\d:.,]*\d:\d{2}[\d.,]*)\s*(?:(?:-|–|to)\s*([\d:.,]*\d:\d{2}[\d.,]*)\s*)?[\])]?\s*[-:–]?\s*(.*)$/;

/**
 * A line without a time goes on with the caption above it; where no line has one, each is a caption.
 * @throws CAPTIONS_INVALID for a time that cannot be read
 */
export function readTimedLines(lines: readonly string[]): readonly FileCue[] {
  const isTimed = lines.some((line) => timed.test(line));
  const cues: FileCue[] = [];
  for (const [i, line] of lines.entries()) {
    const words = line.replace(/\s+/g, " ").trim();
    if (words === "") continue;
    const times = timed.exec(line);
    const last = cues.at(-1);
    if (times !== null) cues.push(timedCue(times, i + 1));
    else if (!isTimed) cues.push({ text: words, line: i + 1 });
    else if (last === undefined) throw captionsInvalid(i + 1, "it stands before the first time");
    else cues[cues.length - 1] = { ...last, text: `${last.text} ${words}`.trim() };
  }
  return withEnds(cues);
}

function timedCue([, from = "", to, words = ""]: RegExpExecArray, line: number): FileCue {
  const time = (text: string): number => {
    const seconds = secondsOf(text);
    if (seconds !== undefined) return seconds;
    throw captionsInvalid(line, `"${text}" is no time such as 1:02 or 1:02:03.5`);
  };
  const end = to === undefined ? {} : { end: time(to) };
  return { start: time(from), ...end, text: words.replace(/\s+/g, " ").trim(), line };
}

/** A caption without an end lasts until the next one begins. */
const withEnds = (cues: readonly FileCue[]): readonly FileCue[] =>
  cues.map((cue, i) => {
    const next = cues[i + 1]?.start;
    const isOpen = cue.end === undefined && cue.start !== undefined && next !== undefined;
    return isOpen && next >= cue.start ? { ...cue, end: next } : cue;
  });
