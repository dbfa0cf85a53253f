import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { extractImages } from "./extract-images.ts";
import { imageConfidence } from "./image-confidence.ts";
import { imageType } from "./image-type.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hone-extract-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes files into the folder. */
function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const extract = (minConfidence = 0, more: object = {}) =>
  extractImages({ folders: [{ path: folder, ...more }], minConfidence });

describe("the extraction of images", () => {
  it("keeps what is known of an image, with the file that its address means", async () => {
    write({
      "guide/pump.md":
        '# Pump\n\nThe pump lifts water through the valve on its left side into the tank above.\n\n![How the pump lifts water](../img/lift%20up.svg "Lifting")\n',
      "img/lift up.svg": "<svg/>",
    });
    const { pairs } = await extract();
    expect(pairs).toEqual([
      {
        url: "../img/lift%20up.svg",
        file: "img/lift up.svg",
        alt: "How the pump lifts water",
        title: "Lifting",
        headings: ["Pump"],
        before: "The pump lifts water through the valve on its left side into the tank above.",
        after: "",
        source: `${folder.split("/").at(-1)}/guide/pump.md`,
        line: 5,
        type: "other",
        // All but the context after it.
        confidence: 0.9,
        band: "high",
      },
    ]);
  });

  it("leaves out badges, pixels, duplicates, what is missing and what is too uncertain, and counts each", async () => {
    write({
      "a.md": [
        "![v](https://img.shields.io/badge/v-1-green)",
        "![build](https://github.com/a/b/actions/workflows/ci.yml/badge.svg)",
        "[![ci](https://travis-ci.org/a/b.svg?branch=main)](https://travis-ci.org/a/b)",
        "![c](https://codecov.io/gh/a/b/branch/main/graph/badge.svg) ![p](https://badge.fury.io/py/a.svg)",
        "![c](https://circleci.com/gh/a/b.svg) ![b](https://mybinder.org/badge_logo.svg)",
        "![o](https://colab.research.google.com/assets/colab-badge.svg)",
        '<img src="https://count.example/me.png" width="1" height="1">',
        "![gone](gone.png)",
        "![](data:image/png;base64,AAAA)",
        "![]()",
        "![](x.png)",
      ].join("\n\n"),
      "b.md": "# One\n\n![The whole machine](x.png)\n",
      "c.md": "![The whole machine](./x.png)\n",
      "x.png": "",
    });
    const { stats, pairs } = await extract(0.4);
    expect(stats).toMatchObject({ files: 3, images: 15, kept: 1 });
    expect(stats.excluded).toEqual({
      ...{ badge: 8, pixel: 1, missing: 1, embedded: 1, no_address: 1, duplicate: 2 },
    });
    expect(pairs.map(({ source }) => source.split("/").at(-1))).toEqual(["b.md"]);
    expect((await extract(0.9)).stats.excluded).toMatchObject({ confidence: 1 });
  });

  it("reads a storage without README.md and files at its root, and no hidden or linked folder", async () => {
    const page = "![A machine](https://pump.example/a.png)";
    write({
      "root.md": page,
      "README.md": page,
      "pages/README.md": page,
      "pages/one.md": page,
      "pages/two.mdx": page,
      ".git/three.md": page,
      "pages/node_modules/four.md": page,
    });
    symlinkSync(folder, join(folder, "pages", "circle"));
    expect((await extract(0, { isStorage: true })).stats.files).toBe(2);
    expect((await extract()).stats.files).toBe(5);
  });

  it("reads other encodings, counts them, and leaves lines blank that are data", async () => {
    const text = "# Übung\n\n![Die grüne Pumpe läuft](https://pump.example/a.png)\n";
    write({
      "utf16.md": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
      "mark.md": `\uFEFF${text}`,
      "latin.md": Buffer.from(text, "latin1"),
      "long.md": `${"x".repeat(10_000_000)}\n\n![Pump of a long file](https://pump.example/b.png)`,
    });
    const { stats, pairs } = await extract();
    expect(stats).toMatchObject({ files: 4, filesNotUtf8: 2, linesTooLong: 1 });
    expect(pairs.map(({ alt, headings }) => [alt, ...headings])).toEqual([
      ["Die grüne Pumpe läuft", "Übung"],
      ["Pump of a long file"],
    ]);
  });

  it("finds files by a site's own addresses: from its root, and from a page's address", async () => {
    write({
      "docs/guide/page.md":
        "![From the root](/img/a.png)\n\n![From the page](../b.png)\n\n![Sideways](../../../x.png)",
      "docs/static/img/a.png": "",
      "docs/guide/b.png": "",
    });
    const { pairs, stats } = await extractImages({
      ...{ folders: [{ path: join(folder, "docs") }], minConfidence: 0 },
    });
    expect(pairs.map(({ file }) => file)).toEqual(["static/img/a.png", "guide/b.png"]);
    expect(stats.excluded).toEqual({ outside: 1 });
  });

  it("refuses two folders of one name, whose documents would have the same addresses", async () => {
    write({ "a/docs/page.md": "# A", "b/docs/page.md": "# B" });
    const folders = ["a/docs", "b/docs"].map((name) => ({ path: join(folder, name) }));
    await expect(extractImages({ folders })).rejects.toMatchObject({ code: "CONTENT_NAMES_ALIKE" });
  });

  it("refuses a folder that is not there, and folders without documents", async () => {
    await expect(extractImages({ folders: [{ path: join(folder, "no") }] })).rejects.toMatchObject({
      code: "CONTENT_UNREADABLE",
    });
    await expect(extract()).rejects.toMatchObject({ code: "CONTENT_EMPTY" });
  });
});

describe("the confidence of a pair", () => {
  const none = { alt: "", headings: [], before: "", after: "", isThere: false };
  const ten = "one two three four five six seven eight nine ten";

  it("is the sum of what is there", () => {
    const cases = [
      [none, 0],
      [{ ...none, alt: "pump.png" }, 0],
      [{ ...none, alt: "IMG_0231" }, 0],
      [{ ...none, alt: "pump" }, 0.15],
      // Three words that say only that there is an image.
      [{ ...none, alt: "image of the screenshot" }, 0.15],
      [{ ...none, alt: "pump and valve" }, 0.3],
      [{ ...none, title: "Pump" }, 0.1],
      [{ ...none, before: ten, after: ten }, 0.25],
      [{ ...none, headings: ["Pump"] }, 0.05],
      [{ ...none, alt: "pump", headings: ["Pump"] }, 0.3],
      [{ ...none, alt: "pump valve tank", headings: ["Valve, tank and pump"] }, 0.55],
      [{ ...none, isThere: true }, 0.1],
      [
        {
          ...{ alt: "How the pump fills the tank", caption: "Filling", headings: ["Pump"] },
          ...{ before: `the tank fills ${ten}`, after: ten, isThere: true },
        },
        1,
      ],
    ] as const;
    expect(cases.map(([image]) => imageConfidence(image))).toEqual(cases.map(([, sum]) => sum));
  });
});

it("tells what an image shows by its words and its file", () => {
  const type = (url: string, alt = "") => imageType({ url, alt });
  expect([
    type("a.png", "Screenshot of the settings"),
    type("img/architecture-v2.svg"),
    type("a.png", "A chart of the flow"),
    type("team.jpg"),
    type("pump_logo.svg", "Diagram"),
    type("favicon.png"),
    type("demo.gif"),
    type("a.png", "The valve"),
  ]).toEqual(["screenshot", "diagram", "chart", "photo", "logo", "icon", "animation", "other"]);
});
