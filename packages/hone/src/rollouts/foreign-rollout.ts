/** Traces of agents that hone did not run, as rollouts: their model calls, their reward, how they ended. */
import { agentPrompts } from "../core/agent-prompts.ts";
import type { Reward, Rollout, Task } from "../core/rollout.ts";
import type { PromptSpan, Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import {
  type CountedReward,
  countedRewards,
  rewardOfSpan,
  rewardOfTrace,
} from "../core/trace-reward.ts";
import { succeeded } from "./checked-reward.ts";
import { earnedByAgents, earnedByCalls } from "./earned-by-calls.ts";
import { messagesOf } from "./trace-rollout.ts";

/** The model calls of a trace that were answered by one message of an assistant, without spans that stand for agents. */
export function answeredCalls({ spans }: Trace): readonly PromptSpan[] {
  const calls = spans.filter((span): span is PromptSpan => {
    if (span.kind !== "prompt" || span.output === undefined || span.error !== undefined)
      return false;
    return messagesOf(span.output, "assistant").at(-1)?.role === "assistant";
  });
  const agents = agentPrompts(spans, calls);
  return calls.filter(({ id }) => !agents.has(id));
}

/** A trace of an agent that hone did not run as a rollout without turns. */
export function foreignRollout(trace: Trace): Rollout {
  const { status, error, startedAt, endedAt = startedAt } = trace;
  const reward = foreignReward(trace);
  const isFailed = status !== "completed";
  const task: Task & { readonly text: string } = {
    id: trace.taskId ?? trace.task,
    text: trace.task,
  };
  return {
    id: trace.rolloutId ?? trace.id,
    task,
    turns: [],
    answer: undefined,
    reward: isFailed ? undefined : reward,
    isSuccess: !isFailed && reward !== undefined && succeeded(reward),
    failure: isFailed ? { boundary: "agent", message: error?.message ?? status } : undefined,
    attempts: trace.attempt,
    seconds: (endedAt - startedAt) / 1000,
  };
}

/** The number that the trace counts for, with the parts of the rewards that give it, added up by their names, and what calls earned. */
function foreignReward(trace: Trace): Reward | undefined {
  const total = rewardOfTrace(trace);
  if (total === undefined) return undefined;
  const counted = countedRewards<PartedReward>(trace, trace.spans.flatMap(partedReward));
  const components: Record<string, number> = {};
  for (const [name, value] of counted.flatMap((reward) => Object.entries(reward.components))) {
    components[name] = (components[name] ?? 0) + value;
  }
  const calls = answeredCalls(trace);
  const turns = earnedByCalls(trace, calls);
  return {
    total,
    components: { ...components, ...earnedByAgents(trace, calls) },
    source: counted[0]?.source ?? "rule",
    ...(turns !== undefined && { turns }),
  };
}

type PartedReward = CountedReward & Pick<Reward, "components">;

/** The reward of a span with its parts; one without parts is itself the part of its type's name. */
function partedReward(span: Span): PartedReward[] {
  const reward = rewardOfSpan(span);
  if (reward === undefined || span.kind !== "reward") return [];
  return [{ ...reward, components: span.components ?? { [span.rewardType]: reward.total } }];
}
