import { describe, expect, it } from "vitest";
import { documentImages } from "./document-images.ts";

const found = (markdown: string, isMdx = false) =>
  documentImages(markdown, isMdx).map(({ url, alt, line }) => ({ url, alt, line }));

describe("the images of a document", () => {
  it("finds every form of Markdown and HTML, with the line of each", () => {
    const text = [
      "# Pump",
      "",
      '![A turning pump](turn.png "It turns")',
      "",
      "Text ![inside](a.png) of a line",
      "and ![its next](b.png).",
      "",
      "[![linked](c.png)](https://pump.example)",
      "",
      "![by name][pump] ![short][]",
      "",
      '<img src="d.png" alt="HTML">',
      "",
      "Inline <img alt='too' src=e.png> HTML.",
      "",
      "| part | picture |",
      "| - | - |",
      "| valve | ![in a cell](f.png) |",
      "",
      "[pump]: g.png",
      "[short]: <h i.png>",
    ].join("\n");
    expect(found(text)).toEqual([
      { url: "turn.png", alt: "A turning pump", line: 3 },
      { url: "a.png", alt: "inside", line: 5 },
      { url: "b.png", alt: "its next", line: 6 },
      { url: "c.png", alt: "linked", line: 8 },
      { url: "g.png", alt: "by name", line: 10 },
      { url: "h i.png", alt: "short", line: 10 },
      { url: "d.png", alt: "HTML", line: 12 },
      { url: "e.png", alt: "too", line: 14 },
      { url: "f.png", alt: "in a cell", line: 18 },
    ]);
    expect(documentImages(text)[0]!.title).toBe("It turns");
  });

  it("reads HTML of many lines in one pass, with the line of each image and of what closes", () => {
    const html = "<img src=a.png alt=a>\n".repeat(100_000);
    const start = process.cpuUsage();
    const images = documentImages(`${html}<figure>\n<img src=b.png>\n</figure>\n`);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(10_000);
    expect([0, 1, 99_999, 100_000].map((i) => images[i]?.line)).toEqual([1, 2, 100_000, 100_002]);
  });

  it("reads captions of figures, also around Markdown, and emphasised lines below an image", () => {
    const text = [
      "<figure>",
      "",
      "![a](a.png)",
      "",
      "<figcaption>How <b>a</b> turns</figcaption>",
      "</figure>",
      "",
      '<figure><img src="b.png"><figcaption>The valve</figcaption></figure>',
      "",
      "![c](c.png)",
      "",
      "*The whole machine*",
      "",
      "![d](d.png)",
      "",
      "Figure 4: The handle",
      "",
      "![e](e.png)",
      "",
      "No caption.",
    ].join("\n");
    expect(documentImages(text).map(({ caption }) => caption)).toEqual([
      "How a turns",
      "The valve",
      "The whole machine",
      "Figure 4: The handle",
      undefined,
    ]);
  });

  it("gives the headings above an image and the words of its section on both sides", () => {
    const text = [
      "# Pump",
      "Before all.",
      "## Valve",
      "It opens.\n\nIt closes.",
      "![Valve](v.png)",
      "By hand.\n\n- or by foot",
      "## Handle",
      "Not of the valve.",
    ].join("\n\n");
    const [image] = documentImages(text);
    expect(image).toMatchObject({
      headings: ["Pump", "Valve"],
      before: "It opens. It closes.",
      after: "By hand. or by foot",
    });
  });

  it("finds none in code, front matter and comments", () => {
    const text = [
      "---",
      "cover: ![no](no.png)",
      "---",
      "`![no](no.png)`",
      "",
      "```md",
      "![no](no.png)",
      "```",
      "",
      "<!-- ![no](no.png) <img src=no.png> -->",
      "",
      "![yes](yes.png)",
    ].join("\n");
    expect(found(text)).toEqual([{ url: "yes.png", alt: "yes", line: 12 }]);
  });

  it("reads MDX: imported files, required files, components, and no expressions as text", () => {
    const text = [
      'import pump from "./img/pump.png";',
      "export const size = 3;",
      "",
      "{/* <img src=no.png /> */}",
      "",
      '<Image src={pump} alt="Imported" style={{ width: 300 }} onLoad={() => done(1)} />',
      "",
      '<img src={require("./valve.png").default} alt="Required" />',
      "",
      "```js",
      'import pump from "x";',
      "```",
    ].join("\n");
    expect(found(text, true)).toEqual([
      { url: "./img/pump.png", alt: "Imported", line: 6 },
      { url: "./valve.png", alt: "Required", line: 8 },
    ]);
    expect(documentImages(text, true)[0]!.before).toBe("");
  });

  it("takes an image in the words of another as words", () => {
    expect(found("![outer ![inner](a.png)](b.png)")).toEqual([
      { url: "b.png", alt: "outer inner", line: 1 },
    ]);
  });

  it("reads hostile text in time proportional to its length", () => {
    const started = process.cpuUsage();
    found(`${"![a](".repeat(20_000)}\n\n${"<img ".repeat(20_000)}\n\n${"[".repeat(50_000)}`);
    found(`${"x".repeat(10_000_000)} ![a](a.png)\n\n![b](b.png)`);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(5000);
  });
});
