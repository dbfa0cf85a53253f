import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { CheckedTexts } from "./checked-texts.ts";

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

describe("texts known to be clean", () => {
  it("are known after they were added, by their letters", () => {
    const texts = new CheckedTexts(10_000);
    texts.add("no secret here");
    expect(texts.has(["no", "secret", "here"].join(" "))).toBe(true);
    expect(texts.has("no secret there")).toBe(false);
  });

  it("are forgotten when two generations went by without them, and kept while they are asked for", () => {
    const texts = new CheckedTexts(10_000);
    texts.add("asked for");
    texts.add("left alone");
    for (let i = 0; i < 400; i++) {
      texts.add(`another text ${i}`);
      texts.has("asked for");
    }
    expect(texts.has("asked for")).toBe(true);
    expect(texts.has("left alone")).toBe(false);
  });

  it("keep no long text alive of which they hold a piece", () => {
    const texts = new CheckedTexts(1_000_000);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100; i++) {
      const document = Buffer.alloc(1_000_000, `${i} words `).toString("latin1");
      texts.add(document.slice(i, i + 500));
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
  });

  it("leave out half a surrogate pair, which no copy in UTF-8 can hold", () => {
    const texts = new CheckedTexts(10_000);
    texts.add("half \ud83d");
    for (const text of ["half \ud83d", "half \ufffd"]) expect(texts.has(text)).toBe(false);
  });

  it("leave out a text that would push out the others", () => {
    const texts = new CheckedTexts(1000);
    texts.add("x".repeat(200));
    expect(texts.has("x".repeat(200))).toBe(false);
  });
});
