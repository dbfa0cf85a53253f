/**
 * Texts of strangers on a terminal: no control character gets through, and columns count what is seen.
 *
 * What a model or a tool wrote may hold escape sequences (colours, cursor jumps, titles, links) and marks that turn the
 * direction of writing; each such character is shown as a sign of its own.
 */

/** C0 but tab and line feed, DEL, C1, line separators, marks of direction, halves of surrogate pairs. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** One sign for each character that does something instead of showing. */
function sign(character: string): string {
  const code = character.charCodeAt(0);
  // Unicode has pictures of the oldest ones: ␀ … ␟ and ␡.
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** The lines of a text, safe to print. */
export const shownLines = (text: string): string[] =>
  text.replaceAll(/\r\n?/g, "\n").replaceAll("\t", "  ").replaceAll(UNSAFE, sign).split("\n");

/** The text on one line, safe to print: runs of white space are one space. */
export const shownLine = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll(UNSAFE, sign).trim();

/** The text as it is but for what is unsafe: for messages that have lines of their own. */
export const shownText = (text: string): string => text.replaceAll(UNSAFE, sign);

/** JSON escapes C0 by itself; the rest of what a terminal obeys is escaped here. It reads back as the same. */
export const shownJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const PLAIN = /^[\u0020-\u007e]*$/;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const MARK = /^[\p{M}\u200b-\u200d]+$/u;

const widthOfOne = (grapheme: string): number =>
  MARK.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1;

/** Columns a safe text takes. @example shownWidth("日本 a"); // 6 */
export function shownWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfOne(segment);
  return width;
}

/** At most so many columns of a safe text; what is cut ends in "…". */
export function fitted(text: string, width: number): string {
  // No text of so few characters is wider, however wide they are.
  if (text.length * 2 <= width || shownWidth(text.slice(0, 2 * width + 2)) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOfOne(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Spaces behind, up to so many columns. */
export const padded = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - shownWidth(text)));

/** A safe line as lines of at most so many columns, broken at spaces where there are some. */
export function wrapped(line: string, width: number): string[] {
  if (shownWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  let used = 0;
  let space = -1;
  for (const { segment } of graphemes.segment(line)) {
    const own = widthOfOne(segment);
    if (used + own > width) {
      const at = segment === " " || space <= 0 ? current.length : space;
      lines.push(current.slice(0, at));
      current = current.slice(at).trimStart();
      used = shownWidth(current);
      space = -1;
      if (segment === " ") continue;
    }
    if (segment === " ") space = current.length;
    current += segment;
    used += own;
  }
  return current === "" ? lines : [...lines, current];
}

/** "1 trace", "2 traces" */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? "" : "s"}`;
