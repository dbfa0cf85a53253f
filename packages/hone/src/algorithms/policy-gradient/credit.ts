/**
 * Credit over the turns of a rollout: which of its turns an answer's advantage belongs to.
 *
 *     identical      A for every turn                                 Agent Lightning's LightningRL, arXiv:2508.03680
 *     discounted     γ^(K−1−k) · A for turn k of K, from 0            turns just before the reward count most
 *     anchor-states  A + ω · A_S, where turns of one state compete    GiGPO, arXiv:2505.10978, its step relative advantages:
 *
 *     R_k = γ^(K−1−k) · r        A_S = (R_k − mean) / std over the turns of the task's rollouts that start in the same state
 *
 *     turn-rewards   A + ω · Σ_{j ≥ k} γ^(j−k) · r̃_j,  r̃ = (r_j − mean) / std over all turns of the task's rollouts
 *                    DeepSeekMath's process supervision, arXiv:2402.03300 §4.1.3, where r_j is a judge's score of turn j
 *     agents         A_a for the turns of agent a: its own reward, compared with those of the same agent in the task's rollouts
 *     hierarchical   A for the coordinator's turns; a worker's are compared with those that answer the same choice: hierarchical-credit.ts
 *
 * A state is what a turn was given: its observation (the tokens behind the turn before it), or the whole conversation. Several visits of
 * one rollout count; a state that is seen once has A_S = 0. The paper's ω is 1 and its γ 0.95; std is of the n turns, plus 1e-6, or 1 with
 * `scale: "none"`. Each turn's tokens share its advantage.
 *
 * Rewards of turns are `Reward.turns`, which a judge gives by `judgedTurns` of hone-rl/rewards; rewards of agents the parts "agent/<name>" of a
 * reward, and a turn's agent is `Turn.agent`. What lacks them keeps A and is counted (`credit_missing`). DeepSeekMath has no A beside the turns'
 * own, so ω → ∞, and no discount.
 */
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { Turn } from "../../core/rollout.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { turnPlaces } from "./episode-advantages.ts";
import { isHierarchical, workerCredit } from "./hierarchical-credit.ts";
import { type PolicyChoice, policyChoices } from "./policy-choices.ts";
import type { Advantage, Answer, RolloutBatch } from "./scored-answers.ts";

/** How an answer's advantage is given to its turns. */
export interface CreditOptions {
  /**
   * "identical" to all; "discounted" towards earlier ones; "anchor-states" compares turns that start in the same state, too (GiGPO);
   * "turn-rewards" adds what turns earned themselves, as a judge scored them; "agents" gives a turn its own agent's reward; "hierarchical"
   * judges a coordinator by the team's reward, and its workers among those that answer the same choice of it.
   */
  readonly rule: PolicyChoice<"credit">;
  /** The agent whose turns are the choices of "hierarchical" (`Turn.agent`), which needs it. */
  readonly coordinator?: string;
  /**
   * γ, from 0 to 1: what a turn is given of the turn behind it. Of "discounted", "anchor-states" and "turn-rewards". Default 0.95;
   * "turn-rewards": 1.
   */
  readonly discount?: number;
  /** ω of "anchor-states" and "turn-rewards", above 0: the weight of what is added. Default 1. */
  readonly weight?: number;
  /** Whether what is compared is divided by its deviation ("std") or not ("none"). Of the rules that compare. Default "std". */
  readonly scale?: PolicyChoice<"creditScale">;
  /** What makes states of "anchor-states" equal: what the turn before led to, or all that was said. Default "observation". */
  readonly state?: PolicyChoice<"creditState">;
}

/** The options with their defaults. A coordinator is there for "hierarchical" only, so that records of other rules stay as they were. */
export type CreditSettings = Required<Omit<CreditOptions, "coordinator">> &
  Pick<CreditOptions, "coordinator">;

/** The options with their defaults. @throws OPTION_INVALID naming the option and its range */
export function creditSettings(where: string, options: CreditOptions): CreditSettings {
  const { rule, coordinator, weight = 1, scale = "std", state = "observation" } = options;
  const { discount = rule === "turn-rewards" ? 1 : 0.95 } = options;
  const check = optionChecks(where);
  check.oneOf("credit.rule", rule, policyChoices.credit);
  check.share("credit.discount", discount);
  check.number("credit.weight", weight, { above: 0 });
  check.oneOf("credit.scale", scale, policyChoices.creditScale);
  check.oneOf("credit.state", state, policyChoices.creditState);
  refuseUnread(options, check);
  if (rule === "hierarchical") check.text("credit.coordinator", coordinator);
  return {
    rule,
    discount,
    weight,
    scale,
    state,
    ...(coordinator !== undefined && { coordinator }),
  };
}

/** @throws OPTION_INVALID for an option that the rule would not read */
function refuseUnread(options: CreditOptions, check: OptionChecks): void {
  const { rule } = options;
  for (const name of ["discount", "weight", "scale", "state", "coordinator"] as const)
    if (options[name] !== undefined && !readBy[rule].includes(name))
      throw check.invalid(`credit.${name}`, options[name], `left out, since "${rule}" reads none`);
}

/** The options that each rule reads. */
const readBy: Readonly<Record<CreditOptions["rule"], readonly (keyof CreditOptions)[]>> = {
  identical: [],
  discounted: ["discount"],
  "anchor-states": ["discount", "weight", "scale", "state"],
  "turn-rewards": ["discount", "weight", "scale"],
  agents: ["scale"],
  hierarchical: ["coordinator", "scale"],
};

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
  credit: CreditSettings,
): readonly Advantage[] {
  if (credit.rule === "identical") return advantages;
  const change = changes[credit.rule](batch, credit);
  return batch.answers.map((answer, i) =>
    overTurns(answer, advantages[i]!, (own, k) => change(own, i, k)),
  );
}

