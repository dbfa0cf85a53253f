/**
 * Rewards of a team's work: how it coordinated, who voted well, whose restarts paid, and what each member earns.
 *
 *     coordination = −0.1 · min(rounds − 1, 10)  +  2 · q  +  (consensus ? 1 : −0.5)  −  0.5 · excess     ∈ [−2, 3]
 *     voting       = +1 for the winner chosen, −0.5 otherwise                                              ∈ [−0.5, 1]
 *     restart      = (q_after − q_before) − 0.1, for an answer that came when others stood already         ∈ [−1.1, 0.9]
 *
 *     q       quality of the winning answer, in [0, 1]
 *     excess  tokens over the budget, as a share of the budget, at most 1
 *
 * The formula of coordination is ours; its published examples come out as: 2 rounds, q = 0.8, consensus, within the
 * budget: −0.1 + 1.6 + 1 − 0 = 2.5; 5 rounds, q = 0.2, no consensus, twice the budget: −0.4 + 0.4 − 0.5 − 0.5 = −1.
 */
import { HoneError } from "../core/errors.ts";
import type { Reward } from "../core/rollout.ts";
import type { TeamAnswer, TeamOutcome } from "../core/team.ts";

export interface CoordinationFacts {
  /** At least 1. */
  readonly rounds: number;
  /** Of the winning answer, in [0, 1]; 0 where there is none. */
  readonly quality: number;
  readonly isConsensus: boolean;
  /** Absent: not counted, no penalty. */
  readonly tokens?: number | undefined;
  /** Tokens that cost nothing. Default 50,000. */
  readonly tokenBudget?: number | undefined;
}

/** Tokens of a whole team that cost nothing where nobody says otherwise. */
const defaultTokenBudget = 50_000;

/** The four parts, which sum to the reward; in [−2, 3]. @example coordinationReward({ rounds: 2, quality: 0.8, isConsensus: true }).total; // 2.5 */
export function coordinationReward(facts: CoordinationFacts): Reward {
  const { rounds, quality, isConsensus, tokens = 0, tokenBudget = defaultTokenBudget } = facts;
  if (!(tokenBudget > 0)) {
    throw new HoneError("OPTION_INVALID", {
      where: "coordinationReward",
      option: "tokenBudget",
      got: String(tokenBudget),
      expected: "a number above 0",
    });
  }
  const excess = Math.min(1, Math.max(0, tokens / tokenBudget - 1));
  const components = {
    efficiency: -Math.min(Math.max(rounds - 1, 0), 10) / 10,
    quality: 2 * checkedQuality(quality),
    consensus: isConsensus ? 1 : -0.5,
    tokens: -0.5 * excess,
  };
  return { total: sum(Object.values(components)), components, source: "rule" };
}

/** @returns 1 or −0.5 */
export const votingReward = (choice: string, winner: string | undefined): number =>
  choice === winner ? 1 : -0.5;

/** What an answer over standing ones was worth: the others had to start again for it. In [−1.1, 0.9]. */
export const restartReward = (after: number, before: number): number =>
  rounded(checkedQuality(after) - checkedQuality(before) - 0.1);

/** How the team's coordination reward is shared among its members. */
export type TeamCredit =
  /** Each the same. */
  | "equal"
  /** All to the author of the winning answer; equally when nobody answered. */
  | "winner"
  /** Half to the winner's author, half equally among those who voted for it; what finds nobody goes to the author. */
  | "contribution";

export interface TeamRewardOptions {
  /** Of an answer, in [0, 1]: from a judge, a check of the domain, `answerQuality(text).share`. */
  readonly quality: (answer: TeamAnswer) => number;
  /** Default "equal". */
  readonly credit?: TeamCredit;
  readonly tokenBudget?: number;
  /** By part, default 1: coordination, voting, restart, tools. */
  readonly weights?: Partial<Record<TeamPart, number>>;
  /** A member's mean tool reward, where it used tools; `toolRewardOf(trace, { agent })` gives it. */
  readonly tools?: (member: string) => number | undefined;
}

export type TeamPart = "coordination" | "voting" | "restart" | "tools";

export interface TeamRewards {
  /** The sums of the members' components; its total is the sum of the members' totals. */
  readonly team: Reward;
  /** By member. Components are weighted. */
  readonly members: Readonly<Record<string, Reward>>;
  /** The coordination reward before weight and credit, with its parts. */
  readonly coordination: Reward;
}

/**
 * What a team's work was worth, for the team and for each member.
 *
 * A member's reward is its share of the coordination reward, its vote (none: nothing), its restarts and its tools; the
 * team's is the sum over members, so credit moves reward between members and never makes any.
 *
 * @throws OPTION_INVALID for a quality outside [0, 1] or a weight that is no number
 */
export function teamRewards(outcome: TeamOutcome, options: TeamRewardOptions): TeamRewards {
  const weights = checkedWeights(options.weights ?? {});
  // Once an answer: whoever judges may be slow, or draw lots.
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
  const shares = creditShares(outcome, options.credit ?? "equal");
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
 * The reward of every answer that made others start again: how much better it is than the best one of its attempt that
 * stood before, less a tenth.
 */
export function restartRewards(
  outcome: TeamOutcome,
  quality: (answer: TeamAnswer) => number,
): readonly { readonly answer: TeamAnswer; readonly reward: number }[] {
  const restarters = new Set(outcome.restarts.map(({ version }) => version));
  return outcome.answers
    .filter(({ version }) => restarters.has(version))
    .map((answer) => {
      const standing = outcome.answers.filter(
        ({ version, attempt }) => attempt === answer.attempt && version < answer.version,
      );
      const before = Math.max(0, ...standing.map(quality));
      return { answer, reward: restartReward(quality(answer), before) };
    });
}

/** By member, summing to 1. */
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
  for (const [part, weight] of Object.entries(weights)) {
    if (
      !(part in { coordination: 1, voting: 1, restart: 1, tools: 1 }) ||
      !Number.isFinite(weight)
    ) {
      throw new HoneError("OPTION_INVALID", {
        where: "teamRewards",
        option: `weights.${part}`,
        got: String(weight),
        expected: "a number, for coordination, voting, restart or tools",
      });
    }
  }
  return weights;
}

function checkedQuality(quality: number): number {
  if (quality >= 0 && quality <= 1) return quality;
  throw new HoneError("OPTION_INVALID", {
    where: "teamRewards",
    option: "quality",
    got: String(quality),
    expected: "a number from 0 to 1",
  });
}

/** Sums of tenths come out as written on paper. */
const rounded = (value: number): number => Math.round(value * 1e12) / 1e12 + 0;

const sum = (values: readonly number[]): number => rounded(values.reduce((a, b) => a + b, 0));
