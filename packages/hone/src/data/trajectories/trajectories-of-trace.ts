/**
 * A recorded trace as trajectories: one for each conversation with a model, so one for an agent of any number of calls, and one for
 * each agent of a team. The steps are those of the conversation; tokens, times and rewards come from the spans.
 */
import { fieldsOf, isObject, type JsonObject } from "../../core/json.ts";
import { unpackTurn } from "../../core/sampled-tokens.ts";
import type { PromptSpan, ToolSpan } from "../../core/span.ts";
import type { Trace, TraceHead } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import {
  toolOfKind,
  type TrajectoryStep,
  type UnifiedTrajectory,
} from "../../core/unified-trajectory.ts";
import { chatTools } from "../chat-tools.ts";
import {
  answeredCallsOf,
  type AnsweredCall,
  continues,
  withoutContinued,
} from "../trace-conversations.ts";
import { withActions } from "./episode-actions.ts";
import { type NoTrajectory, stepsOfMessages } from "./steps-of-messages.ts";

/**
 * @param domain  the field that the trajectories are of, where the trace does not say
 * @returns for each conversation its trajectory, or why there is none; nothing of a trace that still runs or has no answered call
 */
export function trajectoriesOfTrace(
  trace: Trace,
  domain: string,
): readonly (UnifiedTrajectory | NoTrajectory)[] {
  if (trace.status === "running") return [];
  const calls = answeredCallsOf(trace);
  const reward = rewardOfTrace(trace);
  const kept = withoutContinued(calls.map(({ draft }) => draft));
  return kept.map((draft, i, all) => {
    const steps = stepsOfMessages(draft.messages);
    if (typeof steps === "string") return steps;
    const own = calls.filter(
      (call) => call.draft === draft || continues(draft.keys, call.draft.keys, false),
    );
    const { question, instructions } = steps;
    const known = withSpans(isCutOff(trace) ? unanswered(steps.steps) : steps.steps, own, trace);
    const acted = withActions({ steps: known, answer: steps.answer }, trace);
    const answer = isCutOff(trace) ? undefined : acted.answer;
    return {
      id: idOf(trace, all.length === 1 ? undefined : i),
      domain: textAt(trace, "domain") ?? domainOf(trace) ?? domain,
      task: {
        id: trace.taskId ?? trace.rolloutId ?? trace.id,
        question: question ?? trace.task,
        ...(instructions !== undefined && { instructions }),
        ...fieldsOfTask(trace),
      },
      ...splitOf(trace),
      tools: toolsOf(own),
      steps: acted.steps,
      ...(answer !== undefined && { answer }),
      outcome: outcomeOf(trace),
      ...(reward !== undefined && { reward }),
      ...partsOf(trace),
      provenance: {
        source: "traces",
        agent: trace.agent,
        ...(own.at(-1)?.span.model !== undefined && { model: own.at(-1)!.span.model! }),
        place: trace.id,
      },
    };
  });
}

