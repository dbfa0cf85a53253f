import { describe, expect, it } from "vitest";
import { adamAt } from "./optimizer.ts";
import { checkSchedule, learningRateShare } from "./schedules.ts";

describe("learningRateShare", () => {
  it("rises over the warm-up, then falls from the full rate", () => {
    const shares = [1, 2, 3, 4, 5, 6].map((step) =>
      learningRateShare(step, 6, { schedule: "linear", warmUpSteps: 2 }),
    );
    expect(shares).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25]);
  });

  it("cosine is at half height half way, and ends near the final share", () => {
    expect(learningRateShare(51, 100, { schedule: "cosine" })).toBeCloseTo(0.5, 12);
    expect(learningRateShare(51, 100, { schedule: "cosine", finalShare: 0.2 })).toBeCloseTo(
      0.6,
      12,
    );
    expect(learningRateShare(1, 100, { schedule: "cosine" })).toBe(1);
    expect(learningRateShare(500, 100, { schedule: "cosine", finalShare: 0.2 })).toBeCloseTo(
      0.2,
      12,
    );
  });

  it("constant stays, also beyond the end", () => {
    expect(learningRateShare(7, 3)).toBe(1);
  });

  it("refuses half a step and shares above 1", () => {
    expect(() => checkSchedule("sft", { warmUpSteps: 0.5 })).toThrow("warmUpSteps");
    expect(() => checkSchedule("sft", { finalShare: 2 })).toThrow("finalShare");
  });

  it("reaches AdamW, whose gradient norm is clipped to 1 unless said otherwise", () => {
    const options = { learningRate: 0.1, warmUpSteps: 2 };
    expect(adamAt(1, 9, options)).toEqual({ maxGradientNorm: 1, learningRate: 0.05 });
    const own = adamAt(5, 9, { ...options, adam: { maxGradientNorm: 0, weightDecay: 0.01 } });
    expect(own).toEqual({ maxGradientNorm: 0, weightDecay: 0.01, learningRate: 0.1 });
  });
});
