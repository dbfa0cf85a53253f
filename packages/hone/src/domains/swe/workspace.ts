/** The files of a repository while an agent works on it: reading, writing, repairing a line. */
import type { Files } from "./tasks.ts";

/** Longest file, in characters. */
const maxFile = 20_000;

/** What came of a change: the files after it, or why there is none. */
export type Change = { readonly files: Files } | { readonly problem: string };

/** A file with its lines numbered. */
export const numbered = (text: string): string =>
  linesOf(text)
    .map((line, i) => `${i + 1} ${line}`)
    .join("\n");

/** The lines of a file, without the end of its last. */
export const linesOf = (text: string): readonly string[] => text.replace(/\n$/, "").split("\n");

/**
 * A line repaired: "src/range.js:2 > ==> <" puts the second text in the place of the first, which the line holds once; without a first
 * text the whole line is replaced.
 */
export function patched(files: Files, argument: string): Change {
  const match = /^\s*(\S+?):(\d+)\s+(?:(?!==>)(\S.*?)\s+)?==>(?:\s(.*))?$/s.exec(argument);
  if (match === null) return { problem: "write FILE:LINE OLD ==> NEW" };
  const [, path = "", number = "", old, next = ""] = match;
  const text = own(files, path);
  if (text === undefined) return { problem: `there is no file ${path}` };
  const lines = linesOf(text);
  const line = lines[Number(number) - 1];
  if (line === undefined) return { problem: `${path} has ${lines.length} lines` };
  const pieces = old === undefined ? ["", ""] : line.split(old);
  if (pieces.length !== 2) {
    const count = pieces.length === 1 ? "does not hold" : "holds more than once";
    return { problem: `line ${number} ${count} ${old}` };
  }
  const repaired = lines.with(Number(number) - 1, pieces.join(next.trimEnd()));
  return written(files, path, `${repaired.join("\n")}\n`);
}

/** A file written anew: its path, then its text behind a blank or on the next lines. */
export function rewritten(files: Files, argument: string): Change {
  const match = /^\s*(\S+)[ \n]([\s\S]+)$/.exec(argument);
  if (match === null) return { problem: "write FILE and its text" };
  const [, path = "", text = ""] = match;
  if (!isInside(path)) return { problem: `${path} is outside of the repository` };
  return written(files, path, text.endsWith("\n") ? text : `${text}\n`);
}

function written(files: Files, path: string, text: string): Change {
  if (text.length > maxFile) return { problem: `a file has ${maxFile} characters at most` };
  return { files: { ...files, [path]: text } };
}

/** The text of a file; undefined where there is none. */
export const own = (files: Files, path: string): string | undefined =>
  Object.hasOwn(files, path) ? files[path] : undefined;

const isInside = (path: string): boolean => !/^\/|(?:^|\/)\.\.(?:\/|$)/.test(path);

/** Whether a path is of a test. */
export const isTest = (path: string): boolean => path.startsWith("test/");

/** How many lines of the repository differ, tests apart: of each file the larger of the lines that are gone and those that came. */
export function changedLines(before: Files, after: Files): number {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths]
    .filter((path) => !isTest(path))
    .reduce((sum, path) => sum + differing(own(before, path) ?? "", own(after, path) ?? ""), 0);
}

function differing(before: string, after: string): number {
  if (before === after) return 0;
  const [gone, came] = [linesOf(before), linesOf(after)].map((lines) => new Map(countsOf(lines)));
  const excess = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number =>
    [...a].reduce((sum, [line, count]) => sum + Math.max(0, count - (b.get(line) ?? 0)), 0);
  return Math.max(excess(gone!, came!), excess(came!, gone!));
}

function countsOf(lines: readonly string[]): readonly (readonly [string, number])[] {
  return [...Map.groupBy(lines, (line) => line)].map(([line, same]) => [line, same.length]);
}
