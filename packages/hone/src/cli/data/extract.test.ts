import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readImagePairs } from "../../formats/image-pairs-format.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hone-extract-"));
  mkdirSync(join(folder, "content", "pages"), { recursive: true });
  const page = '# Pump\n\n![How the pump turns](https://pump.example/a.png "Turning")\n';
  writeFileSync(join(folder, "content", "pages", "pump.md"), page);
  writeFileSync(join(folder, "content", "README.md"), "![x](https://img.shields.io/x.svg)\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

const extract = (...words: string[]) => commandLine(["extract", ...words], { folder });

describe("hone extract", () => {
  it("writes the pairs and says what there was", async () => {
    const { code, stdout } = await extract("content", "--output", "data/pairs.json");
    expect(stdout).toBe(
      [
        "2 images in 2 documents, 1 pair kept in data/pairs.json",
        "  confidence: 0 high, 1 medium, 0 low",
        "  types: 1 other",
        "  left out: 1 badge",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
    const text = readFileSync(join(folder, "data/pairs.json"), "utf8");
    expect(readImagePairs(text, "pairs.json")).toMatchObject([{ alt: "How the pump turns" }]);
    expect(JSON.parse(text)).toMatchObject({
      ...{ format: "hone.image-pairs", version: 1 },
      config: { docs_path: ["content"], storage_path: [], min_confidence: 0.4 },
      stats: { files: 2, images: 2, kept: 1, excluded: { badge: 1 } },
    });
  });

  it("takes the flags of the Python project, and tells programs", async () => {
    const { stdout } = await extract(
      ...["--storage_path", "content", "--min_confidence", "0.9", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ output: "training_data.json", files: 1, kept: 0, excluded: { confidence: 1 } },
    });
  });

  it("refuses to begin with nothing to read", async () => {
    const nothing = await extract();
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toContain("give folders of documents");
    expect((await extract("gone")).stderr).toContain("CONTENT_UNREADABLE");
    expect((await extract("--crawl", "pump.example")).stderr).toContain("CRAWL_ADDRESS_INVALID");
  });
});
