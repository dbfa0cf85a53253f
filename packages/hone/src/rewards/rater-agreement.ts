/**
 * How much raters agree beyond chance: 1 is perfect agreement, 0 what chance gives, below 0 worse than chance.
 *
 * Cohen's κ is for two raters, Fleiss' κ for the same number of ratings of every item, Krippendorff's α for any number of
 * raters, missing ratings and any scale.
 */
import { HoneError } from "../core/errors.ts";
import { type OptionChecks, optionChecks } from "../core/option-checks.ts";

/** A rating: a label or a number. */
export type Rating = string | number;

/**
 * Cohen's kappa: the agreement of two raters on the same items, from −1 to 1.
 *
 *     κ = 1 − Σ_ij w_ij o_ij / Σ_ij w_ij e_ij        o observed, e expected counts
 *     w_ij = [i ≠ j] (none) · |i − j| (linear) · (i − j)² (quadratic), by the order of the categories
 *
 * @param first       ratings of the first rater, one for each item
 * @param second      ratings of the second rater, in the same order
 * @param weights     "none" for labels; "linear" and "quadratic" for ordered ratings, where a near miss counts less
 * @param categories  all ratings that could be given, in order. Default: those that were given, so that one that nobody gave makes
 *                    the distance of its neighbours no greater
 * @returns undefined when there are no items, or all ratings are the same
 * @throws SHAPE_MISMATCH for lists of different lengths; OPTION_INVALID for a rating that is no category
 * @source Cohen 1960, A Coefficient of Agreement for Nominal Scales; Cohen 1968 for weights
 * @example cohenKappa(["a", "b", "b"], ["a", "b", "a"]); // 0.4
 */
export function cohenKappa(
  first: readonly Rating[],
  second: readonly Rating[],
  weights: "none" | "linear" | "quadratic" = "none",
  categories: readonly Rating[] = [...new Set([...first, ...second])].toSorted(inOrder),
): number | undefined {
  const checks = optionChecks("cohenKappa");
  checks.oneOf("weights", weights, ["none", "linear", "quadratic"]);
  if (first.length !== second.length) {
    throw new HoneError("SHAPE_MISMATCH", {
      where: "cohenKappa",
      expected: `as many ratings of the second rater as of the first (${first.length})`,
      got: `${second.length}`,
    });
  }
  const unknown = [...first, ...second].find((rating) => !categories.includes(rating));
  if (unknown !== undefined)
    throw checks.invalid("categories", categories, `a list with the rating ${unknown}`);
  const place = new Map(categories.map((category, i) => [category, i]));
  const distance = (a: Rating, b: Rating): number => {
    const gap = Math.abs(place.get(a)! - place.get(b)!);
    return weights === "none" ? Number(gap > 0) : weights === "linear" ? gap : gap ** 2;
  };
  const observed = first.reduce((sum: number, a, i) => sum + distance(a, second[i]!), 0);
  let expected = 0;
  for (const a of first) for (const b of second) expected += distance(a, b);
  return expected === 0 ? undefined : 1 - (observed * first.length) / expected;
}

/**
 * Fleiss' kappa: the agreement of many raters, with the same number of ratings of every item.
 *
 *     κ = (P̄ − P̄_e) / (1 − P̄_e)
 *
 * @param counts  [items][categories] number of raters that put the item into the category
 * @returns undefined when there are no items, fewer than two raters, or only one category is used
 * @throws SHAPE_MISMATCH when items have different numbers of ratings or of categories
 * @source Fleiss 1971, Measuring Nominal Scale Agreement among Many Raters
 * @example fleissKappa([[3, 0], [0, 3]]); // 1
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number | undefined {
  const [head] = counts;
  if (head === undefined) return undefined;
  const raters = sum(head);
  for (const [i, row] of counts.entries()) {
    if (sum(row) === raters && row.length === head.length) continue;
    throw new HoneError("SHAPE_MISMATCH", {
      where: "fleissKappa",
      expected: `as many ratings and categories of every item as of item 0 (${raters} ratings, ${head.length} categories)`,
      got: `${sum(row)} ratings and ${row.length} categories of item ${i}`,
    });
  }
  if (raters < 2) return undefined;
  const pairs = raters * (raters - 1);
  const agreed = counts.map((row) => (sum(row.map((n) => n * n)) - raters) / pairs);
  const observed = sum(agreed) / counts.length;
  const shares = head.map((_, j) => sum(counts.map((row) => row[j]!)) / (counts.length * raters));
  const expected = sum(shares.map((share) => share * share));
  return expected === 1 ? undefined : (observed - expected) / (1 - expected);
}

/**
 * What ratings mean: labels ("nominal"), ranks ("ordinal"), numbers whose differences count ("interval"), or numbers of at
 * least 0 whose ratios count ("ratio").
 */
