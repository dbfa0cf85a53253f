import { describe, expect, it } from "vitest";
import { bestAt, bestOfN, passAt, passAtK } from "./at-k.ts";

describe("pass@k", () => {
  // By the numpy program of Chen et al. 2021, figure 3.
  it.each([
    [1, 1, 1, 1],
    [5, 2, 1, 0.3999999999999999],
    [5, 2, 3, 0.9],
    [10, 3, 4, 0.8333333333333334],
    [100, 7, 10, 0.5332595856827855],
    [200, 1, 100, 0.5],
    [8, 0, 4, 0],
    [8, 6, 4, 1],
  ])("of %i tries with %i successes, k = %i", (tries, successes, k, expected) => {
    expect(passAt({ tries, successes, k })).toBeCloseTo(expected, 12);
  });

  it("is the mean over tasks, for powers of two and all tries", () => {
    const tasks = [0, 1, 3].map((successes) => ({ tries: 3, successes, rewards: [] }));
    const measured = passAtK(tasks, 0);
    expect(measured.map(({ k }) => k)).toEqual([1, 2, 3]);
    expect(measured.map(({ value }) => value)).toEqual([
      expect.closeTo(4 / 9, 12),
      expect.closeTo((0 + 2 / 3 + 1) / 3, 12),
      expect.closeTo(2 / 3, 12),
    ]);
    expect(measured[0]).toMatchObject({ taskCount: 3, low: 0, high: 1 });
    expect(passAtK([{ tries: 1, successes: 1, rewards: [1] }], 0)).toEqual([]);
  });

  it("refuses counts that cannot be", () => {
    expect(() => passAt({ tries: 3, successes: 4, k: 1 })).toThrow(/successes = 4/);
    expect(() => passAt({ tries: 3, successes: 1, k: 4 })).toThrow(/k = 4/);
    expect(() => bestAt([1, 2], 0)).toThrow(/OPTION_INVALID.*k = 0/);
  });
});

describe("the best of k", () => {
  // By Python: the mean of max(s) over itertools.combinations([0.5, -1, 2, 3.5, 2], k).
  it.each([
    [1, 1.4],
    [2, 2.45],
    [3, 2.9],
    [4, 3.2],
    [5, 3.5],
  ])("k = %i", (k, expected) => {
    expect(bestAt([0.5, -1, 2, 3.5, 2], k)).toBeCloseTo(expected, 12);
  });

  it("is pass@k where rewards are 0 and 1", () => {
    const rewards = [1, 0, 0, 1, 0, 0, 0];
    for (const k of [1, 2, 5, 6, 7])
      expect(bestAt(rewards, k)).toBeCloseTo(passAt({ tries: 7, successes: 2, k }), 12);
  });

  it("leaves out tasks with fewer scored tries, and says of how many tasks it is", () => {
    const tasks = [
      { tries: 2, successes: 0, rewards: [3] },
      { tries: 2, successes: 2, rewards: [1, 5] },
    ];
    expect(bestOfN(tasks, 0).map(({ k, value, taskCount }) => [k, value, taskCount])).toEqual([
      [1, 3, 2],
      [2, 5, 1],
    ]);
  });
});
