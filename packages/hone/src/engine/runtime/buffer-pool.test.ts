import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.ts";

describe("a pool of buffers", () => {
  it("hands out what was given back, by its length, to one at a time", () => {
    const pool = new BufferPool(1000);
    const [a, b] = [pool.take(10), pool.take(20)];
    pool.give(a);
    pool.give(b);
    expect(pool.take(20)).toBe(b);
    expect(pool.take(20)).not.toBe(b);
    expect(pool.take(10)).toBe(a);
    expect(pool.take(10)).not.toBe(a);
  });

  it("keeps no more bytes than it may, the newest", () => {
    const pool = new BufferPool(100);
    const [a, b, large] = [pool.take(15), pool.take(15), pool.take(26)];
    for (const array of [a, b, large]) pool.give(array);
    expect(pool.take(26)).not.toBe(large);
    expect(pool.take(15)).toBe(b);
    expect(pool.take(15)).not.toBe(a);
  });
});
