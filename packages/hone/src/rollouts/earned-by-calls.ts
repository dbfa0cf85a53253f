/**
 * What single model calls of a recorded trace earned, and what its agents earned, from its reward spans.
 *
 * A reward belongs to the call that it names as its target; one of a tool to the call before the tool, which asked for it; one of
 * an agent's span to the last call below that; any other to the last call before it, as intermediate rewards of Agent Lightning do.
 */
import type { PromptSpan, RewardSpan, Span } from "../core/span.ts";
import { type CountedReward, countedRewards, rewardOfSpan } from "../core/trace-reward.ts";
import type { Trace } from "../core/trace.ts";

/** Whose work a span is: its own agent, else that of the nearest span around it that names one, else the trace's. */
export function agentOfSpan({ agent, spans }: Pick<Trace, "agent" | "spans">, span: Span): string {
  return around(spans, span).find((one) => one.agent !== undefined)?.agent ?? agent;
}

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
  for (const span of rewards) {
    const call = callOf(span, trace.spans, calls);
    if (call !== undefined) earned[calls.indexOf(call)]! += span.reward;
  }
  return earned;
}

/** What each agent earned, as the parts "agent/<name>" of a reward; none where one agent made all calls. */
export function earnedByAgents(
  trace: Trace,
  calls: readonly PromptSpan[],
): Readonly<Record<string, number>> {
  const agents = new Set(calls.map((call) => agentOfSpan(trace, call)));
  const rewards = countedSpans(trace);
  if (agents.size < 2 || rewards.length === 0) return {};
  const earned = new Map([...agents].map((agent) => [agent, 0]));
  for (const span of rewards) {
    const call = callOf(span, trace.spans, calls);
    const agent = span.agent ?? (call && agentOfSpan(trace, call));
    if (agent !== undefined && earned.has(agent))
      earned.set(agent, earned.get(agent)! + span.reward);
  }
  return Object.fromEntries([...earned].map(([agent, sum]) => [`agent/${agent}`, sum]));
}

/** The reward spans that count for the trace: of people where there are any, else of judges, else of rules. */
function countedSpans(trace: Trace): readonly RewardSpan[] {
  const given = trace.spans.flatMap((span): (CountedReward & { readonly span?: RewardSpan })[] => {
    const reward = rewardOfSpan(span);
    return reward === undefined || span.kind !== "reward" ? [] : [{ ...reward, span }];
  });
  const counted = countedRewards<CountedReward & { readonly span?: RewardSpan }>(trace, given);
  return counted.flatMap(({ span }) => (span === undefined ? [] : [span]));
}

function callOf(
  reward: RewardSpan,
  spans: readonly Span[],
  calls: readonly PromptSpan[],
): PromptSpan | undefined {
  const target = spans.find(({ id }) => id === reward.targetId);
  const own = calls.find(({ id }) => id === target?.id);
  if (own !== undefined) return own;
  const below = calls.filter((call) => around(spans, call).some(({ id }) => id === target?.id));
  if (target?.kind === "prompt" && below.length > 0) return below.at(-1);
  const { sequence } = target?.kind === "tool" ? target : reward;
  return calls.findLast((call) => call.sequence < sequence);
}

/** A span, and those around it, the innermost first. */
function around(spans: readonly Span[], span: Span): readonly Span[] {
  const found: Span[] = [];
  let one: Span | undefined = span;
  while (one !== undefined && !found.includes(one)) {
    found.push(one);
    const { parentId }: Span = one;
    one = parentId === undefined ? undefined : spans.find(({ id }) => id === parentId);
  }
  return found;
}
