/** Cues of SubRip and WebVTT files: blocks of lines, of which one has the times and those behind it the words. */
import { captionsInvalid, type FileCue, secondsOf } from "./cue.ts";

/** Blocks of WebVTT that are no cues. */
const noCue = /^(?:WEBVTT|NOTE|STYLE|REGION)\b/;

/** @throws CAPTIONS_INVALID for a block without times, and for times that cannot be read */
export function readSubtitles(lines: readonly string[]): readonly FileCue[] {
  return blocksOf(lines).flatMap(({ line, rows }): readonly FileCue[] => {
    if (noCue.test(rows[0]!)) return [];
    // Above the times there may be a number or a name.
    const at = rows.findIndex((row) => row.includes("-->"));
    if (at < 0 || at > 1) throw captionsInvalid(line, 'it has no times such as "00:12 --> 00:15"');
    const times = timesOf(rows[at]!, line + at);
    return [{ ...times, text: plainText(rows.slice(at + 1)), line: line + at }];
  });
}

interface Block {
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly rows: readonly string[];
}

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: { line: number; rows: string[] }[] = [];
  let isOpen = false;
  for (const [i, line] of lines.entries()) {
    const isEmpty = line.trim() === "";
    if (!isEmpty && isOpen) blocks.at(-1)!.rows.push(line);
    else if (!isEmpty) blocks.push({ line: i + 1, rows: [line] });
    isOpen = !isEmpty;
  }
  return blocks;
}

/** Behind the end WebVTT may have settings, such as "align:start". */
function timesOf(row: string, line: number): { readonly start: number; readonly end: number } {
  const [from = "", rest = ""] = row.split("-->");
  const [to = ""] = rest.trim().split(/\s+/);
  const [start, end] = [secondsOf(from), secondsOf(to)];
  if (start !== undefined && end !== undefined) return { start, end };
  const wrong = start === undefined ? from : to;
  throw captionsInvalid(line, `"${wrong.trim()}" is no time such as 00:01:02,500`);
}

const entities: Readonly<Record<string, string>> = {
  ...{ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&quot;": '"', "&lrm;": "" },
};

/** The words without tags of style; a speaker's name, `<v Mia>`, stays in front of them. */
const plainText = (rows: readonly string[]): string =>
  rows
    .join(" ")
    .replace(/<v(?:\.[\w.]+)?\s+([^>]+)>/g, "$1: ")
    .replace(/<[^>]*>|\{\\[^}]*\}/g, "")
    .replace(/&\w+;/g, (entity) => entities[entity] ?? entity)
    .replace(/\s+/g, " ")
    .trim();