/** A rule for a batch: the advantage of turn k of answer i, made of the answer's own. */
type Change = (
  batch: RolloutBatch,
  credit: CreditSettings,
) => (own: number, answer: number, turn: number) => number;

const changes: Readonly<Record<Exclude<CreditOptions["rule"], "identical">, Change>> = {
  discounted:
    ({ answers }, { discount }) =>
    (own, i, k) =>
      own * discount ** (answers[i]!.rollout.turns.length - 1 - k),
  "anchor-states": (batch, credit) => {
    const extra = byStates(batch, credit);
    return (own, i, k) => own + extra[i]![k]!;
  },
  "turn-rewards": (batch, credit) => {
    const extra = byTurnRewards(batch, credit);
    return (own, i, k) => own + (extra[i]?.[k] ?? 0);
  },
  agents: (batch, credit) => {
    const known = byAgents(batch, credit);
    return (own, i, k) => known[i]!.get(batch.answers[i]!.rollout.turns[k]!.agent) ?? own;
  },
  hierarchical: (batch, credit) => {
    const { advantages } = workerCredit(batch, hierarchy(credit));
    return (own, i, k) => advantages[i]!.get(k) ?? own;
  },
};

/** The options of the rule "hierarchical", of which `creditSettings` has seen that they are there. */
const hierarchy = ({ coordinator, scale }: Pick<CreditSettings, "coordinator" | "scale">) => ({
  coordinator: coordinator!,
  scale,
});

/** What is reported of a rule that reads more than the answers' rewards: rollouts that lack it, and what workers were compared with. */
export function creditMetrics(
  batch: Pick<RolloutBatch, "answers">,
  credit: CreditSettings,
): Readonly<Record<string, number>> {
  if (!readsTurns(credit.rule)) return {};
  const credit_missing = creditMissing(batch, credit);
  if (credit.rule !== "hierarchical") return { credit_missing };
  const { choice, agent, nothing } = workerCredit(batch, hierarchy(credit)).turns;
  return {
    credit_missing,
    credit_same_choice: choice,
    credit_same_agent: agent,
    credit_uncompared: nothing,
  };
}

/**
 * How many answers lack what the rule reads: rewards of all their turns, or the agent of a turn and what it earned, or a coordinator. Their
 * turns, or those of such an agent, have the answer's own advantage.
 */
export function creditMissing(
  { answers }: Pick<RolloutBatch, "answers">,
  { rule, coordinator = "" }: Pick<CreditOptions, "rule" | "coordinator">,
): number {
  if (!readsTurns(rule)) return 0;
  const lacks = {
    "turn-rewards": (answer: Answer) => turnRewards(answer) === undefined,
    agents: (answer: Answer) =>
      answer.rollout.turns.some(({ agent }) => agentReward(answer, agent) === undefined),
    hierarchical: (answer: Answer) => !isHierarchical(answer, { coordinator }),
  };
  return answers.filter((answer) => answer.rollout.turns.length > 0 && lacks[rule](answer)).length;
}

/** Whether a rule reads what single turns, or the agents of turns, earned, or who took them. */
const readsTurns = (
  rule: CreditOptions["rule"],
): rule is "turn-rewards" | "agents" | "hierarchical" =>
  rule === "turn-rewards" || rule === "agents" || rule === "hierarchical";

/** [K] what the turns of an answer earned; undefined where that is not known for each of them. */
function turnRewards({ rollout: { reward, turns } }: Answer): readonly number[] | undefined {
  return reward?.turns?.length === turns.length ? reward.turns : undefined;
}

const agentReward = ({ rollout }: Answer, agent: string | undefined): number | undefined =>
  agent === undefined ? undefined : rollout.reward?.components[`agent/${agent}`];

/** ω · Σ γ^(j−k) · r̃_j of each turn of each answer; undefined where an answer has no rewards of its turns. */
function byTurnRewards(
  { answers }: RolloutBatch,
  { discount, weight, scale }: CreditSettings,
): (readonly number[] | undefined)[] {
  const given = answers.map((answer) => turnRewards(answer));
  const turns = given.flatMap((rewards, i) =>
    (rewards ?? []).map((value) => ({ value, group: String(answers[i]!.group) })),
  );
  const compared = groupAdvantages(
    turns.map(({ value }) => value),
    turns.map(({ group }) => group),
    { scale },
  );
  let start = 0;
  return given.map((rewards) => {
    if (rewards === undefined) return undefined;
    const own = compared.slice(start, (start += rewards.length));
    // From the last turn on: what is behind a turn counts for it, too.
    let behind = 0;
    return own
      .toReversed()
      .map((one) => weight * (behind = one + discount * behind))
      .toReversed();
  });
}

/** What each agent of each answer has for an advantage, where it earned something of its own. */
function byAgents(
  { answers }: RolloutBatch,
  { scale }: CreditSettings,
): ReadonlyMap<string | undefined, number>[] {
  const parts = answers.flatMap((answer, i) =>
    [...new Set(answer.rollout.turns.map(({ agent }) => agent))].flatMap((agent) => {
      const value = agentReward(answer, agent);
      return value === undefined ? [] : [{ i, agent, value, name: `${answer.group}: ${agent}` }];
    }),
  );
  const compared = groupAdvantages(
    parts.map(({ value }) => value),
    parts.map(({ name }) => name),
    { scale },
  );
  const known = answers.map(() => new Map<string | undefined, number>());
  parts.forEach(({ i, agent }, p) => known[i]!.set(agent, compared[p]!));
  return known;
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
  { discount, weight, scale, state }: CreditSettings,
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
