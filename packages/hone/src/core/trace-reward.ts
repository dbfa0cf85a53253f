/**
 * The total reward of a trace: the number it was ended with, else the sum of its rewards and of its reward spans.
 *
 * Rewards of different sources have different scales and are not added up: those of people count where there are any, else
 * those of judges, else those of rules. A reward that is both in the head and a span of the same id counts once.
 */
import type { Reward, RewardSource } from "./rollout.ts";
import type { Span } from "./span.ts";
import { compareText } from "./text-order.ts";
import type { Trace, TraceHead } from "./trace.ts";

/** The sources of rewards by rank: rewards of people replace those of a judge, and those of a judge replace those of rules. */
const sourcesByRank = ["human", "judge", "rule"] as const satisfies readonly RewardSource[];

/** A reward of a trace, or one that a span of it gives, as totals need it. */
export interface CountedReward extends Pick<Reward, "total" | "source"> {
  readonly id: string;
}

/** What totals need of a head. */
type RewardedHead = Pick<TraceHead, "rewards" | "totalReward">;

/**
 * The span that repeats the reward of a rollout, whose trace has the same reward in its head. It is known by its id and its
 * type, since stores hold many from before spans counted.
 */
export const rolloutRewardSpan = { id: "reward", rewardType: "rollout" } as const;

/**
 * The reward that a span gives to its trace. One without a source counts as a rule's.
 * @returns undefined for spans of other kinds, and for a `rolloutRewardSpan`, whose reward the head of its trace has already
 */
export function rewardOfSpan(span: Span): CountedReward | undefined {
  if (span.kind !== "reward") return undefined;
  const { id, rewardType, reward: total, source = "rule" } = span;
  const isRepeated = id === rolloutRewardSpan.id && rewardType === rolloutRewardSpan.rewardType;
  return isRepeated ? undefined : { id, total, source };
}

/** The rewards that the spans of a trace give, in the order of `sequence`, then `id`, so that every sum is the same. */
export function rewardsOfSpans(spans: Iterable<Span>): CountedReward[] {
  const given = [];
  for (const span of spans) {
    const reward = rewardOfSpan(span);
    if (reward !== undefined) given.push({ sequence: span.sequence, reward });
  }
  return inSpanOrder(given);
}

/** Rewards of spans in the order in which they are added up. */
export const inSpanOrder = (
  given: readonly { readonly sequence: number; readonly reward: CountedReward }[],
): CountedReward[] =>
  given
    .toSorted((a, b) => a.sequence - b.sequence || compareText(a.reward.id, b.reward.id))
    .map(({ reward }) => reward);

/** The rewards that make up the total: of the head and of spans, those of the one source that counts, each id once. */
export function countedRewards<T extends CountedReward>(
  { rewards }: { readonly rewards: readonly T[] },
  ofSpans: readonly T[],
): readonly T[] {
  const inHead = new Set(rewards.map(({ id }) => id));
  const all = [...rewards, ...ofSpans.filter(({ id }) => !inHead.has(id))];
  const source = sourcesByRank.find((one) => all.some((reward) => reward.source === one));
  return all.filter((reward) => reward.source === source);
}

/**
 * The number that a trace counts for, from its head and the rewards of its spans.
 * @returns undefined for a trace without a reward
 */
export function totalReward(
  head: RewardedHead,
  ofSpans: readonly CountedReward[],
): number | undefined {
  if (head.totalReward !== undefined) return head.totalReward;
  const counted = countedRewards<CountedReward>(head, ofSpans);
  return counted.length === 0 ? undefined : sumOfRewards(counted);
}

/**
 * The number that a trace counts for: `totalReward` where it is given, else the sum of the rewards of one source, among them
 * those that its spans give.
 *
 * @returns undefined for a trace without a reward
 */
export const rewardOfTrace = (trace: Trace): number | undefined =>
  totalReward(trace, rewardsOfSpans(trace.spans));

/**
 * Whose rewards make up the number that a trace counts for.
 * @returns undefined for a trace without a reward, and for one that was ended with a number of its own
 */
export const rewardSourceOf = (trace: Trace): RewardSource | undefined =>
  trace.totalReward === undefined
    ? countedRewards<CountedReward>(trace, rewardsOfSpans(trace.spans))[0]?.source
    : undefined;

/** The sum of the totals of rewards, of whatever source, never beyond the largest number. */
export const sumOfRewards = (rewards: readonly Pick<CountedReward, "total">[]): number =>
  rewards.reduce((sum, { total }) => withinNumbers(sum + total), 0);

/** One huge reward more must not make a trace unreadable: JSON has no infinity. */
const withinNumbers = (sum: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
