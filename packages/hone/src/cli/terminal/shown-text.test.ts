import { describe, expect, it } from "vitest";
import {
  fitted,
  padded,
  shownJson,
  shownLine,
  shownLines,
  shownWidth,
  wrapped,
} from "./shown-text.ts";

describe("texts of strangers", () => {
  it("lose every character that a terminal obeys, and keep all others", () => {
    const all = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join("");
    const shown = shownLines(all).join("");
    // oxlint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(shownLine("\u001b]0;title\u0007\u001b[2J\u009b31m")).toBe("␛]0;title␇␛[2J\\u009b31m");
    expect(shownLine("ä 日本 👩‍🚀 e\u0301")).toBe("ä 日本 👩‍🚀 e\u0301");
    expect(shownLine("half \ud800.")).toBe("half \\ud800.");
  });

  it("keep their lines, whatever ended them, and a carriage return overwrites nothing", () => {
    expect(shownLines("a\r\nb\rc\nd\te")).toEqual(["a", "b", "c", "d  e"]);
    expect(shownLine("  a\n\n b ")).toBe("a b");
  });

  it("are escaped in JSON and read back as they were", () => {
    const text = "\u001b[31m \u009b2J \u2028 \u202e\u007f";
    // oxlint-disable-next-line no-control-regex
    expect(shownJson({ text })).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(JSON.parse(shownJson({ text }))).toEqual({ text });
  });
});

describe("columns", () => {
  it("count what is seen: two for wide characters and emoji, none for marks", () => {
    expect(["abc", "日本 a", "e\u0301", "👩‍🚀", "한글", "ｆ"].map(shownWidth)).toEqual([
      3, 6, 1, 2, 4, 2,
    ]);
  });

  it("are never exceeded by what is cut, padded or wrapped", () => {
    expect(fitted("日本語です", 6)).toBe("日本…");
    expect(fitted("abcdef", 6)).toBe("abcdef");
    expect(fitted("abcdefg", 6)).toBe("abcde…");
    expect(padded("日", 4)).toBe("日  ");
    expect(wrapped("the quick brown fox", 9)).toEqual(["the quick", "brown fox"]);
    expect(wrapped("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(wrapped("日本語です", 4)).toEqual(["日本", "語で", "す"]);
  });
});
