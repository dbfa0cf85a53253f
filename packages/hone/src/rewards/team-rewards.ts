/** Rewards of a team's work: of its coordination, votes and restarts, and the share of each member. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../core/option-checks.ts";
import type { Reward } from "../core/rollout.ts";
import type { TeamAnswer, TeamOutcome } from "../core/team.ts";

/** What a team's coordination reward depends on. */
export interface CoordinationFacts {
  /** Turns of the member that had the most, at least 1. */
  readonly rounds: number;
  /** Quality of the winning answer, from 0 to 1; 0 when there is none. */
  readonly quality: number;
  /** Whether every member voted after the last answer. */
  readonly isConsensus: boolean;
  /** Tokens that all members used; undefined when they are not known, which costs nothing. */
  readonly tokens?: number | undefined;
  /** Tokens that cost nothing. Default 50,000. */
  readonly tokenBudget?: number | undefined;
}

const factNames: OptionNames<CoordinationFacts> = {
  rounds: true,
  quality: true,
  isConsensus: true,
  tokens: true,
  tokenBudget: true,
};

/** Tokens of a whole team that cost nothing, unless an option says otherwise. */
const defaultTokenBudget = 50_000;

/**
 * The reward of a team's coordination, from −2 to 3, with its four parts as components.
 *
 *     total = −0.1 · min(rounds − 1, 10)  +  2 · q  +  (consensus ? 1 : −0.5)  −  0.5 · excess
 *
 *     q       quality of the winning answer, in [0, 1]
 *     excess  tokens over the budget, as a share of the budget, at most 1
 *
 * The formula is hone's own. 5 rounds, q = 0.2, no consensus and twice the budget give −0.4 + 0.4 − 0.5 − 0.5 = −1.
 *
 * @throws OPTION_INVALID
 * @example coordinationReward({ rounds: 2, quality: 0.8, isConsensus: true }).total; // −0.1 + 1.6 + 1 = 2.5
 */
export function coordinationReward(facts: CoordinationFacts): Reward {
  const where = "coordinationReward";
  checkOptions(where, facts, factNames);
  const { rounds, quality, isConsensus, tokens = 0, tokenBudget = defaultTokenBudget } = facts;
  optionChecks(where).number("tokenBudget", tokenBudget, { above: 0 });
  const excess = Math.min(1, Math.max(0, tokens / tokenBudget - 1));
  const components = {
    efficiency: -Math.min(Math.max(rounds - 1, 0), 10) / 10,
    quality: 2 * checkedQuality(quality),
    consensus: isConsensus ? 1 : -0.5,
    tokens: -0.5 * excess,
  };
  return { total: sum(Object.values(components)), components, source: "rule" };
}

/**
 * The reward of a vote: 1 when it was given to the winner, else −0.5.
 *
 * @param choice  the member that was voted for
 * @param winner  the member whose answer won; undefined when there is no winner
 */
export const votingReward = (choice: string, winner: string | undefined): number =>
  choice === winner ? 1 : -0.5;

/**
 * The reward of an answer that made other members start again: its gain in quality less 0.1, from −1.1 to 0.9.
 *
 * @param after   quality of the answer, from 0 to 1
 * @param before  quality of the best answer before it, from 0 to 1
 * @throws OPTION_INVALID for a quality outside of 0 to 1
 */
export const restartReward = (after: number, before: number): number =>
  rounded(checkedQuality(after) - checkedQuality(before) - 0.1);

/**
 * How a team's coordination reward is divided among its members.
 *
 * "equal": each member gets the same. "winner": all goes to the author of the winning answer; without a winner each gets
 * the same. "contribution": half goes to the winner's author and half, in equal parts, to the members that voted for it;
 * when no other member did, all goes to the author.
 */
export type TeamCredit = "equal" | "winner" | "contribution";

/** How a team's work is rewarded. */
export interface TeamRewardOptions {
  /** Quality of an answer, from 0 to 1, for example of a judge or `answerQuality(text).share`. Called once an answer. */
  readonly quality: (answer: TeamAnswer) => number;
  /** How the coordination reward is divided among members. Default "equal". */
  readonly credit?: TeamCredit;
  /** Tokens of the whole team that cost nothing. Default 50,000. */
  readonly tokenBudget?: number;
  /** Weight of each part of a member's reward. Default 1 each. */
  readonly weights?: Partial<Record<TeamPart, number>>;
  /** Mean tool reward of a member, such as `toolRewardOf(trace, { agent: member })`. Default: tools are not rewarded. */
  readonly tools?: (member: string) => number | undefined;
}

const optionNames: OptionNames<TeamRewardOptions> = {
  quality: true,
  credit: true,
  tokenBudget: true,
  weights: { coordination: true, voting: true, restart: true, tools: true },
  tools: true,
};

/** A part of a member's reward. */
export type TeamPart = "coordination" | "voting" | "restart" | "tools";

/** The rewards of a team and its members. */
export interface TeamRewards {
  /** The team's reward: total and components are the sums over its members. */
  readonly team: Reward;
  /** The reward of each member by its name; components are weighted. */
  readonly members: Readonly<Record<string, Reward>>;
  /** The coordination reward before it is weighted and divided, with its parts. */
  readonly coordination: Reward;
}

