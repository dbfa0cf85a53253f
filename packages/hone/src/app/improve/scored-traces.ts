/** Rewards for recorded traces that have none: what the reward of a run says of the answer that was given then. */
import { messageOf } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { Reward, Task } from "../../core/rollout.ts";
import type { Trace } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { answerRewardNames } from "../../rewards/answer-rewards.ts";
import { answerOf, promptOf } from "../../rewards/trace-answer.ts";
import { scored } from "../../rollouts/checked-reward.ts";
import { foreignRollout } from "../../rollouts/foreign-rollout.ts";
import { unreadTurns } from "../../rollouts/unread-turns.ts";
import { correctedAnswer, recordedCalls, sessionOf } from "../traces/trace-tasks.ts";
import { openReward } from "../training/reward-setting.ts";

/** Traces, and where their rewards are from. */
export interface ScoredTraces {
  /** The same traces in their order, those that were scored with one reward more. */
  readonly traces: readonly Trace[];
  readonly notes: readonly string[];
}

/**
 * Scores traces that completed with an answer and carry no reward.
 *
 * The reward sees the task as held-out tries have it. It has an `answer` only where a person corrected the trace's own: what the agent said
 * then is no measure of itself. So `exact` and `numeric` score the corrected traces alone.
 * @param name  the reward as `--reward` names it
 * @throws as `openReward`
 */
export async function scoredTraces(traces: readonly Trace[], name: string): Promise<ScoredTraces> {
  const { reward } = await openReward(name, []);
  const score = typeof reward === "function" ? reward : reward.heldOut;
  const counts = { own: 0, scored: 0, problems: new Array<string>() };
  const made: Trace[] = [];
  for (const trace of traces) {
    const hasOwn = rewardOfTrace(trace) !== undefined;
    if (hasOwn) counts.own++;
    const given = hasOwn || score === undefined ? undefined : await rewardFor(trace, score, name);
    if (given?.reward !== undefined) counts.scored++;
    if (given?.problem !== undefined) counts.problems.push(given.problem);
    made.push(given?.reward === undefined ? trace : withReward(trace, given.reward, name));
  }
  return { traces: made, notes: [textOf(traces.length, counts)] };
}

function textOf(
  total: number,
  { own, scored: count, problems }: { own: number; scored: number; problems: readonly string[] },
): string {
  const [problem] = problems;
  const left = total - own - count;
  return [
    `of ${total} traces to learn from ${count} were scored by --reward`,
    ...(own > 0 ? [`${own} had a reward`] : []),
    ...(left > 0 ? [`${left} have none`] : []),
    ...(problem === undefined
      ? []
      : [`of these ${problems.length} failed at it, first: ${problem}`]),
  ].join(", ");
}

interface GivenReward {
  readonly reward?: Reward;
  /** Why there is none, where the reward failed. */
  readonly problem?: string;
}

async function rewardFor(
  trace: Trace,
  score: RewardFunction<Task>,
  name: string,
): Promise<GivenReward | undefined> {
  const answer = answerOf(trace)?.[0]?.content;
  const task = taskOf(trace);
  const isNamed = answerRewardNames.some((one) => one === name);
  if (trace.status !== "completed" || answer === undefined) return undefined;
  if (isNamed && !("answer" in task)) return undefined;
  const { reward: _reward, isSuccess: _isSuccess, ...rollout } = foreignRollout(trace);
  const answered = { ...rollout, task, answer, turns: unreadTurns(trace), failure: undefined };
  try {
    return { reward: scored(await score(answered)) };
  } catch (error) {
    return { problem: messageOf(error).split("\n")[0]! };
  }
}

/** The task of a trace as a held-out try has it; an answer is what a person said that it should have been. */
function taskOf(trace: Trace): Task {
  const answer = correctedAnswer(trace);
  const task = { id: trace.id, question: asked(promptOf(trace)), session: sessionOf(trace) };
  return { ...task, ...(answer !== undefined && { answer }), ...{ calls: recordedCalls(trace) } };
}

/** What the user says after the last answer, as one text. */
function asked(prompt: readonly Message[]): string {
  const answered = prompt.findLastIndex(({ role }) => role === "assistant" || role === "tool");
  const words = prompt.slice(answered + 1).filter(({ role }) => role === "user");
  return words
    .map(({ content }) => content)
    .join("\n\n")
    .trim();
}

function withReward(trace: Trace, { turns: _, ...reward }: Reward, by: string): Trace {
  const at = trace.endedAt ?? trace.startedAt;
  return { ...trace, rewards: [...trace.rewards, { ...reward, id: "recorded", at, by }] };
}