/** What `traceOfTrajectory` noted of the trajectory that a trace was written from. */
function textAt({ metadata }: TraceHead, key: "id" | "domain"): string | undefined {
  const value = fieldsOf(metadata["trajectory"])[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** As a run of hone says it. */
const domainOf = ({ metadata: { rollout, domain } }: TraceHead): string | undefined =>
  isObject(rollout) && typeof domain === "string" && domain !== "" ? domain : undefined;

const idOf = (trace: TraceHead, number: number | undefined): string =>
  number === undefined ? (textAt(trace, "id") ?? trace.id) : `${trace.id}-${number}`;

/** As a run of hone, or a trajectory that the trace was written from, says it. */
function splitOf({ metadata }: TraceHead): Pick<UnifiedTrajectory, "split"> {
  const split =
    fieldsOf(metadata["trajectory"])["split"] ?? (metadata["rollout"] && metadata["split"]);
  return split === "train" || split === "test" ? { split } : {};
}

function fieldsOfTask({ metadata }: TraceHead): { readonly fields?: JsonObject } {
  const { task } = metadata;
  return isObject(task) ? { fields: task } : {};
}

/** The tools of the last call that offered any. */
function toolsOf(calls: readonly AnsweredCall[]): readonly JsonObject[] {
  const offered = calls.map(({ draft }) => chatTools(draft.offered).known);
  const last = offered.findLast((tools) => tools.length > 0) ?? [];
  return last.map((tool) => (isObject(tool["function"]) ? tool["function"] : tool));
}

/** Whether an episode in an environment was cut off, as at its limit of steps: its last action is then no answer. */
function isCutOff({ metadata: { rollout, answer } }: TraceHead): boolean {
  const { terminated, truncated } = fieldsOf(answer);
  return isObject(rollout) && truncated === true && terminated === false;
}

/** The steps without an answer at their end. */
const unanswered = (steps: readonly TrajectoryStep[]): readonly TrajectoryStep[] =>
  steps.map((step) =>
    step.kind === "answer" ? { ...step, kind: "respond", tool: toolOfKind.respond } : step,
  );

function outcomeOf(trace: Trace): UnifiedTrajectory["outcome"] {
  const { error, metadata } = trace;
  const { rollout, trajectory } = metadata;
  const cut = isCutOff(trace) && trace.status === "completed";
  const status = cut ? "failed" : trace.status;
  const isSuccess = fieldsOf(rollout)["isSuccess"] ?? fieldsOf(trajectory)["isSuccess"];
  return {
    status: status === "running" ? "cancelled" : status,
    ...(typeof isSuccess === "boolean" && { isSuccess }),
    ...(error !== undefined && { error: error.message }),
    ...(cut && { error: "the episode was cut off before it ended" }),
  };
}

/** The components of the trace's last reward that has components. */
function partsOf({ rewards }: Trace): Pick<UnifiedTrajectory, "rewards"> {
  const parts = rewards.findLast(({ components }) => Object.keys(components).length > 0);
  return parts === undefined ? {} : { rewards: parts.components };
}

/** The steps with what the spans know of them. The k-th turn is the answer of the call whose conversation ends with it. */
function withSpans(
  steps: readonly TrajectoryStep[],
  calls: readonly AnsweredCall[],
  { spans, agent }: Trace,
): readonly TrajectoryStep[] {
  const tools = new Map(
    spans.flatMap((span) =>
      span.kind === "tool" && span.callId !== undefined ? [[span.callId, span] as const] : [],
    ),
  );
  const byTurn = new Map(calls.map((call) => [turnsIn(call) - 1, call.span] as const));
  let last = -1;
  return steps.map((step) => {
    const isFirst = step.turn !== last;
    last = step.turn;
    const call = byTurn.get(step.turn);
    const tool = step.callId === undefined ? undefined : tools.get(step.callId);
    return {
      ...step,
      ...resultOf(step, tool),
      ...(isFirst && call !== undefined && tokensOf(call)),
      ...agentOf(call, agent),
      ...timesOf(tool ?? (isFirst ? call : undefined)),
      ...rewardOf(tool ?? call, spans),
    };
  });
}

/** A result behind the last reply is in no conversation. */
const resultOf = ({ observation }: TrajectoryStep, tool: ToolSpan | undefined) =>
  observation !== undefined || tool?.result === undefined
    ? {}
    : {
        observation: typeof tool.result === "string" ? tool.result : JSON.stringify(tool.result),
      };

const turnsIn = ({ draft }: AnsweredCall): number =>
  draft.messages.filter(({ role }) => role === "assistant").length;

function tokensOf({ sampled }: PromptSpan) {
  const turn = sampled === undefined ? undefined : unpackTurn(sampled);
  if (turn === undefined || turn.tokens.length === 0) return {};
  const { promptTokens, tokens, logProbs, weightsVersion } = turn;
  return { promptTokens, tokens, logProbs, weightsVersion };
}

const agentOf = (call: PromptSpan | undefined, whole: string) =>
  call?.agent === undefined || call.agent === whole ? {} : { agent: call.agent };

const timesOf = (span: PromptSpan | ToolSpan | undefined) =>
  span === undefined
    ? {}
    : {
        startedAt: span.startedAt,
        ...(span.endedAt !== undefined && { ms: span.endedAt - span.startedAt }),
      };

/** What reward spans say of a step's span. */
function rewardOf(span: PromptSpan | ToolSpan | undefined, spans: Trace["spans"]) {
  const given = spans.flatMap((one) =>
    one.kind === "reward" && span !== undefined && one.targetId === span.id ? [one.reward] : [],
  );
  return given.length === 0 ? {} : { reward: given.reduce((a, b) => a + b, 0) };
}
