/**
 * What single model calls of a recorded trace earned, and what its agents earned, from its reward spans.
 *
 * A reward belongs to the call that it names as its target; one of a tool to the call before the tool that asked for it, of the same
 * agent where there is one; one of an agent's span to the last call below that; any other to the last call before it, as intermediate
 * rewards of Agent Lightning do. One before all calls is the first call's, so that the calls earn what the trace earned.
 */
import type { PromptSpan, RewardSpan, Span } from "../core/span.ts";
import { agentOfSpan, spansAround, spansById } from "../core/span-tree.ts";
import { type CountedReward, countedRewards, rewardOfSpan } from "../core/trace-reward.ts";
import type { Trace } from "../core/trace.ts";

/**
 * What each call earned, 0 where it earned nothing.
 * @returns undefined where the trace has no calls, or no reward spans that count
 */
export function earnedByCalls(
  trace: Trace,
  calls: readonly PromptSpan[],
): readonly number[] | undefined {
  const rewards = countedSpans(trace);
  if (rewards.length === 0 || calls.length === 0) return undefined;
  const earned = calls.map(() => 0);
  const callOf = callFinder(trace, calls);
  for (const span of rewards) earned[calls.indexOf(callOf(span))]! += span.reward;
  return earned;
}

/**
 * What each agent earned, as the parts "agent/<name>" of a reward; none where one agent made all calls. A coordination reward without
 * an agent and without a target is the whole team's: it is divided equally among the agents.
 */
export function earnedByAgents(
  trace: Trace,
  calls: readonly PromptSpan[],
): Readonly<Record<string, number>> {
  const agents = new Set(calls.map((call) => agentOfSpan(trace, call)));
  const rewards = countedSpans(trace);
  if (agents.size < 2 || rewards.length === 0) return {};
  const earned = new Map([...agents].map((agent) => [agent, 0]));
  const callOf = callFinder(trace, calls);
  for (const span of rewards) {
    if (isOfTeam(span)) {
      for (const [agent, sum] of earned) earned.set(agent, sum + span.reward / earned.size);
      continue;
    }
    const agent = span.agent ?? agentOfSpan(trace, callOf(span));
    if (earned.has(agent)) earned.set(agent, earned.get(agent)! + span.reward);
  }
  return Object.fromEntries([...earned].map(([agent, sum]) => [`agent/${agent}`, sum]));
}

const isOfTeam = ({ rewardType, agent, targetId }: RewardSpan): boolean =>
  rewardType === "coordination" && agent === undefined && targetId === undefined;

/** The reward spans that count for the trace: of people where there are any, else of judges, else of rules. */
function countedSpans(trace: Trace): readonly RewardSpan[] {
  const given = trace.spans.flatMap((span): (CountedReward & { readonly span?: RewardSpan })[] => {
    const reward = rewardOfSpan(span);
    return reward === undefined || span.kind !== "reward" ? [] : [{ ...reward, span }];
  });
  const counted = countedRewards<CountedReward & { readonly span?: RewardSpan }>(trace, given);
  return counted.flatMap(({ span }) => (span === undefined ? [] : [span]));
}

/** Finds the call of a trace that a reward belongs to. */
function callFinder(
  trace: Trace,
  calls: readonly PromptSpan[],
): (reward: RewardSpan) => PromptSpan {
  const spans = spansById(trace.spans);
  const agents = new Map(calls.map((call) => [call, agentOfSpan(trace, call, spans)]));
  const lastBefore = ({ sequence }: Span, agent?: string): PromptSpan | undefined =>
    calls.findLast(
      (call) => call.sequence < sequence && (agent === undefined || agents.get(call) === agent),
    );
  return (reward) => {
    const target = spans.get(reward.targetId ?? "");
    const own = calls.find(({ id }) => id === target?.id);
    if (own !== undefined) return own;
    if (target?.kind === "prompt") {
      const below = calls.findLast((call) => spansAround(spans, call).includes(target));
      if (below !== undefined) return below;
    }
    if (target?.kind !== "tool") return lastBefore(reward) ?? calls[0]!;
    // Calls of agents that work at the same time lie between a tool and the call that asked for it.
    const user = agentOfSpan(trace, target, spans);
    return lastBefore(target, user) ?? lastBefore(target) ?? calls[0]!;
  };
}
