/** Replies that are streamed: what each piece costs, and that no text differs from that of the whole. */
import { describe, expect, it } from "vitest";
import type { TokenIds } from "../core/rollout.ts";
import { GrowingTexts } from "./growing-texts.ts";

/** A token is a byte; an unfinished character is U+FFFD. */
const decode = (ids: TokenIds): string => Buffer.from(ids).toString("utf8");
const bytes = (text: string): number[] => [...Buffer.from(text)];

/** Tokens that are decoded while replies of this length are streamed side by side, four tokens a piece. */
function decodedCount(length: number, streams = 1): number {
  let count = 0;
  const texts = new GrowingTexts((ids) => {
    count += ids.length;
    return decode(ids);
  });
  for (let end = 4; end <= length; end += 4) {
    for (let stream = 0; stream < streams; stream++) {
      const tokens = bytes(`${stream}${"word ".repeat(length)}`).slice(0, end);
      expect(texts.textOf(tokens)).toBe(decode(tokens));
    }
  }
  return count;
}

describe("the text of a reply that grows", () => {
  it("costs in the end what its length costs, not its square", () => {
    const [once, twice, side] = [decodedCount(400), decodedCount(800), decodedCount(400, 8)];
    expect(twice / once).toBeCloseTo(2, 1);
    expect(side / once).toBeCloseTo(8, 1);
    expect(once).toBeLessThan(400 * 5);
  });

  it("leaves out a character whose bytes have not all come", () => {
    const texts = new GrowingTexts(decode);
    const whole = bytes("a é 𝄞!");
    const seen = whole.map((_, i) => texts.textOf(whole.slice(0, i + 1)));
    expect([...new Set(seen)]).toEqual(["a", "a ", "a é", "a é ", "a é 𝄞", "a é 𝄞!"]);
  });

  it("is let go of when the reply is whole", () => {
    const decoded: number[] = [];
    const texts = new GrowingTexts((ids) => {
      decoded.push(ids.length);
      return decode(ids);
    });
    texts.textOf(bytes("abc"));
    texts.forget(bytes("abcd"));
    decoded.length = 0;
    texts.textOf(bytes("abcd"));
    expect(decoded.length).toBeGreaterThanOrEqual(4);
  });

  it("is not that of another reply with the same beginning", () => {
    const texts = new GrowingTexts(decode);
    for (const text of ["ab", "abc", "abd", "ab", "abcd", "abde", "b"]) {
      expect(texts.textOf(bytes(text))).toBe(text);
    }
  });
});
