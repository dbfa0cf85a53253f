/**
 * A rollout as a trace, so that it outlasts its training step: prompt spans with the exact tokens, tool spans, the reward with
 * its components, and in the metadata where the rollout belongs. `rolloutOfTrace` reads it back.
 *
 * Texts are the run's own data and are not cleaned of secrets: the tokens say the same, and must stay as they were sampled.
 */
import { hash } from "node:crypto";
import { messageOf } from "../core/errors.ts";
import { type JsonValue, parsedJson } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { Reward, Rollout, Turn } from "../core/rollout.ts";
import { packTurn } from "../core/sampled-tokens.ts";
import type { PromptSpan, RewardSpan, Span, ToolSpan } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { rolloutRewardSpan } from "../core/trace-reward.ts";

/** Where a rollout belongs. */
export interface RolloutOrigin {
  /** Names the run in every store: two runs have different names. */
  readonly run: string;
  /** The name of the training phase or of the evaluation. */
  readonly phase: string;
  /** Whether it was learned from or only measured. */
  readonly split: "train" | "test";
  /** The step that it was for, from 1. Absent in an evaluation. */
  readonly step?: number;
  /** The number of its group in the step, or of its task in the evaluation, from 0. */
  readonly group: number;
  /** Its place in the group, from 0. */
  readonly index: number;
  /** Names the tokenizer of the token ids; see `tokenizerPrint`. */
  readonly tokenizer?: string;
  /** Names the chat template of the model (`Renderer.templateDigest`). */
  readonly template?: string;
  /** Names the agent of the trace, such as the start of the run's name. */
  readonly agent: string;
  /** The field of its task, such as "math", where that is known. */
  readonly domain?: string;
  /** What a person reads as the task. Default: what the model was last told by the user before its first turn, else the task as JSON. */
  readonly taskText?: string;
  /** The end of the rollout, in Unix milliseconds. */
  readonly endedAt: number;
}

/** The attribute of a prompt span that has the tools it offered, as the OpenTelemetry conventions name it. */
export const offeredTools = "gen_ai.tool.definitions";

/** The attribute of a model call with what its turn earned. */
export const turnReward = "hone.turn.reward";

/** The version of what `traceOfRollout` writes under `rollout` in the metadata. */
export const rolloutVersion = 1;

/**
 * The trace of a rollout. Its id is a function of run, phase, step and rollout, so a step that a resumed run computes again
 * replaces what it had stored.
 */
export function traceOfRollout(rollout: Rollout, origin: RolloutOrigin): Trace {
  const { task, failure, reward } = rollout;
  const id = rolloutTraceId(rollout.id, origin);
  const { startedAt, endedAt } = timeOf(rollout, origin.endedAt);
  const last = rollout.turns.at(-1);
  return {
    id,
    agent: origin.agent,
    ...(last === undefined ? {} : { agentVersion: last.weightsVersion }),
    task: origin.taskText ?? taskText(rollout),
    taskId: task.id,
    rolloutId: rollout.id,
    attempt: rollout.attempts,
    status: failure === undefined ? "completed" : "failed",
    startedAt,
    endedAt,
    ...(failure === undefined
      ? {}
      : { error: { message: failure.message, type: failure.boundary } }),
    tags: ["rollout"],
    metadata: metadataOf(rollout, origin),
    rewards: reward === undefined ? [] : [{ id: "rollout", ...wholeReward(reward), at: endedAt }],
    spans: spansOf(rollout, { traceId: id, startedAt, endedAt }),
  };
}

/**
 * From the start of the first turn on, as long as the rollout lasted; its turns are all within. Where turns have no times, the
 * rollout ended at `latest`.
 */
function timeOf({ turns, seconds }: Rollout, latest: number) {
  const ms = seconds * 1000;
  if (turns.length === 0 || !turns.every(isTimed))
    return { startedAt: Math.max(0, latest - ms), endedAt: latest };
  const first = Math.min(...turns.map(({ startedAt }) => startedAt!));
  const last = Math.max(...turns.map(({ endedAt }) => endedAt!));
  const endedAt = Math.max(last, Math.min(latest, first + ms));
  return { startedAt: Math.max(0, Math.min(first, endedAt - ms)), endedAt };
}

const isTimed = ({ startedAt, endedAt }: Turn): boolean =>
  startedAt !== undefined && endedAt !== undefined;

/** 32 hex digits, as ids of traces have; the same for the same rollout of the same run. */
function rolloutTraceId(rolloutId: string, { run, phase, step }: RolloutOrigin): string {
  const name = JSON.stringify([run, phase, step ?? null, rolloutId]);
  return hash("sha256", name).slice(0, 32);
}

/** What a person reads as the task: what the model was last told by the user, else the task as JSON. */
function taskText({ task, turns }: Rollout): string {
  const asked = turns[0]?.messages.findLast(({ role }) => role === "user");
  return asked?.content || JSON.stringify(task);
}

