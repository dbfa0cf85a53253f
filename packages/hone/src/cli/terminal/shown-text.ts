/**
 * Makes texts of models, tools and files safe to print on a terminal, and measures how wide they are there.
 *
 * Such a text may hold escape sequences (colours, cursor jumps, titles, links) and marks that turn the direction of
 * writing. Each such character is replaced by a visible sign.
 */

/** C0 except tab and line feed, DEL, C1, line separators, marks of direction, and halves of surrogate pairs. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** The visible sign of a character that would act on the terminal. */
function sign(character: string): string {
  const code = character.charCodeAt(0);
  // Unicode has pictures of ASCII's control characters: ␀ … ␟ and ␡.
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** The lines of a text, safe to print; a tab is two spaces. */
export const shownLines = (text: string): string[] =>
  text.replaceAll(/\r\n?/g, "\n").replaceAll("\t", "  ").replaceAll(UNSAFE, sign).split("\n");

/** The text in one line, safe to print; each run of white space is one space. */
export const shownLine = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll(UNSAFE, sign).trim();

/** The text with unsafe characters replaced and its line ends kept, for messages of several lines. */
export const shownText = (text: string): string => text.replaceAll(UNSAFE, sign);

/** JSON that is safe to print: it escapes C0 by itself, and the other unsafe characters here. It parses to the same value. */
export const shownJson = (
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
): string =>
  JSON.stringify(value, replacer).replaceAll(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

let segmenter: Intl.Segmenter | undefined;

/** The characters as a reader sees them. The segmenter is made when it is first needed: its data takes 25 ms to load. */
function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

const PLAIN = /^[\u0020-\u007e]*$/;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const MARK = /^[\p{M}\u200b-\u200d]+$/u;

const widthOfOne = (grapheme: string): number =>
  MARK.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1;

/** How many columns a safe text takes. @example shownWidth("日本 a"); // 6 */
export function shownWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += widthOfOne(segment);
  return width;
}

/** A safe text cut to at most `width` columns; a cut text ends in "…". */
export function fitted(text: string, width: number): string {
  // A character takes at most two columns, so a short text needs no measuring.
  if (text.length * 2 <= width || shownWidth(text.slice(0, 2 * width + 2)) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemesOf(text)) {
    used += widthOfOne(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A safe text with spaces behind it, `width` columns wide. */
export const padded = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - shownWidth(text)));

/** A safe line broken into lines of at most `width` columns, at spaces if there are any. */
export function wrapped(line: string, width: number): string[] {
  if (shownWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  let used = 0;
  let space = -1;
  for (const { segment } of graphemesOf(line)) {
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
