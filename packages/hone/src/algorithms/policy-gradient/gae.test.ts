/** Generalised advantages against NumPy and by hand: tokens and turns, masks, several rows, episodes that were cut off. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Rollout, Trajectory, Turn } from "../../core/rollout.ts";
import { episodeAdvantages, type EpisodeOptions } from "./episode-advantages.ts";
import { generalizedAdvantages, whitening } from "./gae.ts";
import type { Answer } from "./scored-answers.ts";

const golden = <T>(name: string): T =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../../../test/golden", name), "utf8"),
  ) as T;

const { ppo, inputs } = golden<{
  readonly inputs: { readonly mask: number[][] };
  readonly ppo: {
    readonly values: number[][];
    readonly rewards: number[][];
    readonly cases: readonly {
      readonly gamma: number;
      readonly lambda: number;
      readonly advantages: number[][];
      readonly returns: number[][];
      readonly whitenedAdvantages: number[][];
    }[];
  };
}>("trl.json");

interface EpisodesGolden {
  readonly lengths: number[][];
  readonly values: number[][];
  readonly penalties: number[][];
  readonly rewards: number[];
  readonly cases: readonly (EpisodeOptions & {
    readonly answers: readonly Record<"advantages" | "returns" | "mask" | "whitened", number[]>[];
  })[];
}
const episodes = golden<EpisodesGolden>("generalized-advantages.json");

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(got.length).toBe(wanted.length);
  for (let t = 0; t < got.length; t++) expect(got[t]).toBeCloseTo(wanted[t]!, 8);
}

/** An answer whose turns are cut to rows: `rows[i]` lists the lengths of given and sampled tokens, by turns. */
function answerOf(
  rows: readonly (readonly number[])[],
  more: { readonly reward: number } & Partial<Answer>,
  stopReason: Turn["stopReason"] = "stop",
): Answer {
  const turns = rows.flatMap((lengths) =>
    lengths
      .filter((_, i) => i % 2 === 1)
      .map((length) => ({ tokens: Array<number>(length).fill(1), stopReason }))
      .map((turn) => turn as Partial<Turn> as Turn),
  );
  const trajectories = rows.map((lengths): Trajectory => {
    const mask = lengths.flatMap((length, i) => Array<number>(length).fill(i % 2));
    const zeros = mask.map(() => 0);
    const fixed = { rolloutId: "r", temperature: 1, isTruncated: false, weightsVersion: "w" };
    return { ...fixed, tokens: zeros, mask, logProbs: zeros, samplingLogProbs: zeros };
  });
  const rollout = { turns } as Partial<Rollout> as Rollout;
  return { rollout, group: 0, rows: trajectories, length: 0, ...more };
}

describe("generalizedAdvantages", () => {
  it.each(ppo.cases)(
    "has the golden advantages and returns at γ $gamma, λ $lambda",
    ({ gamma, lambda, advantages, returns, whitenedAdvantages }) => {
      const sampled = (numbers: readonly number[], row: number) =>
        numbers.filter((_, t) => inputs.mask[row]![t] === 1);
      const found = ppo.rewards.map((rewards, row) => {
        const steps = { rewards: sampled(rewards, row), values: sampled(ppo.values[row]!, row) };
        return generalizedAdvantages(steps, { discount: gamma, lambda });
      });
      const { mean, scale } = whitening(found.flatMap((one) => [...one.advantages]));
      found.forEach((one, row) => {
        expectClose(one.advantages, sampled(advantages[row]!, row));
        expectClose(one.returns, sampled(returns[row]!, row));
        const white = one.advantages.map((value) => (value - mean) * scale);
        expectClose(white, sampled(whitenedAdvantages[row]!, row));
      });
    },
  );

  it("refuses values of another length, and γ and λ outside 0 to 1 with the range", () => {
    const steps = { rewards: [1, 2], values: [1] };
    expect(() => generalizedAdvantages(steps)).toThrow(/SHAPE_MISMATCH.*each of the 2 rewards/);
    for (const [options, text] of [
      [{ discount: 1.1 }, /discount = 1\.1; .*from 0 to 1/],
      [{ lambda: -0.1 }, /lambda = -0\.1; .*from 0 to 1/],
      [{ gamma: 1 } as never, /gamma/],
    ] as const)
      expect(() => generalizedAdvantages({ rewards: [], values: [] }, options)).toThrow(text);
  });
});

describe("episodeAdvantages", () => {
  it.each(episodes.cases)(
    "has NumPy's numbers with $steps as steps, γ $discount, λ $lambda, bootstrap $bootstrap",
    ({ answers, ...options }) => {
      const found = episodes.lengths.map((lengths, i) => {
        const facts = { reward: episodes.rewards[i]!, penalties: [episodes.penalties[i]!] };
        const answer = answerOf([lengths], facts, "length");
        return episodeAdvantages(
          answer,
          new Map([[answer.rows[0]!, episodes.values[i]!]]),
          options,
        );
      });
      const sampled = found.flatMap(([one]) =>
        [...one!.advantages].filter((_, t) => one!.row.mask[t] === 1),
      );
      const { mean, scale } = whitening(sampled);
      found.forEach(([one], i) => {
        expectClose(one!.advantages, answers[i]!.advantages);
        expectClose(one!.returns, answers[i]!.returns);
        expectClose(one!.mask, answers[i]!.mask);
        const white = one!.advantages.map((a, t) => one!.row.mask[t]! * ((a - mean) * scale));
        expectClose(white, answers[i]!.whitened);
      });
    },
  );

  it("goes on from one row of an answer to the next: worked out by hand", () => {
    const answer = answerOf(
      [
        [1, 2],
        [2, 1],
      ],
      { reward: 1 },
    );
    const [first, second] = answer.rows as [Trajectory, Trajectory];
    const values = new Map([
      [first, [9, 0.25, 0.5, 9]],
      [second, [9, 9, 0.75, 9]],
    ]);
    const options = { steps: "tokens", bootstrap: true, discount: 1, lambda: 0.5 } as const;
    const [one, two] = episodeAdvantages(answer, values, options);
    // The episode ended, so nothing is added behind it. δ = 0.25, 0.25, 0.25; A = δ + ½ A of the next.
    expectClose(two!.advantages, [0, 0, 0.25]);
    expectClose(one!.advantages, [0, 0.4375, 0.375]);
    expectClose(one!.returns, [0, 0.6875, 0.875]);
    expectClose(two!.values, [0, 0, 0.75]);
  });

  it("is empty for an answer without a call of the policy", () => {
    const options = { steps: "turns", bootstrap: false, discount: 1, lambda: 1 } as const;
    expect(episodeAdvantages(answerOf([], { reward: 1 }), new Map(), options)).toEqual([]);
  });
});

it("whitening makes nothing of advantages that are all equal", () => {
  expect(whitening([0.1, 0.1, 0.1])).toEqual({ mean: 0, scale: 0 });
  expect(whitening([]).scale).toBe(0);
});
