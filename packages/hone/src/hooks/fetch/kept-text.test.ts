import { describe, expect, it } from "vitest";
import { bodyBudget, bodyLimits, KeptText } from "./kept-text.ts";

const mebibytes = (count: number): Uint8Array => new Uint8Array(count * 1_048_576).fill(97);

describe("the text of a body that is kept", () => {
  it("joins chunks that split a character", () => {
    const all = bodyBudget();
    const kept = new KeptText(all);
    for (const byte of new TextEncoder().encode("naïve €")) kept.add(new Uint8Array([byte]));
    expect(kept.soFar()).toBe("naïve €");
    expect([kept.take(), kept.take(), all.used]).toEqual(["naïve €", "", 0]);
  });

  it("is the same however the body is split into chunks, without a byte order mark at its beginning", () => {
    const bytes = new TextEncoder().encode("\uFEFFa\uFEFFé\uFEFF€b");
    const whole = new TextDecoder().decode(bytes);
    expect(whole).toHaveLength(6);
    for (let i = 0; i <= bytes.length; i++) {
      for (let j = i; j <= bytes.length; j++) {
        const kept = new KeptText(bodyBudget());
        for (const part of [bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)]) {
          kept.add(part);
        }
        expect(kept.take()).toBe(whole);
      }
    }
    const broken = new KeptText(bodyBudget());
    broken.add(bytes.subarray(0, 5));
    broken.add(bytes.subarray(0, 1));
    expect(broken.take()).toBe("a\uFFFD\uFFFD");
  });

  it("is the first 8 MiB of a body, and nothing after the first chunk that does not fit", () => {
    const kept = new KeptText(bodyBudget());
    kept.add(mebibytes(8));
    expect(kept.isCut).toBe(false);
    for (const chunk of [mebibytes(1), new Uint8Array(0), new Uint8Array([98])]) kept.add(chunk);
    expect([kept.isCut, kept.size]).toEqual([true, bodyLimits.each]);
    expect(kept.take()).toHaveLength(8 * 1_048_576);
  });

  it("is 64 MiB of all bodies together, which give back their part when they are taken", () => {
    const all = bodyBudget();
    const bodies = Array.from({ length: 8 }, () => new KeptText(all));
    for (const kept of bodies) kept.add(mebibytes(8));
    expect(all.used).toBe(bodyLimits.all);
    const late = new KeptText(all);
    late.add(new Uint8Array([97]));
    expect([late.isCut, late.take()]).toEqual([true, ""]);
    bodies[0]!.take();
    expect(all.used).toBe(56 * 1_048_576);
    const next = new KeptText(all);
    next.add(mebibytes(8));
    expect(next.isCut).toBe(false);
    for (const kept of [...bodies, next]) {
      kept.take();
      // What comes after it was taken is not kept.
      kept.add(mebibytes(1));
    }
    expect(all.used).toBe(0);
  });
});