export type AlphaScale = "nominal" | "ordinal" | "interval" | "ratio";

/**
 * Krippendorff's alpha: the agreement of any number of raters, of which each may have rated only some items.
 *
 *     α = 1 − D_o / D_e        observed and expected disagreement, by squared distance δ² of the scale
 *
 * @param ratings  [raters][items]; undefined where a rater gave none
 * @param scale    what the ratings mean; all but "nominal" need numbers. Default "nominal"
 * @returns undefined when no item was rated twice, or all ratings are the same
 * @throws OPTION_INVALID for labels on a scale of numbers
 * @source Krippendorff 2011, Computing Krippendorff's Alpha-Reliability
 * @example krippendorffAlpha([[1, 2, undefined], [1, 2, 3]], "interval"); // 1
 */
export function krippendorffAlpha(
  ratings: readonly (readonly (Rating | undefined)[])[],
  scale: AlphaScale = "nominal",
): number | undefined {
  check.oneOf("scale", scale, ["nominal", "ordinal", "interval", "ratio"]);
  const items = Math.max(0, ...ratings.map((row) => row.length));
  const units = Array.from({ length: items }, (_, i) =>
    ratings.flatMap((row) => (row[i] === undefined ? [] : [row[i]])),
  ).filter((unit) => unit.length > 1);
  const values = units.flat();
  if (scale !== "nominal") checkNumbers(values, scale);
  const distance = distanceOf(values, scale);
  const observed = sum(units.map((unit) => sumOfPairs(unit, distance) / (unit.length - 1)));
  const expected = sumOfPairs(values, distance) / (values.length - 1);
  return values.length < 2 || expected === 0 ? undefined : 1 - observed / expected;
}

type Distance = (a: Rating, b: Rating) => number;

function distanceOf(values: readonly Rating[], scale: AlphaScale): Distance {
  switch (scale) {
    case "nominal":
      return (a, b) => Number(a !== b);
    case "interval":
      return (a, b) => ((a as number) - (b as number)) ** 2;
    case "ratio":
      return (a, b) => {
        const [x, y] = [a as number, b as number];
        return x === y ? 0 : ((x - y) / (x + y)) ** 2;
      };
    case "ordinal":
      return ordinalDistance(values);
  }
}

/** Distance of two ranks: the squared number of ratings between them, where the ratings at both ends count half. */
function ordinalDistance(values: readonly Rating[]): Distance {
  const counts = new Map<Rating, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const middles = new Map<Rating, number>();
  let before = 0;
  for (const value of [...counts.keys()].toSorted(inOrder)) {
    const count = counts.get(value)!;
    middles.set(value, before + count / 2);
    before += count;
  }
  return (a, b) => (middles.get(a)! - middles.get(b)!) ** 2;
}

/** Sum of the distances of all ordered pairs. Pairs of different values are computed once and multiplied by their number. */
function sumOfPairs(values: readonly Rating[], distance: Distance): number {
  const counts = new Map<Rating, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let total = 0;
  for (const [a, n] of counts) for (const [b, m] of counts) total += n * m * distance(a, b);
  return total;
}

function checkNumbers(values: readonly Rating[], scale: AlphaScale): void {
  const min = scale === "ratio" ? 0 : -Infinity;
  const wrong = values.find((value) => typeof value !== "number" || !(value >= min));
  if (wrong === undefined) return;
  const expected = scale === "ratio" ? "numbers of at least 0" : `numbers on the scale "${scale}"`;
  throw check.invalid("ratings", wrong, expected);
}

const check: OptionChecks = optionChecks("krippendorffAlpha");

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const inOrder = (a: Rating, b: Rating): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;