function metadataOf(rollout: Rollout, origin: RolloutOrigin): Record<string, JsonValue> {
  const { run, phase, split, step, group, index, tokenizer, template, domain } = origin;
  const { isSuccess, seconds, failure, turns } = rollout;
  const answer = jsonOf(rollout.answer);
  const task = jsonOf(rollout.task);
  return {
    run,
    phase,
    split,
    ...(step === undefined ? {} : { step }),
    group,
    ...(failure === undefined ? {} : { boundary: failure.boundary }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(template === undefined ? {} : { template }),
    ...(domain === undefined ? {} : { domain }),
    rollout: {
      version: rolloutVersion,
      index,
      isSuccess,
      seconds,
      turns: turns.length,
      ...(turns.length > 0 && turns.every(isTimed) ? { isTimed: true } : {}),
      ...(rollout.metrics === undefined ? {} : { metrics: { ...rollout.metrics } }),
      ...(failure?.place === undefined ? {} : { place: failure.place }),
      ...(answer.problem === undefined ? {} : { answerLost: answer.problem }),
      ...(task.problem === undefined ? {} : { taskLost: task.problem }),
    },
    ...(rollout.output === undefined ? {} : { output: { ...rollout.output } }),
    task: task.value ?? { id: rollout.task.id },
    ...(answer.value === undefined ? {} : { answer: answer.value }),
  };
}

/** What JSON holds of a value of the user's; why it holds nothing, for a value that refers to itself or has a BigInt. */
function jsonOf(value: unknown): { readonly value?: JsonValue; readonly problem?: string } {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? {} : { value: JSON.parse(text) as JsonValue };
  } catch (error) {
    return { problem: messageOf(error).split("\n")[0]! };
  }
}

interface SpanBase {
  readonly traceId: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

function spansOf(rollout: Rollout, base: SpanBase): Span[] {
  const spans: Span[] = [];
  const add = <S extends Span>(
    id: string,
    span: Omit<S, keyof SpanBase | "id" | "sequence" | "attributes"> &
      Partial<Pick<S, "attributes" | "startedAt" | "endedAt">>,
  ) => void spans.push({ id, ...base, sequence: spans.length, attributes: {}, ...span } as S);
  const tools = new ToolResults();
  let last: Turn | undefined;
  for (const [i, turn] of rollout.turns.entries()) {
    // When a tool ran is not known exactly: after the turn that called it, and before the turn that was shown its result.
    const between = timesBetween(last, turn);
    for (const tool of tools.seenBy(turn))
      add<ToolSpan>(`tool-${spans.length}`, { ...tool, ...between });
    add<PromptSpan>(`turn-${i}`, promptOf(turn, rollout.reward?.turns?.[i]));
    last = turn;
  }
  const { reward } = rollout;
  if (reward !== undefined) {
    const { total, components, source, reason } = reward;
    const { id, rewardType } = rolloutRewardSpan;
    add<RewardSpan>(id, {
      kind: "reward",
      reward: total,
      rewardType,
      source,
      components,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return spans;
}

function timesBetween(before: Turn | undefined, after: Turn) {
  const [startedAt, endedAt] = [before?.endedAt, after.startedAt];
  if (startedAt === undefined || endedAt === undefined) return {};
  return { startedAt, endedAt: Math.max(startedAt, endedAt) };
}

/** What a trace holds of a reward; those of turns are with the turns. */
function wholeReward({ turns: _turns, ...whole }: Reward): Omit<Reward, "turns"> {
  return whole;
}

const promptOf = (turn: Turn, reward: number | undefined) => ({
  kind: "prompt" as const,
  ...(turn.startedAt === undefined ? {} : { startedAt: turn.startedAt }),
  ...(turn.endedAt === undefined ? {} : { endedAt: turn.endedAt }),
  ...(turn.agent === undefined ? {} : { agent: turn.agent }),
  ...(turn.tools === undefined && reward === undefined
    ? {}
    : {
        attributes: {
          ...(turn.tools !== undefined && { [offeredTools]: turn.tools }),
          ...(reward !== undefined && { [turnReward]: reward }),
        },
      }),
  input: turn.messages,
  output: [turn.reply],
  model: turn.weightsVersion,
  provider: "hone",
  usage: { input: turn.promptTokens.length, output: turn.tokens.length },
  sampled: packTurn(turn),
});

/** Finds the executions of tools: a tool's message in a prompt is the result of a call that an earlier reply made. */
class ToolResults {
  readonly #calls = new Map<string, { readonly name: string; readonly arguments: string }>();

  /** The results that this prompt is the first to show. */
  seenBy({ messages, reply }: Turn) {
    const results = messages.flatMap((message) => this.#resultIn(message));
    for (const { id, ...call } of reply.toolCalls ?? []) this.#calls.set(id, call);
    return results;
  }

  #resultIn({ role, toolCallId: callId, content }: Message) {
    const call = role === "tool" && callId !== undefined ? this.#calls.get(callId) : undefined;
    if (call === undefined || callId === undefined) return [];
    this.#calls.delete(callId);
    const given = parsedJson(call.arguments);
    return [
      { kind: "tool" as const, toolName: call.name, callId, arguments: given, result: content },
    ];
  }
}
