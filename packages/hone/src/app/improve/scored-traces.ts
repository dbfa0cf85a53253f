/** Rewards for recorded traces that have none: what the reward of a run says of the answer that was given then. */
import { HoneError, messageOf } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { Reward, Task } from "../../core/rollout.ts";
import type { Trace } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { answerRewardNames } from "../../rewards/answer-rewards.ts";
import { answerOf, promptOf } from "../../rewards/trace-answer.ts";
import { scored } from "../../rollouts/checked-reward.ts";
import { withDeadline } from "../../rollouts/deadline.ts";
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

/** How they are scored. */
export interface ScoringOptions {
  /** The reward as `--reward` names it. */
  readonly reward: string;
  /** Time limit of the reward for one trace, in seconds. */
  readonly deadline: number;
  /** Aborts the scoring. Default: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scores traces that completed with an answer and carry no reward.
 *
 * The reward sees the task as held-out tries have it. It has an `answer` only where a person corrected the trace's own: what the agent said
 * then is no measure of itself. So `exact` and `numeric` score the corrected traces alone.
 * @throws as `openReward`; CANCELLED when the signal aborts
 */
export async function scoredTraces(
  traces: readonly Trace[],
  options: ScoringOptions,
): Promise<ScoredTraces> {
  const { reward: name } = options;
  const { reward } = await openReward(name, []);
  const score = typeof reward === "function" ? reward : reward.heldOut;
  const counts = { own: 0, scored: 0, uncorrected: 0, problems: new Array<string>() };
  const made: Trace[] = [];
  for (const trace of traces) {
    const hasOwn = rewardOfTrace(trace) !== undefined;
    if (hasOwn) counts.own++;
    const given = hasOwn || score === undefined ? {} : await rewardFor(trace, score, options);
    if (given.reward !== undefined) counts.scored++;
    if (given.isUncorrected === true) counts.uncorrected++;
    if (given.problem !== undefined) counts.problems.push(given.problem);
    made.push(given.reward === undefined ? trace : withReward(trace, given.reward, name));
  }
  const notes = [textOf({ total: traces.length, name, scoresOne: score !== undefined }, counts)];
  return { traces: made, notes };
}

interface ScoringCounts {
  readonly own: number;
  readonly scored: number;
  readonly uncorrected: number;
  readonly problems: readonly string[];
}

function textOf(
  { total, name, scoresOne }: { total: number; name: string; scoresOne: boolean },
  { own, scored: count, uncorrected, problems }: ScoringCounts,
): string {
  const [problem] = problems;
  const left = total - own - count;
  const whyNone = scoresOne ? "" : `: ${name} scores groups, and has no \`heldOut\` for one trace`;
  return [
    `of ${total} traces to learn from ${count} were scored by --reward`,
    ...(own > 0 ? [`${own} had a reward`] : []),
    ...(left > 0 ? [`${left} have none${whyNone}`] : []),
    ...(uncorrected > 0
      ? [`of these ${uncorrected} have no correction that ${name} compares with`]
      : []),
    ...(problem === undefined
      ? []
      : [`of these ${problems.length} failed at it, first: ${problem}`]),
  ].join(", ");
}

interface GivenReward {
  readonly reward?: Reward;
  /** True where the reward compares with a right answer, and no person corrected the trace, so that there is none. */
  readonly isUncorrected?: boolean;
  /** Why there is none, where the reward failed. */
  readonly problem?: string;
}

async function rewardFor(
  trace: Trace,
  score: RewardFunction<Task>,
  options: ScoringOptions,
): Promise<GivenReward> {
  const answer = answerOf(trace)?.[0]?.content;
  const task = taskOf(trace);
  const isNamed = answerRewardNames.some((one) => one === options.reward);
  if (trace.status !== "completed" || answer === undefined) return {};
  if (isNamed && !("answer" in task)) return { isUncorrected: true };
  const { reward: _reward, isSuccess: _isSuccess, ...rollout } = foreignRollout(trace);
  const answered = { ...rollout, task, answer, turns: unreadTurns(trace), failure: undefined };
  return withinDeadline(async () => score(answered), options);
}

/** @throws CANCELLED when the signal aborts */
async function withinDeadline(
  work: () => Promise<unknown>,
  { deadline: seconds, signal = new AbortController().signal }: ScoringOptions,
): Promise<GivenReward> {
  using deadline = withDeadline(1000 * seconds, signal);
  try {
    return { reward: scored(await deadline.race(work)) };
  } catch (error) {
    if (signal.aborted) throw new HoneError("CANCELLED", { what: "The scoring of traces" });
    const late = `it was still running after ${seconds} s`;
    const problem = deadline.isMissed ? late : messageOf(error);
    return { problem: problem.split("\n")[0]! };
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
