/** A trajectory as a trace: a call of the model for each turn, with what it was given so far, and the tools that it called. */
import { createHash } from "node:crypto";
import type { JsonValue } from "./json.ts";
import type { PromptSpan, RewardSpan, Span, ToolSpan } from "./span.ts";
import type { Trace } from "./trace.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "./unified-trajectory.ts";
import { messagesOfTrajectory } from "./messages-of-steps.ts";

/**
 * The trace of a trajectory. Its id is the trajectory's where that can be one, else made of it. A trajectory without times is at 0.
 * A trace has no place for tokens of which temperature and sampling are not known, so they are not in it.
 */
export function traceOfTrajectory(trajectory: UnifiedTrajectory): Trace {
  const { task, outcome, reward, rewards = {}, provenance, domain, answer, split } = trajectory;
  const id = traceId(trajectory.id);
  const startedAt = trajectory.steps[0]?.startedAt ?? 0;
  const spans = spansOf(trajectory, id, startedAt);
  const endedAt = Math.max(startedAt, ...spans.map((span) => span.endedAt ?? span.startedAt));
  const { isSuccess, error, status } = outcome;
  return {
    id,
    agent: provenance.agent ?? domain,
    task: task.question ?? task.id,
    taskId: task.id,
    attempt: 1,
    status,
    startedAt,
    endedAt,
    ...(error !== undefined && { error: { message: error } }),
    tags: ["trajectory"],
    metadata: {
      trajectory: {
        ...{ id: trajectory.id, domain, source: provenance.source },
        ...(isSuccess !== undefined && { isSuccess }),
        ...(split !== undefined && { split }),
      },
      ...(task.fields !== undefined && { task: task.fields as JsonValue }),
      ...(answer !== undefined && { answer }),
    },
    // Rewards of steps are spans of their own, which do not count beside the trajectory's.
    ...(reward !== undefined && { totalReward: reward }),
    rewards:
      reward === undefined
        ? []
        : [{ id: "trajectory", total: reward, components: rewards, source: "rule", at: endedAt }],
    spans,
  };
}

/** 32 hex digits, as ids of traces have. */
const traceId = (id: string): string =>
  /^[0-9a-f]{32}$/.test(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 32);

function spansOf(trajectory: UnifiedTrajectory, traceId: string, startedAt: number): Span[] {
  const { provenance, steps, tools } = trajectory;
  const messages = messagesOfTrajectory(trajectory);
  const turns = [...Map.groupBy(steps, ({ turn }) => turn).values()];
  const spans: Span[] = [];
  const base = (step: TrajectoryStep) => ({
    ...{ traceId, sequence: spans.length, attributes: {}, startedAt: step.startedAt ?? startedAt },
    ...(step.agent !== undefined && { agent: step.agent }),
    endedAt: (step.startedAt ?? startedAt) + (step.ms ?? 0),
  });
  let at = -1;
  for (const own of turns) {
    at = messages.findIndex(({ role }, i) => i > at && role === "assistant");
    const prompt: PromptSpan = {
      ...{ id: `turn-${own[0]!.turn}`, kind: "prompt", ...base(own[0]!) },
      input: messages.slice(0, at),
      output: [messages[at]!],
      ...(provenance.model !== undefined && { model: provenance.model }),
      ...(tools.length > 0 && { attributes: { "gen_ai.tool.definitions": tools as JsonValue } }),
    };
    spans.push(prompt);
    for (const step of own) {
      const tool = step.kind === "call" ? toolSpan(step, base(step)) : undefined;
      if (tool !== undefined) spans.push(tool);
      if (step.reward !== undefined) spans.push(rewardSpan(step, tool ?? prompt, base(step)));
    }
  }
  return spans;
}

function rewardSpan(
  { index, reward }: TrajectoryStep,
  { id: targetId }: Span,
  base: Omit<RewardSpan, "id" | "kind" | "reward" | "rewardType">,
): RewardSpan {
  const id = `reward-${index}`;
  return { ...{ id, kind: "reward", ...base }, reward: reward!, rewardType: "step", targetId };
}

function toolSpan(
  step: TrajectoryStep,
  base: Omit<ToolSpan, "id" | "kind" | "toolName" | "callId" | "arguments" | "result">,
): ToolSpan {
  const { index, tool, name = tool, callId = `call_${index}`, observation } = step;
  return {
    ...{ id: `step-${index}`, kind: "tool", ...base, toolName: name, callId },
    arguments: step.arguments ?? {},
    ...(observation !== undefined && { result: observation }),
  };
}
