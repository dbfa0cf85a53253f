/** Traces of agents that hone did not run, as rollouts: their model calls, their reward, how they ended. */
import { agentPrompts } from "../core/agent-prompts.ts";
import type { Reward, Rollout, Task } from "../core/rollout.ts";
import type { PromptSpan } from "../core/span.ts";
import { rewardOfTrace, type Trace } from "../core/trace.ts";
import { succeeded } from "./checked-reward.ts";
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

/** The number that the trace counts for, with the parts of the rewards that give it. */
function foreignReward(trace: Trace): Reward | undefined {
  const total = rewardOfTrace(trace);
  if (total === undefined) return undefined;
  const sources = ["human", "judge", "rule"] as const;
  const source = sources.find((one) => trace.rewards.some((reward) => reward.source === one));
  const counted = trace.rewards.filter((reward) => reward.source === source);
  const components: Readonly<Record<string, number>> = Object.fromEntries(
    counted.flatMap((reward) => Object.entries(reward.components)),
  );
  return { total, components, source: source ?? "rule" };
}
