/** Several objectives as one number. */
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";

/** How components are scaled before they are added: not at all, by the group's deviation, or by the group's range. */
export type ObjectiveScale = "none" | "deviation" | "range";

/** How components are combined. */
export interface ObjectiveOptions {
  /** Weight of each component by its name; components without a weight are left out. */
  readonly weights: Readonly<Record<string, number>>;
  /** How each component is scaled within the group. Default "none". */
  readonly scale?: ObjectiveScale;
}

/**
 * Combines the components of each rollout of a group into one number.
 *
 *     none       R_i = Σ_c w_c · r_ic
 *     deviation  R_i = Σ_c w_c · (r_ic − mean_c) / std_c             over the group; population form; 0 where std_c = 0
 *     range      R_i = Σ_c w_c · (r_ic − min_c) / (max_c − min_c)    over the group; 0 where max_c = min_c
 *
 * In plain sums the component with the widest spread decides, and different mixes can come out equal. Scaled within the
 * group, each component counts by its weight.
 *
 * @param group  components of each rollout of one task
 * @returns one number for each rollout, in the order of the group
 * @throws OPTION_INVALID when a weighted component is missing in a rollout or is no number
 * @source GDPO: Group reward-Decoupled Normalization Policy Optimization, 2026 (arXiv:2601.05242), for "deviation"
 * @example
 * combineObjectives([{ right: 1, short: 0 }, { right: 0, short: 10 }], { weights: { right: 1, short: 0.5 }, scale: "range" });
 * // [1, 0.5]
 */
export function combineObjectives(
  group: readonly Readonly<Record<string, number>>[],
  options: ObjectiveOptions,
): number[] {
  checkOptions("combineObjectives", options, { weights: true, scale: true });
  const { weights, scale = "none" } = options;
  check.oneOf("scale", scale, ["none", "deviation", "range"]);
  const totals = new Array<number>(group.length).fill(0);
  for (const [name, weight] of Object.entries(weights)) {
    check.number(`weights.${name}`, weight);
    const values = group.map((components, i) =>
      check.number(`group[${i}].${name}`, components[name]),
    );
    scaled(values, scale).forEach((value, i) => (totals[i]! += weight * value));
  }
  return totals;
}

const check = optionChecks("combineObjectives");

function scaled(values: readonly number[], scale: ObjectiveScale): readonly number[] {
  if (scale === "none") return values;
  const least = Math.min(...values);
  // Not asked by their deviation: the mean of three times 0.1 is not exactly 0.1.
  if (values.every((value) => value === least)) return values.map(() => 0);
  if (scale === "range") {
    const width = Math.max(...values) - least;
    return values.map((value) => (value - least) / width);
  }
  const mean = average(values);
  const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  return values.map((value) => (value - mean) / deviation);
}

const average = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
