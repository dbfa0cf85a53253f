import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlookOf } from "./simulator.ts";
import { formatSituation, isFeasible, parseSituation, type Situation } from "./situation.ts";
import { type BusinessLevel, businessTask, businessTasks, splitOf } from "./tasks.ts";

const levels: readonly BusinessLevel[] = [1, 2, 3, 4];
const shop = "shop cash 40, share 5, margin 4, spread 30";
const van = "van cash 20, share 3, margin 3, spread 10";

describe("business situations", () => {
  it("are 500 to learn from and 100 held out at every level, without one in both", () => {
    for (const level of levels) {
      const of = (split: "train" | "test", count: number, seed: number) =>
        businessTasks({ split, count, levels: [level], seed }).map(({ situation }) => situation);
      const train = new Set(of("train", 500, 0));
      expect(train.size).toBe(500);
      const test = [...of("test", 100, 0), ...of("test", 100, 1)];
      expect(test.filter((situation) => train.has(situation))).toEqual([]);
      expect(test.every((situation) => splitOf(situation) === "test")).toBe(true);
    }
  });

  it("belong to the same split in any order of their options", () => {
    const both = [
      `bakery: cash 60, market 300; ${shop}; ${van}`,
      `bakery: cash 60, market 300; ${van}; ${shop}`,
    ];
    expect(splitOf(both[0]!)).toBe(splitOf(both[1]!));
  });

  it("are the same for the same options, and others for another seed", () => {
    const draw = (seed: number) => businessTasks({ split: "train", count: 40, levels, seed });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(new Set(draw(5).map(({ id }) => id)).size).toBe(40);
  });

  it("have a feasible option that leads by 28 points, others that do not, and one that is not feasible", () => {
    for (const { situation: text } of businessTasks({ split: "train", count: 80, levels })) {
      const situation = parseSituation(text);
      const feasible = situation.options.filter((option) => isFeasible(situation, option));
      const [best, second] = feasible
        .map((option) => outlookOf(situation, option).score)
        .toSorted((a, b) => b - a);
      expect(best! - second!).toBeGreaterThanOrEqual(28);
      expect(feasible.length).toBeLessThan(situation.options.length);
    }
  });

  it("of your own are checked", () => {
    expect(businessTask(`bakery: cash 60, market 300; ${shop}; ${van}`).level).toBe(1);
    const cases: readonly (readonly [string, RegExp])[] = [
      ["", /must begin with a firm/],
      [`bakery: market 300; ${shop}; ${van}`, /has no cash/],
      [`bakery: cash 60, market 300; ${shop}`, /two options or more/],
      [`bakery: cash 60, market 300; ${shop}; ${shop}`, /same name/],
      [`bakery: cash 60, months 8, market 300; ${shop}; ${van}`, /has no months/],
      [`bakery: cash 60, market 300; ${shop}; van cash twenty`, /"cash twenty" cannot be read/],
      [`bakery: cash 60, cash 60, market 300; ${shop}; ${van}`, /"cash 60" cannot be read/],
      [`bakery: cash 0, market 300; ${shop}; ${van}`, /cash must be above 0/],
      [`bakery: cash 10, market 300; ${shop}; ${van}`, /not what any of the options needs/],
      [`bakery: cash 60, market 300; ${shop}; ${van}${" ".repeat(1000)}`, /longer than 1000/],
    ];
    for (const [text, problem] of cases) {
      expect(() => businessTask(text), text).toThrow(/SITUATION_INVALID/);
      expect(() => businessTask(text), text).toThrow(problem);
    }
    expect(() => businessTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
  });

  it("are read back as they were written", () => {
    const amount = fc.integer({ min: 1, max: 999 });
    const situations = fc
      .record({
        firm: fc.constantFrom("bakery", "farm"),
        hasMonths: fc.boolean(),
        rivals: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
        market: amount,
        names: fc.shuffledSubarray(["shop", "van", "export", "robot"], { minLength: 2 }),
      })
      .map(({ firm, hasMonths, rivals, market, names }): Situation => {
        const limits = { cash: 60, ...(hasMonths && { months: 7 }) };
        const options = names.map((name, i) => ({
          ...{
            name,
            needs: { ...limits, cash: 10 + i },
            share: i + 1,
            margin: 2.5 + i,
            spread: 5 * i,
          },
        }));
        return { firm, limits, market, ...(rivals !== undefined && { rivals }), options };
      });
    fc.assert(
      fc.property(situations, (situation) => {
        expect(parseSituation(formatSituation(situation))).toEqual(situation);
      }),
    );
  });
});

describe("the outlook of an option", () => {
  const outlook = (option: string, head = "cash 60, market 300") => {
    const situation = parseSituation(`bakery: ${head}; ${option}; ${van}`);
    return outlookOf(situation, situation.options[0]!);
  };

  it("has no risk without spread: customers times margin over cost", () => {
    // 300 · 5 % · 4 = 60 for a cost of 40: a return of 50 %; two rivals leave 40, four leave 30.
    const sure = "shop cash 40, share 5, margin 4, spread 0";
    expect(outlook(sure)).toMatchObject({ loss: 0, lossProbability: 0 });
    expect(outlook(sure).gain).toBeCloseTo(50, 9);
    expect(outlook(sure, "cash 60, market 300, rivals 2").gain).toBeCloseTo(0, 9);
    const poor = outlook(sure, "cash 60, market 300, rivals 4");
    expect(
      [poor.gain, poor.loss, poor.lossProbability].map((x) => Math.round(x * 1e6) / 1e6),
    ).toEqual([-25, 25, 1]);
  });

  it("agrees with the log-normal distribution in closed form", () => {
    // σ = 0.3, mean of the revenue over cost 1.5. P(loss) = Φ((ln(1/1.5) + σ²/2) / σ) = Φ(−1.2015) = 0.1148;
    // the worst fifth has the mean 1.5 · Φ(−0.8416 − 0.3) / 0.2 = 0.9515, a loss of 4.9 %.
    // Of 400 draws the probability is off by 0.016 (one standard error), so 0.05 is three of them.
    const { gain, loss, lossProbability } = outlook(shop);
    expect(Math.abs(gain - 50)).toBeLessThan(1);
    expect(Math.abs(lossProbability - 0.115)).toBeLessThan(0.05);
    expect(Math.abs(loss - 4.9)).toBeLessThan(1.5);
  });
});
