import { expect, it } from "vitest";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import type { PolicyLoss, PolicyRow } from "./policy-loss.ts";
import { addPolicyGradient, combine } from "./policy-update.ts";

it("outputs are combined by their tokens, and the largest ratio stays the largest", () => {
  const outputs = [
    { loss: 1, metrics: { tokens: 1, kl_old: 4, ratio_max: 1.5 } },
    { loss: 2, metrics: { tokens: 3, kl_old: 0, ratio_max: 1.1 } },
  ];
  expect(combine(outputs)).toEqual({
    loss: 3,
    metrics: { tokens: 4, kl_old: 1, ratio_max: 1.5 },
  });
});

/** Rows of two answers under a uniform policy over six tokens; ratios ½, 2 and 2 for each sign of the advantage. */
const rows: readonly PolicyRow[] = [1, -1].map((sign, i) => ({
  datum: {
    id: `row ${i}`,
    tokens: [0, 1, 2, 3],
    targets: [1, 2, 3, 4],
    mask: Float32Array.of(0, 1, 1, 1),
    advantages: Float32Array.of(0, sign, sign, sign),
    samplingLogProbs: Float32Array.of(0, ...[2, 0.5, 0.5].map((x) => Math.log(x / 6))),
    referenceLogProbs: Float32Array.of(0, ...[1, 1, 1].map((x) => Math.log(x / 6) - 0.5)),
  },
  weight: 0.25 * (i + 1),
  answer: `row ${i}`,
  index: 0,
  advantage: sign / (0.25 * (i + 1)),
  weightsVersion: "policy",
}));

const ways: readonly [string, { readonly kl: boolean }, Partial<PolicyLoss>][] = [
  ["computed by the client", { kl: true }, {}],
  ["with a KL term in a second pass", { kl: false }, {}],
  ["in closed form", { kl: true }, { dualClip: 1e6 }],
];

it.each(ways)(
  "reports the same names and numbers, by either estimator: %s",
  async (_, can, more) => {
    for (const estimator of ["k1", "k3"] as const) {
      const loss: PolicyLoss = {
        ...{ loss: "ppo", clipLow: 0.8, clipHigh: 1.2, ...more },
        kl: { coefficient: 0.1, estimator },
      };
      const training = tabularTrainingClient({ vocabulary: 6, ...can });
      const { metrics, logProbs } = await addPolicyGradient(training, rows, loss);
      const expected = {
        tokens: 6,
        ratio_mean: 4.5 / 3,
        ratio_max: 2,
        // A ratio of 2 is held where the advantage is above 0, one of ½ where it is below.
        clip_fraction: 3 / 6,
        clip_fraction_low: 1 / 6,
        clip_fraction_high: 2 / 6,
        kl_old: (0.5 - 1 + Math.log(2) + 2 * (2 - 1 - Math.log(2))) / 3,
        kl_old_k1: -Math.log(2) / 3,
        kl: Math.exp(-0.5) + 0.5 - 1,
        kl_k1: 0.5,
      };
      expect(Object.keys(metrics).toSorted()).toEqual(Object.keys(expected).toSorted());
      for (const [name, value] of Object.entries(expected))
        expect(metrics[name], name).toBeCloseTo(value, 6);
      expect(logProbs.map((row) => row[1])).toEqual([1, 1].map(() => Math.fround(Math.log(1 / 6))));
    }
  },
);
