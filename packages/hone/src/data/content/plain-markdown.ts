/** Markdown without what is no text of the document: front matter, and of MDX its imports and expressions. Lines keep their numbers. */

/** Longest line that is read as Markdown, in characters. A longer one is data, which a reader does not see as text. */
const MAX_LINE = 100_000;

/** The document with every such part left blank. */
export function plainMarkdown(markdown: string, isMdx: boolean): string {
  const lines = markdown.split(/\r\n?|\n/).map((line) => (line.length > MAX_LINE ? "" : line));
  const text = withoutFrontMatter(lines).join("\n");
  return isMdx ? withoutExpressions(text) : text;
}

/** How many lines are longer than `MAX_LINE`. */
export const longLines = (markdown: string): number =>
  markdown.length <= MAX_LINE
    ? 0
    : markdown.split(/\r\n?|\n/).filter((line) => line.length > MAX_LINE).length;

function withoutFrontMatter(lines: readonly string[]): readonly string[] {
  if (lines[0]?.trimEnd() !== "---") return lines;
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === "---");
  return end < 0 ? lines : lines.map((line, i) => (i <= end ? "" : line));
}

/** `import pump from "./pump.png"` says which file `{pump}` is. */
const IMPORT = /^import\s+(\w+)\s+from\s+["']([^"']+)["'];?[ \t]*$/gm;

function withoutExpressions(text: string): string {
  // Blocks of code are the parts with odd places.
  const parts = text.split(/(^(?:```|~~~)[\s\S]*?^(?:```|~~~)[ \t]*$)/m);
  const imports = parts.flatMap((part, i) => (i % 2 === 1 ? [] : [...part.matchAll(IMPORT)]));
  const files = new Map(imports.map(([, name, file]) => [name!, file!]));
  return parts.map((part, i) => (i % 2 === 1 ? part : asHtml(part, files))).join("");
}

/** Components as HTML has them: attributes are texts, and those that are computed are left out. */
const asHtml = (prose: string, files: ReadonlyMap<string, string>): string =>
  prose
    .replaceAll(/^(import|export)\s.*$/gm, "")
    .replaceAll(/\{\/\*[\s\S]*?\*\/\}/g, blank)
    .replaceAll(
      /=\{\s*(?:require|useBaseUrl)\(\s*["']([^"']+)["']\s*\)(?:\.default)?\s*\}/g,
      '="$1"',
    )
    .replaceAll(/=\{\s*["'`]([^"'`$]*)["'`]\s*\}/g, '="$1"')
    .replaceAll(
      /=\{\s*(\w+)(?:\.src)?\s*\}/g,
      (_all, name: string) => `="${files.get(name) ?? ""}"`,
    )
    .replaceAll(/[ \t]+[\w-]+=\{\{[^}]*\}\}/g, blank)
    .replaceAll(/[ \t]+[\w-]+=\{[^{}]*\}/g, blank);

/** The same number of lines. */
const blank = (text: string): string => "\n".repeat(text.split("\n").length - 1);
