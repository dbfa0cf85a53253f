/** How much the raters of a queue agree beyond chance: all together by Krippendorff's α, each two by Cohen's κ. */
import type { QueueKind } from "../../core/feedback-queue.ts";
import { compareText } from "../../core/text-order.ts";
import { type AlphaScale, cohenKappa, krippendorffAlpha, type Rating } from "../rater-agreement.ts";
import type { ItemJudgement } from "./queue-judgements.ts";
import { queueKindRules } from "./queue-kinds.ts";

/** Two raters, on the items that both have judged. */
export interface RaterPair {
  readonly raters: readonly [string, string];
  /** Number of items that both have judged. */
  readonly items: number;
  /** Share of these on which both say the same. */
  readonly same: number;
  /** Undefined where both always say one and the same. */
  readonly kappa: number | undefined;
}

/** The agreement of a queue's raters. */
export interface QueueAgreement {
  readonly scale: AlphaScale;
  /** Whether κ counts a near miss less ("quadratic"), or all differences the same ("none"). */
  readonly weights: "none" | "quadratic";
  /** Undefined where no item was judged twice, or all ratings are the same. */
  readonly alpha: number | undefined;
  /** Number of items that two or more people judged. */
  readonly judgedTwice: number;
  /** In the order of their names. */
  readonly pairs: readonly RaterPair[];
}

/**
 * Measures how much raters agree: ordinal α and κ with quadratic weights for ratings from 1 to 5, nominal α and unweighted κ for
 * thumbs and comparisons.
 *
 * @param items  the judgements of each item
 * @returns undefined for corrections, which are texts
 * @source Krippendorff 2011; Cohen 1960 and 1968: see `krippendorffAlpha` and `cohenKappa`
 */
export function queueAgreement(
  kind: QueueKind,
  items: readonly (readonly ItemJudgement[])[],
): QueueAgreement | undefined {
  const { agreement } = queueKindRules[kind];
  if (agreement === undefined) return undefined;
  const raters = [...new Set(items.flat().map(({ author }) => author))].toSorted(compareText);
  const byItem = items.map((item) => new Map(item.map(({ author, value }) => [author, value])));
  const rows = raters.map((rater) => byItem.map((item) => item.get(rater)));
  return {
    scale: agreement.alpha,
    weights: agreement.kappa,
    alpha: krippendorffAlpha(rows, agreement.alpha),
    judgedTwice: items.filter(({ length }) => length > 1).length,
    pairs: raters.flatMap((first, i) =>
      raters.slice(i + 1).flatMap((second, j) => {
        const both = commonRatings(rows[i]!, rows[i + 1 + j]!);
        return both.length === 0 ? [] : [pairOf([first, second], both, agreement)];
      }),
    ),
  };
}

type Ratings = readonly (Rating | undefined)[];

/** The ratings of both, of the items that both have rated. */
const commonRatings = (a: Ratings, b: Ratings): readonly (readonly [Rating, Rating])[] =>
  a.flatMap((one, i) => {
    const other = b[i];
    return one === undefined || other === undefined ? [] : [[one, other] as const];
  });

function pairOf(
  raters: RaterPair["raters"],
  both: readonly (readonly [Rating, Rating])[],
  how: { readonly kappa: QueueAgreement["weights"]; readonly categories: readonly Rating[] },
): RaterPair {
  const [first, second] = [both.map(([one]) => one), both.map(([, other]) => other)];
  return {
    raters,
    items: both.length,
    same: both.filter(([one, other]) => one === other).length / both.length,
    kappa: cohenKappa(first, second, how.kappa, how.categories),
  };
}
