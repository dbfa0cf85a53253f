import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareText } from "../../core/text-order.ts";
import { fromColumn, toColumn } from "./column-text.ts";

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "\u0000",
    "\u0001",
    "\u0002",
    "\ud800",
    "\udc00",
    "\u{10ffff}",
    "é",
    "𝄞",
    "ﬁ",
  ),
});

describe("texts in columns", () => {
  it("come back as they were, hold no NUL and are well-formed", () => {
    fc.assert(
      fc.property(text, (given) => {
        const column = toColumn(given);
        expect(fromColumn(column)).toBe(given);
        expect(column).not.toContain("\u0000");
        expect(column.isWellFormed()).toBe(true);
      }),
    );
  });

  it("keep the order of well-formed texts", () => {
    const wellFormed = text.filter((given) => given.isWellFormed());
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        expect(Math.sign(compareText(toColumn(a), toColumn(b)))).toBe(Math.sign(compareText(a, b)));
      }),
    );
  });

  it("are left as they are where nothing stands in the way", () => {
    expect(toColumn("x'; DROP TABLE 名前 🙂")).toBe("x'; DROP TABLE 名前 🙂");
  });
});
