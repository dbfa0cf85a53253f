/**
 * What a program prints on a terminal, as an SVG picture for a document:
 *
 *     FORCE_COLOR=1 npx hone traces show --last | node scripts/run.js scripts/terminal-picture.ts "hone traces show --last" > picture.svg
 *
 * Read are the colours and weights that `styleText` of node:util writes; every other escape sequence is left out.
 */
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";

const size = { font: 13, line: 19, character: 7.83, margin: 16, title: 34 };
const colours: Readonly<Record<number, string>> = {
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
  90: "#8b949e",
};

/** Letters in a row that look alike. */
interface Piece {
  readonly text: string;
  readonly style: string;
}

/** SGR sequences: 1 bold, 2 dim, 30–37 and 90–97 colours, 22 and 39 back to plain, 0 all plain. */
function piecesOf(line: string): Piece[] {
  const style = { weight: "", colour: "" };
  const [first = "", ...others] = line.split("\u001b[");
  const pieces: Piece[] = [{ text: first, style: "" }];
  for (const other of others) {
    const [, codes, rest = ""] = /^([\d;]*)m(.*)$/s.exec(other) ?? [];
    if (codes === undefined) continue;
    for (const code of codes.split(";").map(Number)) {
      if (code === 0 || code === 22) style.weight = "";
      if (code === 1) style.weight = ' font-weight="bold"';
      if (code === 2) style.weight = ' fill-opacity="0.6"';
      if (code === 0 || code === 39) style.colour = "";
      if (code in colours) style.colour = ` fill="${colours[code]}"`;
    }
    pieces.push({ text: rest, style: style.weight + style.colour });
  }
  return pieces.filter((piece) => piece.text !== "");
}

const escaped = (plain: string): string =>
  plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function picture(title: string, lines: readonly string[]): string {
  const longest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const width = Math.ceil(2 * size.margin + longest * size.character);
  const height = size.title + 2 * size.margin + lines.length * size.line;
  const rows = lines.map((line, i) => {
    const y = size.title + size.margin + i * size.line + size.font;
    const spans = piecesOf(line).map(
      ({ text: t, style }) => `<tspan${style}>${escaped(t)}</tspan>`,
    );
    return `<text x="${size.margin}" y="${y}" xml:space="preserve">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${size.font}" fill="#e6edf3">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<text x="${size.margin}" y="23" fill="#8b949e">$ ${escaped(title)}</text>
${rows.join("\n")}
</svg>
`;
}

const printed = (await text(process.stdin)).trimEnd().split("\n");
process.stdout.write(picture(process.argv[2] ?? "", printed));
