/**
 * Losses that compare the distributions of a batch instead of its pairs: Alignment via Optimal Transport. Each side's numbers are
 * sorted, and the i-th smallest of one is compared with the i-th smallest of the other by −(1 − ε)·log σ(βΔ) − ε·log σ(−βΔ).
 *
 * Melnyk et al. 2024, AOT (arXiv:2406.05882). A number's place in the order is taken as given, so the derivative of each Δ goes to
 * the answers whose numbers stand there.
 */
import { pairLosses, type PairLossSettings, type SidesPoint } from "./pair-losses.ts";

/** Sums of a pair's log-probs, under the policy and under the reference. */
export interface PairSums {
  readonly policy: { readonly chosen: number; readonly rejected: number };
  readonly reference: { readonly chosen: number; readonly rejected: number };
}

/** Losses of a whole batch, by name: the value at each place, and the derivatives by each pair's log-probs. */
export const sortedLosses = {
  /** Δ of the sorted differences of the policy (chosen − rejected), and of those of the reference. */
  aot(pairs: readonly PairSums[], settings: PairLossSettings): readonly SidesPoint[] {
    const own = ascending(pairs.map(({ policy }) => policy.chosen - policy.rejected));
    const expected = ascending(pairs.map(({ reference }) => reference.chosen - reference.rejected));
    const points = pairs.map(() => ({ value: 0, chosen: 0, rejected: 0 }));
    own.forEach(({ index, value }, place) => {
      const delta = value - expected[place]!.value;
      const { value: loss, slope } = pairLosses.sigmoid.at(delta, settings);
      points[index] = { value: loss, chosen: slope, rejected: -slope };
    });
    return points;
  },

  /** Δ of the sorted log-ratios of the chosen answers, and of those of the rejected ones. */
  aot_unpaired(pairs: readonly PairSums[], settings: PairLossSettings): readonly SidesPoint[] {
    const ratios = (side: "chosen" | "rejected") =>
      ascending(pairs.map(({ policy, reference }) => policy[side] - reference[side]));
    const [better, worse] = [ratios("chosen"), ratios("rejected")];
    const points = pairs.map(() => ({ value: 0, chosen: 0, rejected: 0 }));
    better.forEach((chosen, place) => {
      const rejected = worse[place]!;
      const { value, slope } = pairLosses.sigmoid.at(chosen.value - rejected.value, settings);
      points[chosen.index]!.value += value;
      points[chosen.index]!.chosen += slope;
      points[rejected.index]!.rejected -= slope;
    });
    return points;
  },
} as const;

/** The name of a loss of `sortedLosses`. */
export type SortedLossName = keyof typeof sortedLosses;

const ascending = (values: readonly number[]) =>
  values.map((value, index) => ({ value, index })).toSorted((a, b) => a.value - b.value);
