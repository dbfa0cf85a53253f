/**
 * Advantages of a reward of several parts: each part is normalised in its group before they are summed, so that a part whose values
 * lie far apart does not drown the others.
 *
 *     Â_k[i] = (r_k[i] − mean_g r_k) / (std_g r_k + ε)        part k, group g of answer i
 *     S[i]   = Σ_k weight_k · Â_k[i]
 *     A[i]   = S[i] / (std_batch S + ε)                       the mean of S over a batch is 0, as it is in every group
 *
 * @source Liu et al. 2026, GDPO §3 (arXiv:2601.05242); TRL's `multi_objective_aggregation` "normalize_then_sum"
 */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { shownValue } from "../../core/shown-value.ts";
import { type AdvantageOptions, groupAdvantages } from "../blocks/advantages.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import { groupNames, type RolloutBatch } from "./scored-answers.ts";

/** Parts of a reward by their names in `reward.components` → how much each counts, above 0. */
export type Objectives = Readonly<Record<string, number>>;

/** How parts of a reward become advantages. */
export interface ObjectiveOptions extends Required<
  Pick<AdvantageOptions, "deviation" | "epsilon">
> {
  /** Named in errors. */
  readonly method: string;
  readonly objectives: Objectives;
}

/**
 * Checks what is asked for.
 * @throws OPTION_INVALID for no parts, a weight that is not above 0, or beside what takes the reward's total
 */
export function checkObjectives(
  method: string,
  objectives: Objectives,
  {
    advantageScale,
    kl,
  }: { readonly advantageScale: string; readonly kl: { readonly place?: string } },
): void {
  const check = optionChecks(method);
  const entries = Object.entries(objectives);
  if (entries.length === 0)
    throw check.invalid("objectives", objectives, "at least one part of the reward");
  for (const [name, weight] of entries) check.number(`objectives.${name}`, weight, { above: 0 });
  if (advantageScale !== "std")
    throw check.invalid("advantageScale", advantageScale, `"std" with objectives`);
  if (kl.place === "reward") throw check.invalid("kl.place", kl.place, `"loss" with objectives`);
}

/**
 * [N] the advantages of a batch by the formula above, in the order of its answers.
 * @throws OPTION_INVALID where an answer's reward lacks one of the parts, naming those it has
 */
export function objectiveAdvantages(batch: RolloutBatch, options: ObjectiveOptions): number[] {
  const { objectives, deviation, epsilon } = options;
  const names = groupNames(batch);
  const total = batch.answers.map(() => 0);
  for (const [part, weight] of Object.entries(objectives)) {
    const values = batch.answers.map(({ rollout }) =>
      partOf(rollout.reward!.components, part, options),
    );
    groupAdvantages(values, names, { deviation, epsilon }).forEach((advantage, i) => {
      total[i]! += weight * advantage;
    });
  }
  const mean = meanOf(total);
  const squares = sumOf(total.map((value) => (value - mean) ** 2));
  const count = deviation === "sample" ? total.length - 1 : total.length;
  const std = Math.sqrt(squares / Math.max(1, count));
  return total.map((value) => value / (std + epsilon));
}

function partOf(
  components: Readonly<Record<string, number>>,
  part: string,
  { method, objectives }: ObjectiveOptions,
): number {
  const value = components[part];
  if (Number.isFinite(value)) return value!;
  throw new HoneError("OPTION_INVALID", {
    where: method,
    option: "objectives",
    got: `${shownValue(objectives)}, and a reward whose part "${part}" is ${String(value)}`,
    expected: `names of parts that every reward has as a number; this one has ${Object.keys(components).join(", ") || "none"}`,
  });
}