/**
 * Rewards a team's work, for the team and for each member.
 *
 * A member's reward is its share of the coordination reward, the reward of its vote, of its restarts and of its tools; a
 * part that does not apply is left out. The team's reward is the sum over its members.
 *
 * @throws OPTION_INVALID for a quality outside of 0 to 1 or a weight that is no number
 * @example const { members } = teamRewards(outcome, { quality: ({ text }) => answerQuality(text).share });
 */
export function teamRewards(outcome: TeamOutcome, options: TeamRewardOptions): TeamRewards {
  checkOptions("teamRewards", options, optionNames);
  const { credit = "equal" } = options;
  check.oneOf("credit", credit, ["equal", "winner", "contribution"]);
  const weights = checkedWeights(options.weights ?? {});
  // Asked once for each answer: a judge may be slow, and may score the same answer differently the next time.
  const known = new Map(outcome.answers.map((answer) => [answer.version, options.quality(answer)]));
  const quality = ({ version }: TeamAnswer): number => known.get(version)!;
  const { winner, rounds, isConsensus, tokens } = outcome;
  const coordination = coordinationReward({
    rounds,
    quality: winner === undefined ? 0 : quality(winner),
    isConsensus,
    tokens,
    tokenBudget: options.tokenBudget,
  });
  const shares = creditShares(outcome, credit);
  const restarts = new Map<string, number>();
  for (const { answer, reward } of restartRewards(outcome, quality)) {
    restarts.set(answer.member, (restarts.get(answer.member) ?? 0) + reward);
  }
  const entries = outcome.members.map((member) => {
    const vote = outcome.votes.find(({ voter }) => voter === member);
    const own: Partial<Record<TeamPart, number | undefined>> = {
      coordination: coordination.total * shares.get(member)!,
      voting: vote && votingReward(vote.choice, winner?.member),
      restart: restarts.get(member),
      tools: options.tools?.(member),
    };
    const components = Object.fromEntries(
      Object.entries(own).flatMap(([part, value]) =>
        value === undefined ? [] : [[part, rounded(value * weights[part as TeamPart])]],
      ),
    );
    return [member, { total: sum(Object.values(components)), components, source: "rule" }] as const;
  });
  const members: Record<string, Reward> = Object.fromEntries(entries);
  return { team: sumOfRewards(Object.values(members)), members, coordination };
}

/**
 * The rewards of all answers that made other members start again: how much better each is than the best earlier answer of
 * its attempt, less 0.1.
 *
 * @param quality  quality of an answer, from 0 to 1
 */
export function restartRewards(
  outcome: TeamOutcome,
  quality: (answer: TeamAnswer) => number,
): readonly { readonly answer: TeamAnswer; readonly reward: number }[] {
  const restarters = new Set(outcome.restarts.map(({ version }) => version));
  return outcome.answers
    .filter(({ version }) => restarters.has(version))
    .map((answer) => {
      const earlier = outcome.answers.filter(
        ({ version, attempt }) => attempt === answer.attempt && version < answer.version,
      );
      const before = Math.max(0, ...earlier.map(quality));
      return { answer, reward: restartReward(quality(answer), before) };
    });
}

/** The share of each member in the coordination reward; shares sum to 1. */
function creditShares(outcome: TeamOutcome, credit: TeamCredit): ReadonlyMap<string, number> {
  const { members, winner, votes } = outcome;
  if (credit === "equal" || winner === undefined) {
    return new Map(members.map((member) => [member, 1 / members.length]));
  }
  const supporters = votes.filter(
    ({ choice, voter }) => choice === winner.member && voter !== winner.member,
  );
  const isShared = credit === "contribution" && supporters.length > 0;
  return new Map(
    members.map((member) => {
      if (member === winner.member) return [member, isShared ? 0.5 : 1];
      const isSupporter = supporters.some(({ voter }) => voter === member);
      return [member, isShared && isSupporter ? 0.5 / supporters.length : 0];
    }),
  );
}

function sumOfRewards(rewards: readonly Reward[]): Reward {
  const components: Record<string, number> = {};
  for (const reward of rewards) {
    for (const [part, value] of Object.entries(reward.components)) {
      components[part] = rounded((components[part] ?? 0) + value);
    }
  }
  return { total: sum(rewards.map(({ total }) => total)), components, source: "rule" };
}

function checkedWeights(given: Partial<Record<TeamPart, number>>): Record<TeamPart, number> {
  const weights = { coordination: 1, voting: 1, restart: 1, tools: 1, ...given };
  for (const [part, weight] of Object.entries(weights)) check.number(`weights.${part}`, weight);
  return weights;
}

const check: OptionChecks = optionChecks("teamRewards");

const checkedQuality = (quality: number): number => check.share("quality", quality);

/** Without the error of floating point, so that sums of tenths are exact. */
const rounded = (value: number): number => Math.round(value * 1e12) / 1e12 + 0;

const sum = (values: readonly number[]): number => rounded(values.reduce((a, b) => a + b, 0));
