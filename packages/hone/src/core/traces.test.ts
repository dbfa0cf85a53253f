import { describe, expect, it } from "vitest";
import { risingClock } from "./clock.ts";
import { newSpanId, newTraceId } from "./ids.ts";
import { searchWords } from "./search-words.ts";
import { compareText } from "./text-order.ts";
import { spreadOf } from "./spread.ts";

describe("a rising clock", () => {
  it("goes on by the machine's ticks when the wall clock is set back", () => {
    const times = { wall: 1_000_000, tick: 50 };
    const clock = risingClock(
      () => times.wall,
      () => times.tick,
    );
    expect(clock()).toBe(1_000_000);
    times.wall -= 3_600_000;
    times.tick += 250.5;
    expect(clock()).toBe(1_000_250.5);
    expect(clock()).toBe(1_000_250.501);
  });

  it("follows a wall clock that jumped ahead, but not its jitter", () => {
    const times = { wall: 1_000_000, tick: 0 };
    const clock = risingClock(
      () => times.wall,
      () => times.tick,
    );
    times.wall += 900;
    expect(clock()).toBe(1_000_000);
    times.wall += 60_000;
    times.tick += 1;
    expect(clock()).toBe(1_060_900);
  });
});

describe("the order of texts", () => {
  it("is that of their UTF-8 bytes", () => {
    const texts = ["", "a", "b", "ab", "Z", "é", "\ufb01", "\u{1d11e}", "\ue000", "a\u0000", "名"];
    const byBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(texts.toSorted(compareText)).toEqual(byBytes);
  });
});

describe("the words of a text", () => {
  it.each([
    ["Web_search: 3x, Ünïcode!", ["web", "search", "3x", "ünïcode"]],
    ["量子 computing", ["量", "子", "computing"]],
    ["한국어 텍스트", ["한국어", "텍스트"]],
    ["ﬁne cafe\u0301 Ⅳ", ["fine", "café", "iv"]],
    ["— … !", []],
    ["İstanbul", ["i\u0307stanbul"]],
  ])("of %j are %j", (text, words) => {
    expect(searchWords(text)).toEqual(words);
  });

  it("end after 64 characters, never inside one", () => {
    expect(searchWords("a".repeat(5000))).toEqual(["a".repeat(64)]);
    const [word] = searchWords(`b${"𐐨".repeat(100)}`);
    expect(word!.length).toBe(63);
    expect(word!.isWellFormed()).toBe(true);
  });
});

describe("ids", () => {
  it("are hex digits of the sizes of W3C Trace Context, and differ", () => {
    expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/);
    expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(Array.from({ length: 1000 }, newSpanId)).size).toBe(1000);
  });
});

describe("a spread", () => {
  it("interpolates quantiles between neighbours", () => {
    // numpy.percentile([4, 1, 3, 2], [25, 50, 75, 95]) = 1.75, 2.5, 3.25, 3.85
    const spread = spreadOf([4, 1, 3, 2])!;
    expect(spread).toMatchObject({ count: 4, mean: 2.5, minimum: 1, maximum: 4 });
    expect([spread.p25, spread.median, spread.p75]).toEqual([1.75, 2.5, 3.25]);
    expect(spread.p95).toBeCloseTo(3.85, 12);
    expect(spreadOf([7])).toMatchObject({ p25: 7, p95: 7 });
    expect(spreadOf([])).toBeUndefined();
  });
});
