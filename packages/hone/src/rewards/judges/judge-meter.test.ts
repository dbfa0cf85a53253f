import { describe, expect, it } from "vitest";
import { costOf } from "../../core/model-prices.ts";
import { JudgeMeter } from "./judge-meter.ts";

/** 1,000,000 tokens in cost a dollar, as many out two. */
const price = { input: 1, output: 2 };
const half = { inputTokens: 300_000, outputTokens: 100_000 };

describe("a meter of a judge", () => {
  it("counts tokens at their price", () => {
    expect(
      costOf({ inputTokens: 2_000_000, outputTokens: 500_000 }, { input: 0.15, output: 0.6 }),
    ).toBeCloseTo(0.6, 12);
    const meter = new JudgeMeter({ judge: "j", price });
    meter.begin();
    meter.used(half);
    meter.end();
    expect(meter.spent).toEqual({ calls: 1, ...half });
    expect(meter.costUsd).toBeCloseTo(0.5, 12);
    expect(new JudgeMeter({ judge: "j" }).costUsd).toBeUndefined();
  });

  it("never makes more calls than its budget, also side by side and after an earlier session", () => {
    const meter = new JudgeMeter({ judge: "j", budget: { calls: 3 } });
    meter.restore({ calls: 1, inputTokens: 0, outputTokens: 0 });
    meter.begin();
    meter.begin();
    expect(() => meter.begin()).toThrow(
      /RUN_JUDGE_BUDGET_SPENT: The budget of the judge j is spent: 3 calls of 3 calls\.\n.*Raise `judgeBudget`/,
    );
    expect(meter.spent.calls).toBe(3);
  });

  it("stops before a call that would exceed its money, where calls under way count as those before", () => {
    const meter = new JudgeMeter({ judge: "j", budget: { usd: 1.2 }, price });
    meter.begin();
    meter.used(half);
    meter.end();
    meter.begin();
    // $0.50 is spent and as much under way: the next one begins below $1.20, the one after it would not.
    meter.begin();
    expect(() => meter.begin()).toThrow(/RUN_JUDGE_BUDGET_SPENT.*\$0\.5000 of \$1\.20/);
    meter.used(half);
    meter.end();
    meter.used(half);
    meter.end();
    expect(() => meter.begin()).toThrow(/\$1\.50 of \$1\.20/);
  });

  it("does not go on where a budget in money needs tokens that are not said", () => {
    const calls = new JudgeMeter({ judge: "j", budget: { calls: 3 } });
    calls.begin();
    expect(() => calls.used(undefined)).not.toThrow();
    const money = new JudgeMeter({ judge: "j", budget: { usd: 1 }, price });
    money.begin();
    expect(() => money.used(undefined)).toThrow(/RUN_JUDGE_COST_UNKNOWN.*judge j/);
  });
});
