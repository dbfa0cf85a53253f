/** Every loss of pairs: its derivative is that of its value, by central differences. Values are compared with TRL in preference-golden.test.ts. */
import { describe, expect, it } from "vitest";
import { type PairLossName, pairLossNames } from "./pair-losses.ts";
import { type PairLogProbs, pairLoss, type PairObjective } from "./pair-objective.ts";
import { divergenceNames } from "./preference-choices.ts";
import { alphaScore, divergenceScore, logOdds, plainScore } from "./ratio-scores.ts";
import { type SortedLossName, sortedLosses } from "./sorted-losses.ts";

const answer = (logProbs: readonly number[], reference: readonly number[], prompt: number) => ({
  logProbs: [...Array.from({ length: prompt }, () => 0), ...logProbs],
  mask: [...Array.from({ length: prompt }, () => 0), ...logProbs.map(() => 1)],
  reference: [...Array.from({ length: prompt }, () => 0), ...reference],
});

/** Three pairs of uneven lengths and weights, one answer of a single token. */
const pairs: readonly PairLogProbs[] = [
  {
    chosen: answer([-0.2, -1.1, -0.7], [-0.4, -1.3, -0.2], 2),
    rejected: answer([-0.9], [-0.6], 2),
    weight: 1,
  },
  {
    chosen: answer([-2.2, -0.1], [-1.95, -0.3], 1),
    rejected: answer([-0.5, -0.3, -0.8, -1.4], [-0.9, -0.2, -1.8, -1.1], 1),
    weight: 2,
  },
  {
    chosen: answer([-0.3], [-0.35], 3),
    rejected: answer([-1.7, -0.6], [-1.2, -0.4], 3),
    weight: 0.5,
  },
];

const plain: PairObjective = {
  losses: [{ name: "sigmoid", weight: 1 }],
  beta: 0.4,
  labelSmoothing: 0.1,
  discopopTau: 0.3,
  score: plainScore,
  margin: 0,
  lengthNormalized: false,
  sftWeight: 0,
  tailDiscount: 1,
};

/** The pairs with one log-prob moved. */
function movedBy(
  step: number,
  given: readonly PairLogProbs[],
  [i, side, t]: readonly [number, "chosen" | "rejected", number],
) {
  return given.map((pair, k) =>
    k !== i
      ? pair
      : {
          ...pair,
          [side]: {
            ...pair[side],
            logProbs: Array.from(pair[side].logProbs, (x, place) => (place === t ? x + step : x)),
          },
        },
  );
}

function expectDifferences(objective: PairObjective, given = pairs): void {
  const { derivatives } = pairLoss(given, objective);
  for (const [i, pair] of given.entries()) {
    for (const side of ["chosen", "rejected"] as const) {
      for (let t = 0; t < pair[side].mask.length; t++) {
        const [up, down] = [1e-6, -1e-6].map(
          (step) => pairLoss(movedBy(step, given, [i, side, t]), objective).value,
        );
        expect(derivatives[i]![side][t]).toBeCloseTo((up! - down!) / 2e-6, 7);
      }
    }
  }
}

const names: readonly (PairLossName | SortedLossName)[] = [
  ...pairLossNames,
  ...(Object.keys(sortedLosses) as SortedLossName[]),
];

describe("the derivative of a loss of pairs by every log-prob", () => {
  it.each(names)("agrees with differences: %s", (name) => {
    const given = name in sortedLosses ? pairs.map((pair) => ({ ...pair, weight: 1 })) : pairs;
    expectDifferences({ ...plain, losses: [{ name, weight: 1 }] }, given);
  });

  it.each([
    ...divergenceNames.map((name) => [name, divergenceScore(name, 0.5)] as const),
    ["alpha_divergence of 2", divergenceScore("alpha_divergence", 2)] as const,
    ["AlphaPO", alphaScore(0.25)] as const,
  ])("agrees with differences where scores are those of %s", (_, score) => {
    expectDifferences({ ...plain, score });
  });

  it("agrees with differences for ORPO's odds", () => {
    const orpo = { ...plain, beta: 1, score: logOdds, lengthNormalized: true, sftWeight: 1 };
    const alone = pairs.map(({ chosen, rejected, weight }) => ({
      chosen: { ...chosen, reference: undefined },
      rejected: { ...rejected, reference: undefined },
      weight,
    }));
    expectDifferences(orpo, alone);
  });

  it("agrees with differences where losses are mixed, with margin, likelihood, means and discounts", () => {
    const losses = [
      { name: "sigmoid", weight: 0.8 },
      { name: "bco_pair", weight: 0.2 },
    ] as const;
    expectDifferences({ ...plain, losses, margin: 0.3, sftWeight: 0.7, tailDiscount: 0.25 });
    expectDifferences({ ...plain, losses, lengthNormalized: true, tailDiscount: 0 });
  });

  it("is 0 at the prompt's tokens", () => {
    const { derivatives } = pairLoss(pairs, { ...plain, sftWeight: 1 });
    const { chosen, rejected } = derivatives[0]!;
    expect([...chosen.slice(0, 2), ...rejected.slice(0, 2)].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it("stays finite far from the reference", () => {
    for (const name of names) {
      for (const shift of [-300, 300]) {
        const far = pairs.map((pair) => ({
          ...pair,
          chosen: { ...pair.chosen, logProbs: Array.from(pair.chosen.logProbs, (x) => x + shift) },
        }));
        const { value, derivatives } = pairLoss(far, { ...plain, losses: [{ name, weight: 1 }] });
        // DiscoPOP has e^(−x), which is what its paper says.
        if (name === "discopop" && shift < 0) continue;
        expect(Number.isFinite(value), name).toBe(true);
        expect(derivatives.flatMap((d) => [...d.chosen]).every(Number.isFinite), name).toBe(true);
      }
    }
  });
});

describe("the loss of a batch of pairs", () => {
  it("does not depend on the order of its pairs", () => {
    for (const name of names) {
      const objective = { ...plain, losses: [{ name, weight: 1 }], sftWeight: 1 };
      const equal = pairs.map((pair) => ({ ...pair, weight: 1 }));
      const forth = pairLoss(equal, objective);
      const back = pairLoss(equal.toReversed(), objective);
      expect(back.value).toBeCloseTo(forth.value, 12);
      forth.derivatives.forEach((derivative, i) => {
        const other = back.derivatives[2 - i]!;
        [...derivative.chosen].forEach((x, t) => {
          expect(other.chosen[t]).toBeCloseTo(x, 12);
        });
      });
    }
  });

  it("counts a pair of weight 2 as the pair twice", () => {
    const [first, second] = [
      { ...pairs[0]!, weight: 1 },
      { ...pairs[1]!, weight: 1 },
    ];
    const objective = { ...plain, sftWeight: 0.5 };
    const weighted = pairLoss([first, { ...second, weight: 2 }], objective);
    const repeated = pairLoss([first, second, second], objective);
    expect(weighted.value).toBeCloseTo(repeated.value, 12);
    expect(weighted.derivatives[1]!.chosen[1]).toBeCloseTo(
      2 * repeated.derivatives[1]!.chosen[1]!,
      12,
    );
  });
});
