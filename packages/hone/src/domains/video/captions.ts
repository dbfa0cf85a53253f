/**
 * Captions of a video as a list of cues, read from the text of a file: SubRip (.srt), WebVTT (.vtt), or plain lines (.txt).
 *
 *     [0:12] Mia washes the cup          a plain line with its start
 *     0:12 - 0:15 Mia washes the cup     with its start and end
 *     Mia washes the cup                 without a time: it has an order only
 */
import { captionsInvalid, type Cue, type FileCue } from "./cue.ts";
import { readSubtitles } from "./subtitle-blocks.ts";
import { readTimedLines } from "./timed-lines.ts";

/** What was read. */
export interface Captions {
  /** The captions in the order of their times. */
  readonly cues: readonly Cue[];
  /** What is odd about them, with the line: overlaps, captions without words. */
  readonly warnings: readonly string[];
}

/**
 * Reads the captions of a text; its form is seen from what it holds.
 * @throws CAPTIONS_INVALID naming the line: a time that cannot be read, one that ends before it begins, one that begins before the one
 *   above it; a text without captions
 * @example readCaptions("[0:12] Mia washes the cup").cues; // [{ number: 1, start: 12, text: "Mia washes the cup" }]
 */
export function readCaptions(text: string): Captions {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const isSubtitles = /^WEBVTT\b/.test(lines[0]!) || lines.some((line) => line.includes("-->"));
  const read = isSubtitles ? readSubtitles(lines) : readTimedLines(lines);
  const spoken = read.filter((cue) => cue.text !== "");
  if (spoken.length === 0) throw captionsInvalid(1, "there is no caption with words");
  const silent = read.filter((cue) => cue.text === "");
  return {
    cues: spoken.map(({ line: _line, ...cue }, i) => ({ number: i + 1, ...cue })),
    warnings: [
      ...silent.map(({ line }) => `line ${line}: a caption without words is left out`),
      ...timeProblems(spoken),
    ],
  };
}

/** Warnings of overlaps. @throws CAPTIONS_INVALID for times that go backwards */
function timeProblems(cues: readonly FileCue[]): readonly string[] {
  const warnings: string[] = [];
  for (const [i, { start, end, line }] of cues.entries()) {
    if (start === undefined) continue;
    if (end !== undefined && end < start)
      throw captionsInvalid(line, `it ends at ${end} s, before it begins at ${start} s`);
    const before = cues[i - 1];
    if (before?.start === undefined) continue;
    if (start < before.start) {
      const earlier = `before the caption of line ${before.line}, which begins at ${before.start} s`;
      throw captionsInvalid(line, `it begins at ${start} s, ${earlier}`);
    }
    const overlap = (before.end ?? start) - start;
    if (overlap > 0) {
      const seconds = Math.round(1000 * overlap) / 1000;
      warnings.push(`line ${line}: it overlaps the caption of line ${before.line} by ${seconds} s`);
    }
  }
  return warnings;
}
