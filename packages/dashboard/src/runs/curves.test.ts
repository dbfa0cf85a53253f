import { describe, expect, it } from "vitest";
import type { RunRows } from "../api/run-metrics.ts";
import { alarmsOf, curvesOf, metricNames } from "./curves.ts";

/** A run whose section "grpo" has these values at the steps from 1 on. */
const run = (...values: readonly Record<string, number | null>[]): RunRows =>
  new Map([
    [
      "grpo",
      new Map(
        values.map((one, i) => [
          i + 1,
          { section: "grpo", step: i + 1, time: "2026-01-01T00:00:00Z", values: one },
        ]),
      ),
    ],
  ]);
const reward = { section: "grpo", name: "reward" };

describe("curves", () => {
  it("tell what is not finite from what is not there", () => {
    const a = run({ reward: 1 }, { reward: null }, { loss: 1 });
    const b = run({ loss: 1 }, { loss: 1 }, { reward: 3 });
    const groups = [
      { name: "a", runs: [a] },
      { name: "b", runs: [b] },
    ];
    expect(curvesOf(groups, reward)).toEqual({
      steps: [1, 2, 3],
      curves: [
        { name: "a", place: 0, values: [1, null, undefined] },
        { name: "b", place: 1, values: [undefined, undefined, 3] },
      ],
    });
  });

  it("keep their places where others have no such metric", () => {
    const groups = [
      { name: "a", runs: [run({ loss: 1 })] },
      { name: "b", runs: [run({ reward: 2 })] },
    ];
    expect(curvesOf(groups, reward).curves).toEqual([{ name: "b", place: 1, values: [2] }]);
  });

  it("of seeds are their mean in a band, at the steps that all have, and a gap where one is not finite", () => {
    const seeds = [
      run({ reward: 1 }, { reward: 2 }, { reward: 9 }, { reward: 9 }),
      run({ reward: 3 }, { reward: 6 }, { reward: null }),
    ];
    const [curve] = curvesOf([{ name: "a", runs: seeds }], reward).curves;
    expect(curve).toEqual({
      ...{ name: "a", place: 0 },
      values: [2, 4, null, undefined],
      low: [1, 2, null, undefined],
      high: [3, 6, null, undefined],
    });
  });

  it("are marked where an alarm was raised, which is no curve of its own", () => {
    const one = run({ reward: 1 }, { reward: 2, "alarm/ENTROPY_COLLAPSED": 1 });
    const groups = [{ name: "a", runs: [one] }];
    expect(alarmsOf(groups, "grpo")).toEqual([{ step: 2, code: "ENTROPY_COLLAPSED", run: "a" }]);
    expect(metricNames([one])).toEqual([reward]);
  });

  it("have the band that a metric brings", () => {
    const one = run({ reward: 2, reward_low: 1, reward_high: 3 });
    expect(curvesOf([{ name: "a", runs: [one] }], reward).curves).toEqual([
      { name: "a", place: 0, values: [2], low: [1], high: [3] },
    ]);
    expect(metricNames([one])).toEqual([reward]);
  });
});
