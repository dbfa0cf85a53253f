import { describe, expect, it } from "vitest";
import { curriculumChances, drawByChance } from "./curriculum.ts";

describe("a curriculum by measured success", () => {
  it("draws tasks by the variance of their success, and none never", () => {
    const records = [
      { tries: 0, successes: 0 },
      { tries: 8, successes: 8 },
      { tries: 8, successes: 4 },
    ];
    // 1/2 · 1/2, 9/10 · 1/10, 1/2 · 1/2: 0.25, 0.09, 0.25 of 0.59.
    const expected = [0.25, 0.09, 0.25].map((spread) => 0.1 / 3 + (0.9 * spread) / 0.59);
    curriculumChances(records).forEach((chance, i) => expect(chance).toBeCloseTo(expected[i]!, 12));
    const alike = curriculumChances(records, { uniformShare: 1 });
    alike.forEach((chance) => expect(chance).toBeCloseTo(1 / 3, 12));
    expect(curriculumChances([])).toEqual([]);
  });

  it("gives the same chance to a task and its mirror: done once of five, failed once of five", () => {
    const [few, many] = curriculumChances([
      { tries: 5, successes: 1 },
      { tries: 5, successes: 4 },
    ]);
    expect(few).toBeCloseTo(many!, 12);
  });

  it("draws different tasks, the same for the same keys, as often as their chances say", () => {
    const chances = [0.6, 0.3, 0.1];
    expect(drawByChance(chances, 2, [1, "a"])).toEqual(drawByChance(chances, 2, [1, "a"]));
    expect(new Set(drawByChance(chances, 9, [1])).size).toBe(3);
    const counts = [0, 0, 0];
    for (let step = 0; step < 3000; step++) counts[drawByChance(chances, 1, [7, step])[0]!]!++;
    counts.forEach((count, i) => expect(Math.abs(count / 3000 - chances[i]!)).toBeLessThan(0.03));
  });

  it("refuses counts and shares that cannot be", () => {
    expect(() => curriculumChances([{ tries: 1, successes: 2 }])).toThrow("records[0].successes");
    expect(() => curriculumChances([{ tries: -1, successes: 0 }])).toThrow("records[0].tries");
    expect(() => curriculumChances([], { uniformShare: 1.5 })).toThrow("uniformShare");
  });
});
