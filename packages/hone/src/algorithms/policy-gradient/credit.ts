/**
 * Credit over the turns of a rollout: which of its turns an answer's advantage belongs to.
 *
 *     identical      A for every turn                                 Agent Lightning's LightningRL, arXiv:2508.03680
 *     discounted     γ^(K−1−k) · A for turn k of K, from 0            turns just before the reward count most
 *     anchor-states  A + ω · A_S, where turns of one state compete    GiGPO, arXiv:2505.10978, its step relative advantages:
 *
 *     R_k = γ^(K−1−k) · r        A_S = (R_k − mean) / std over the turns of the task's rollouts that start in the same state
 *
 * A state is what a turn was given: its observation (the tokens behind the turn before it), or the whole conversation. Several visits of
 * one rollout count; a state that is seen once has A_S = 0. The paper's ω is 1 and its γ 0.95; std is of the n turns, plus 1e-6, or 1 with
 * `scale: "none"`. Each turn's tokens share its advantage.
 */
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { Turn } from "../../core/rollout.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { turnPlaces } from "./episode-advantages.ts";
import { type PolicyChoice, policyChoices } from "./policy-choices.ts";
import type { Advantage, Answer, RolloutBatch } from "./scored-answers.ts";

/** How an answer's advantage is given to its turns. */
export interface CreditOptions {
  /** "identical" to all; "discounted" towards earlier ones; "anchor-states" compares turns that start in the same state, too (GiGPO). */
  readonly rule: PolicyChoice<"credit">;
  /** γ, from 0 to 1: what a turn is given of the turn behind it. Not with "identical". Default 0.95. */
  readonly discount?: number;
  /** ω of "anchor-states", above 0: the weight of the comparison by states. Default 1. */
  readonly weight?: number;
  /** Whether "anchor-states" divides by the deviation of a state's returns ("std") or not ("none"). Default "std". */
  readonly scale?: PolicyChoice<"creditScale">;
  /** What makes states of "anchor-states" equal: what the turn before led to, or all that was said. Default "observation". */
  readonly state?: PolicyChoice<"creditState">;
}

/** The options with their defaults. @throws OPTION_INVALID naming the option and its range */
export function creditSettings(where: string, options: CreditOptions): Required<CreditOptions> {
  const { rule, discount = 0.95, weight = 1, scale = "std", state = "observation" } = options;
  const check = optionChecks(where);
  check.oneOf("credit.rule", rule, policyChoices.credit);
  check.share("credit.discount", discount);
  check.number("credit.weight", weight, { above: 0 });
  check.oneOf("credit.scale", scale, policyChoices.creditScale);
  check.oneOf("credit.state", state, policyChoices.creditState);
  refuseUnread(options, check);
  return { rule, discount, weight, scale, state };
}

/** @throws OPTION_INVALID for an option that the rule would not read */
function refuseUnread(options: CreditOptions, check: OptionChecks): void {
  const { rule } = options;
  const ofStates = rule === "anchor-states" ? [] : (["weight", "scale", "state"] as const);
  const unread = rule === "identical" ? (["discount", ...ofStates] as const) : ofStates;
  for (const name of unread)
    if (options[name] !== undefined)
      throw check.invalid(`credit.${name}`, options[name], `left out, since "${rule}" reads none`);
}

/**
 * For methods in which turns cannot differ.
 * @param why  behind "left out, since"
 * @throws OPTION_INVALID where the option is given
 */
export function refuseCredit(
  where: string,
  { credit }: { readonly credit?: CreditOptions },
  why: string,
): void {
  if (credit === undefined) return;
  throw optionChecks(where).invalid("credit", credit, `left out, since ${why}`);
}

/** Why a method with one ratio for a whole answer refuses the option. */
export const hasOneRatio = "this method has one ratio for a whole answer";

/**
 * Advantages of answers, given to their turns.
 * @param advantages  in the order of the batch's answers
 */
export function creditTurns(
  batch: RolloutBatch,
  advantages: readonly Advantage[],
  credit: Required<CreditOptions>,
): readonly Advantage[] {
  const { rule, discount } = credit;
  if (rule === "identical") return advantages;
  const extra = rule === "anchor-states" ? byStates(batch, credit) : undefined;
  return batch.answers.map((answer, i) => {
    const { length: turns } = answer.rollout.turns;
    return overTurns(answer, advantages[i]!, (own, k) =>
      extra === undefined ? own * discount ** (turns - 1 - k) : own + extra[i]![k]!,
    );
  });
}

/** The advantage of each sampled token, made of the answer's own and the number of the turn. */
function overTurns(
  answer: Answer,
  own: Advantage,
  change: (own: number, turn: number) => number,
): Advantage {
  const rows = answer.rows.map(({ tokens }) => new Float64Array(tokens.length));
  turnPlaces(answer).forEach((places, turn) => {
    for (const { row, token } of places)
      rows[row]![token] = change(typeof own === "number" ? own : own[row]![token]!, turn);
  });
  return rows;
}

/** ω · A_S of each turn of each answer. */
function byStates(
  { answers }: RolloutBatch,
  { discount, weight, scale, state }: Required<CreditOptions>,
): number[][] {
  const turns = answers.flatMap(({ rollout, reward, group }) =>
    rollout.turns.map((_, k, { length }) => ({
      value: reward * discount ** (length - 1 - k),
      state: `${group}: ${state === "observation" ? observation(rollout.turns, k) : rollout.turns[k]!.promptTokens.join()}`,
    })),
  );
  const values = turns.map((turn) => turn.value);
  const states = turns.map((turn) => turn.state);
  const compared = groupAdvantages(values, states, { scale }).map((one) => weight * one);
  let start = 0;
  return answers.map(
    ({
      rollout: {
        turns: { length },
      },
    }) => compared.slice(start, (start += length)),
  );
}

/** What a turn was given beyond the turn before it; all, where it does not go on from there. */
function observation(turns: readonly Turn[], k: number): string {
  const { promptTokens } = turns[k]!;
  if (k === 0) return promptTokens.join();
  const before = [...turns[k - 1]!.promptTokens, ...turns[k - 1]!.tokens];
  const goesOn = before.every((token, t) => promptTokens[t] === token);
  return promptTokens.slice(goesOn ? before.length : 0).join();
}
