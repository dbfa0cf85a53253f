/** Rewards of a group: a function, or a judge, that scores all rollouts of a task against each other. */
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Task } from "../core/rollout.ts";
import { JudgeMeter } from "./judges/judge-meter.ts";
import type { JudgedContent, RelativeJudge } from "../ports/judge.ts";
import type {
  GroupReward,
  GroupRewardFunction,
  RewardFunction,
  UnscoredRollout,
} from "../ports/reward.ts";

/** Options of `groupReward`. */
export interface GroupRewardOptions<T extends Task = Task, Answer = unknown> {
  /**
   * The reward of held-out tasks, which says whether the agent got better: scores that compare the rollouts of a group say
   * nothing of another policy. Default: the group's, given what is tried of a task.
   */
  readonly heldOut?: RewardFunction<T, Answer>;
}

/**
 * A reward that sees all rollouts of a task, for `train`. A rollout that failed is not shown to it; where it throws, all
 * rollouts of the group fail at the boundary "reward" and are counted.
 *
 * @throws OPTION_INVALID
 * @example
 * const reward = groupReward(({ rollouts }) => {
 *   const shortest = Math.min(...rollouts.map(({ answer }) => answer.length));
 *   return rollouts.map(({ answer }) => (answer.length === shortest ? 1 : 0));
 * });
 * @example
 * const scaled = groupReward(({ rollouts }) =>
 *   combineObjectives(rollouts.map(componentsOf), { weights: { right: 1, short: 0.5 }, scale: "range" }));
 */
export function groupReward<T extends Task = Task, Answer = unknown>(
  rewards: GroupRewardFunction<T, Answer>,
  options: GroupRewardOptions<T, Answer> = {},
): GroupReward<T, Answer> {
  checkOptions("groupReward", options, { heldOut: true });
  const check = optionChecks("groupReward");
  check.callable("rewards", rewards);
  if (options.heldOut !== undefined) check.callable("heldOut", options.heldOut);
  return { rewards, ...options };
}

/** Options of `judgedGroup`. */
export interface JudgedGroupOptions<T extends Task = Task, Answer = unknown> {
  /** Scores the candidates of a task, such as a `relativeJudge`. */
  readonly judge: RelativeJudge;
  /** The task in words for the judge. Default: what the user said last in the first call of the model. */
  readonly task?: (task: T) => string;
  /** What the judge reads of a rollout. Default: its whole conversation. */
  readonly content?: (rollout: UnscoredRollout<T, Answer>) => JudgedContent;
  /** Calls of the judge's model at most, in this process. The group that goes over it is still scored. Default: no limit. */
  readonly maxCalls?: number;
}

/**
 * The scores of a relative judge as rewards of a group, each with the judge's reason. A group without a verdict fails at the
 * boundary "reward" (JUDGE_FAILED), and is counted. Once `maxCalls` are made the run stops with RUN_JUDGE_BUDGET_SPENT, to be
 * resumed from its last checkpoint.
 *
 * @throws OPTION_INVALID
 * @example const reward = groupReward(judgedGroup({ judge: relativeJudge({ model, name: "gpt-4o" }), maxCalls: 2000 }));
 */
export function judgedGroup<T extends Task = Task, Answer = unknown>(
  options: JudgedGroupOptions<T, Answer>,
): GroupRewardFunction<T, Answer> {
  checkOptions("judgedGroup", options, { judge: true, task: true, content: true, maxCalls: true });
  const { judge, maxCalls, content = conversationOf } = options;
  if (maxCalls !== undefined) optionChecks("judgedGroup").whole("maxCalls", maxCalls, { min: 1 });
  const budget = maxCalls === undefined ? {} : { budget: { calls: maxCalls } };
  const meter = new JudgeMeter({ judge: judge.name, option: "maxCalls", ...budget });
  return async ({ task, rollouts, signal }) => {
    meter.check();
    const words = options.task?.(task) ?? askedIn(rollouts[0]!);
    const verdict = await judge.rank({ task: words, candidates: rollouts.map(content), signal });
    meter.count(verdict.calls);
    if (verdict.status === "excluded") {
      const { problem } = verdict;
      throw new HoneError("JUDGE_FAILED", { judge: judge.name, problem, calls: verdict.calls });
    }
    return verdict.scores.map((score, i) => ({
      total: score,
      components: { judge: score },
      source: "judge" as const,
      ...(verdict.reasons[i] ? { reason: verdict.reasons[i] } : {}),
    }));
  };
}

/** The messages of the last call of the model, with its reply. */
function conversationOf({ turns }: UnscoredRollout): JudgedContent {
  const last = turns.at(-1);
  return last === undefined ? "" : [...last.messages, last.reply];
}

const askedIn = ({ turns, task }: UnscoredRollout): string =>
  turns[0]?.messages.findLast(({ role }) => role === "user")?.content ?? task.id;
