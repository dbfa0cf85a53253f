/**
 * A trajectory as spans of Agent Lightning (0.3), one JSON object each as its store gives them: a span for each call of the model, with
 * messages in `gen_ai.prompt.N` and `gen_ai.completion.0`, a span for each call of a tool, and one with the rewards.
 */
import { createHash } from "node:crypto";
import type { Message } from "../../../core/message.ts";
import type { PromptSpan, ToolSpan } from "../../../core/span.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { traceOfTrajectory } from "../../../core/trace-of-trajectory.ts";
import { flatAttributes } from "./attribute-tree.ts";

/** Names of spans and attributes that `lightning-read.ts` looks for, too. */
export const lightningNames = {
  call: "openai.chat.completion",
  annotation: "agentlightning.annotation",
  exception: "agentlightning.exception",
  reward: "agentlightning.reward",
  weightsVersion: "hone.weights_version",
} as const;

/** The spans of a trajectory, in their order. */
export function lightningSpans(one: UnifiedTrajectory): readonly object[] {
  const trace = traceOfTrajectory(one);
  const firstSteps = new Map<number, TrajectoryStep>();
  for (const step of one.steps) if (!firstSteps.has(step.turn)) firstSteps.set(step.turn, step);
  const turns = [...firstSteps.values()];
  const calls = trace.spans.flatMap((span) => {
    if (span.kind === "prompt") return [modelCall(span, one, turns.shift()!)];
    return span.kind === "tool" ? [toolCall(span)] : [];
  });
  const spans = [
    ...calls,
    ...rewardSpans(one, trace.endedAt),
    ...exceptionSpans(one, trace.endedAt),
  ];
  return spans.map(({ name, startedAt, endedAt, attributes }, i) => ({
    ...{ rollout_id: one.id, attempt_id: "at-1", sequence_id: i + 1 },
    ...{ trace_id: trace.id, span_id: spanId(one.id, i), parent_id: null, name },
    status: { status_code: name === lightningNames.exception ? "ERROR" : "OK", description: null },
    ...{ attributes, events: [], links: [] },
    start_time: startedAt / 1000,
    end_time: (endedAt ?? startedAt) / 1000,
    ...{ context: null, parent: null, resource: { attributes: {}, schema_url: "" } },
  }));
}

const spanId = (id: string, i: number): string =>
  createHash("sha256").update(`${id}:${i}`).digest("hex").slice(0, 16);

interface SpanParts {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly attributes: object;
}

function modelCall(
  { input, output, startedAt, endedAt }: PromptSpan,
  { tools, provenance }: UnifiedTrajectory,
  { promptTokens, tokens, logProbs, weightsVersion }: TrajectoryStep,
): SpanParts {
  const functions = tools.map(({ name, description, parameters }) => ({
    ...{ name, description },
    parameters: parameters === undefined ? undefined : JSON.stringify(parameters),
  }));
  return {
    ...{ name: lightningNames.call, startedAt, endedAt },
    attributes: {
      ...flatAttributes("gen_ai.request.model", provenance.model),
      ...flatAttributes("gen_ai.request.functions", functions),
      ...flatAttributes("gen_ai.prompt", messagesOf(input)),
      ...flatAttributes("gen_ai.completion", messagesOf(output)),
      ...(promptTokens !== undefined && { prompt_token_ids: promptTokens }),
      ...(tokens !== undefined && { response_token_ids: tokens }),
      ...(logProbs !== undefined && {
        "logprobs.content": JSON.stringify(logProbs.map((logprob) => ({ logprob }))),
      }),
      ...(weightsVersion !== undefined && { [lightningNames.weightsVersion]: weightsVersion }),
    },
  };
}

const messagesOf = (given: PromptSpan["output"]): readonly object[] =>
  (Array.isArray(given) ? (given as readonly Message[]) : []).map(
    ({ role, content, reasoning, toolCalls, toolCallId }) => ({
      ...{ role, content, reasoning_content: reasoning },
      ...{ tool_calls: toolCalls, tool_call_id: toolCallId },
    }),
  );

const toolCall = ({
  toolName,
  callId,
  arguments: given,
  result,
  ...span
}: ToolSpan): SpanParts => ({
  ...{ name: `execute_tool ${toolName}`, startedAt: span.startedAt, endedAt: span.endedAt },
  attributes: {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": toolName,
    ...(callId !== undefined && { "gen_ai.tool.call.id": callId }),
    "gen_ai.tool.call.arguments": typeof given === "string" ? given : JSON.stringify(given),
    ...(result !== undefined && { "gen_ai.tool.call.result": result }),
  },
});

/** The total comes first, under the name that a single reward has there. */
function rewardSpans({ reward, rewards = {} }: UnifiedTrajectory, at = 0): readonly SpanParts[] {
  if (reward === undefined) return [];
  const named = [{ name: "primary", value: reward }];
  const parts = Object.entries(rewards).map(([name, value]) => ({ name, value }));
  const attributes = flatAttributes(lightningNames.reward, [...named, ...parts]);
  return [{ name: lightningNames.annotation, startedAt: at, attributes }];
}

function exceptionSpans({ outcome }: UnifiedTrajectory, at = 0): readonly SpanParts[] {
  if (outcome.error === undefined) return [];
  const attributes = { "exception.type": "Error", "exception.message": outcome.error };
  return [{ name: lightningNames.exception, startedAt: at, attributes }];
}
