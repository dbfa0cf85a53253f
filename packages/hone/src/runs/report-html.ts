/**
 * A page of Markdown as one HTML file: pictures are inside it, it loads nothing and runs no script. Nothing that a model or a
 * user wrote becomes HTML: tags in the Markdown are shown as text, and the page's policy forbids everything but its own style.
 */
import MarkdownIt from "markdown-it";
import type { Picture } from "./report-pictures.ts";
import { runFiles } from "./run-folder.ts";

/** The page of a Markdown text whose pictures lie in `pictures/`. Its title is the first heading. */
export function htmlPage(markdown: string, pictures: readonly Picture[]): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? "report";
  // The comment at the head of a page tells programs its layout.
  const text = markdown.replace(/^<!--.*-->\n+/, "");
  const svgs = pictures.map(({ file, svg }) => [`${runFiles.pictures}/${file}`, svg] as const);
  const renderer = rendererOf(new Map(svgs));
  const body = renderer.render(text);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${renderer.utils.escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    `<body><main>${body}</main></body>`,
    "</html>",
    "",
  ].join("\n");
}

/** Renders Markdown with these pictures, by their paths. */
function rendererOf(svgs: ReadonlyMap<string, string>) {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  // Line breaks in cells of tables, the one tag that the pages use.
  markdown.inline.ruler.before("html_inline", "line_break", (state, silent) => {
    if (!state.src.startsWith("<br>", state.pos)) return false;
    if (!silent) state.push("hardbreak", "br", 0);
    state.pos += "<br>".length;
    return true;
  });
  const { rules } = markdown.renderer;
  // A picture of the page stands in it; of any other only the caption is shown.
  rules["image"] = (tokens, index) => {
    const picture = tokens[index]!;
    const caption = markdown.utils.escapeHtml(picture.content);
    const svg = svgs.get(String(picture.attrGet("src"))) ?? "";
    return `<figure>${svg}<figcaption>${caption}</figcaption></figure>`;
  };
  rules["text"] = (tokens, index) =>
    markdown.utils
      .escapeHtml(tokens[index]!.content)
      .replaceAll(figures, '<span class="figure">$&</span>');
  // Wide tables scroll by themselves.
  rules["table_open"] = () => '<div class="wide"><table>';
  rules["table_close"] = () => "</table></div>";
  return markdown;
}

const figure = String.raw`[-+−]?\d[\d.]*(?: (?:%|points))?`;

/** Intervals, "[0.86, 0.97]", and numbers with their unit, "12 %", which lines do not break. */
const figures = new RegExp(String.raw`\[${figure}, ${figure}\]|${figure}`, "g");

const style = `
:root { color-scheme: light dark; --ink: #1f2933; --quiet: #5b6770; --line: #d5dbe1; --page: #fff; --shade: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --quiet: #9aa5af; --line: #37424c; --page: #14191e; --shade: #1d242b; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
.figure { white-space: nowrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--shade); }
code, pre { font: .85em/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--shade); }
code { padding: .1em .25em; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { padding: .75rem; overflow-x: auto; }
pre code { padding: 0; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: .9rem; }
`;
