/** Small pictures of the sample documentation: diagrams, charts and logos as SVG, screenshots as PNG. */
import { crc32, deflateSync } from "node:zlib";
import type { Random } from "../../core/random.ts";

/** What a picture is of. */
export type PictureKind = "diagram" | "chart" | "screenshot" | "logo";

/** A picture's file. @example picture("chart", new Random("picture", 0)); // "<svg …" */
export const picture = (kind: PictureKind, random: Random): string | Uint8Array =>
  kind === "screenshot" ? screenshot(random) : `${svgOf(kind, random)}\n`;

const WIDTH = 160;
const HEIGHT = 100;

function svgOf(kind: Exclude<PictureKind, "screenshot">, random: Random): string {
  const hue = random.integer(0, 359);
  const fill = `fill="hsl(${hue} 60% 50%)"`;
  const shapes = {
    logo: () => `<circle cx="80" cy="50" r="${random.integer(20, 40)}" ${fill}/>`,
    chart: () =>
      Array.from({ length: 8 }, (_, i) => {
        const height = random.integer(10, 90);
        return `<rect x="${i * 20 + 2}" y="${HEIGHT - height}" width="16" height="${height}" ${fill}/>`;
      }).join(""),
    diagram: () =>
      Array.from({ length: 3 }, (_, i) => {
        const y = random.integer(10, 60);
        return `<rect x="${i * 55 + 5}" y="${y}" width="40" height="25" ${fill}/><path d="M${i * 55 + 45} ${y + 12}h15" stroke="#333"/>`;
      }).join(""),
  } as const;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">${shapes[kind]()}</svg>`;
}

/** A window with a bar and lines of text, in 8-bit grey. */
function screenshot(random: Random): Uint8Array {
  const lines = Array.from({ length: 6 }, () => random.integer(40, 140));
  const rows = Buffer.alloc(HEIGHT * (WIDTH + 1), 240);
  for (let y = 0; y < HEIGHT; y++) {
    const start = y * (WIDTH + 1);
    // The first byte of a row names its filter: none.
    rows[start] = 0;
    const line = y < 12 ? WIDTH : y % 14 < 5 ? (lines[Math.floor(y / 14) - 1] ?? 0) : 0;
    rows.fill(y < 12 ? 90 : 150, start + 1, start + 1 + line);
  }
  return png(rows);
}

/** The PNG of rows of grey bytes. Source: W3C PNG (Third Edition), §5 and §11. */
function png(rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
