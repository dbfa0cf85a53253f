/**
 * Several objectives, one number: components of a group of rollouts, weighted as they are or each on the group's scale.
 *
 *     none       R_i = Σ_c w_c · r_ic
 *     deviation  R_i = Σ_c w_c · (r_ic − mean_c) / std_c        over the group; population form; 0 where std_c = 0
 *     range      R_i = Σ_c w_c · (r_ic − min_c) / (max_c − min_c);                            0 where max_c = min_c
 *
 * With raw sums the component with the widest spread decides, and different mixes can come out equal; on the group's
 * scale each counts by its weight.
 *
 * @source GDPO: Group reward-Decoupled Normalization Policy Optimization, 2026 (arXiv:2601.05242), for "deviation"
 */
import { HoneError } from "../core/errors.ts";

export type ObjectiveScale = "none" | "deviation" | "range";

export interface ObjectiveOptions {
  /** By component; one that is not named is left out. */
  readonly weights: Readonly<Record<string, number>>;
  /** Default "none". */
  readonly scale?: ObjectiveScale;
}

/**
 * @param group components of each rollout of one task
 * @returns one number a rollout, in their order
 * @throws OPTION_INVALID when a weighted component is missing in a rollout or is no number
 * @example
 * combineObjectives([{ right: 1, short: 0 }, { right: 0, short: 10 }], { weights: { right: 1, short: 0.5 }, scale: "range" });
 * // [1, 0.5]
 */
export function combineObjectives(
  group: readonly Readonly<Record<string, number>>[],
  { weights, scale = "none" }: ObjectiveOptions,
): number[] {
  const totals = new Array<number>(group.length).fill(0);
  for (const [name, weight] of Object.entries(weights)) {
    if (!Number.isFinite(weight)) throw invalid(`weights.${name}`, String(weight), "a number");
    const values = group.map((components, i) => {
      const value = components[name];
      if (value !== undefined && Number.isFinite(value)) return value;
      throw invalid(`group[${i}].${name}`, String(value), "a number: a weighted component");
    });
    scaled(values, scale).forEach((value, i) => (totals[i]! += weight * value));
  }
  return totals;
}

function scaled(values: readonly number[], scale: ObjectiveScale): readonly number[] {
  if (scale === "none") return values;
  const least = Math.min(...values);
  // Equal values, also such as three times 0.1 whose mean is not 0.1.
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

const invalid = (option: string, got: string, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", { where: "combineObjectives", option, got, expected });
