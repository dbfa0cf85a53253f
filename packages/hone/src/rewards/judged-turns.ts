/** A judge that scores each turn of a rollout, beside the rollout's own reward: rewards for the credit rule "turn-rewards". */
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Reward, Task } from "../core/rollout.ts";
import type { AbsoluteJudge } from "../ports/judge.ts";
import type { RewardFunction } from "../ports/reward.ts";
import { JudgeMeter } from "./judges/judge-meter.ts";

/** Options of `judgedTurns`. */
export interface JudgedTurnsOptions<T extends Task = Task, Answer = unknown> {
  /** Scores one turn, such as an `absoluteJudge` whose criterion speaks of the last message. */
  readonly judge: AbsoluteJudge;
  /** The reward of the whole rollout; the judge's scores change nothing of its total. */
  readonly reward: RewardFunction<T, Answer>;
  /** The task in words for the judge. Default: what the user said last in the first call of the model. */
  readonly task?: (task: T) => string;
  /** Calls of the judge's model at most, in this process. The turn that goes over it is still scored. Default: no limit. */
  readonly maxCalls?: number;
}

/** What a turn is judged by where nothing else is said. */
export const turnCriteria: Readonly<Record<string, string>> = {
  step: "0: the last message is wrong, useless or leads away from the task; 1: it is right and brings the task forward",
};

/**
 * The reward of a rollout with what each of its turns earned (`Reward.turns`), from 0 to 1: the judge reads the conversation up to the
 * turn's reply. The mean is the part "turns". A turn without a verdict fails its rollout at the boundary "reward" (JUDGE_FAILED), and is
 * counted. Once `maxCalls` are made, also in the middle of a rollout, the run stops with RUN_JUDGE_BUDGET_SPENT, to be resumed from its
 * last checkpoint.
 *
 * @throws OPTION_INVALID
 * @example
 * const judge = absoluteJudge({ model, name: "gpt-4o", criteria: { step: "0: a useless step; 1: a good one" } });
 * const reward = judgedTurns({ judge, reward: ({ answer, task }) => (answer === task.answer ? 1 : 0), maxCalls: 5000 });
 * const algorithm = grpo({ steps: 50, learningRate: 1e-4, credit: { rule: "turn-rewards" } });
 */
export function judgedTurns<T extends Task = Task, Answer = unknown>(
  options: JudgedTurnsOptions<T, Answer>,
): RewardFunction<T, Answer> {
  checkOptions("judgedTurns", options, { judge: true, reward: true, task: true, maxCalls: true });
  const { judge, reward, maxCalls } = options;
  const check = optionChecks("judgedTurns");
  check.callable("reward", reward);
  if (maxCalls !== undefined) check.whole("maxCalls", maxCalls, { min: 1 });
  const budget = maxCalls === undefined ? {} : { budget: { calls: maxCalls } };
  const meter = new JudgeMeter({ judge: judge.name, option: "maxCalls", ...budget });
  return async (rollout) => {
    const given = await reward(rollout);
    const whole: Reward =
      typeof given === "number" ? { total: given, components: {}, source: "rule" } : given;
    const asked = rollout.turns[0]?.messages.findLast(({ role }) => role === "user");
    const task = options.task?.(rollout.task) ?? asked?.content ?? rollout.task.id;
    const turns: number[] = [];
    // One after the other, so that a budget ends where it is spent.
    for (const { messages, reply } of rollout.turns) {
      meter.check();
      const verdict = await judge.score({ task, answer: [...messages, reply] });
      meter.count(verdict.calls);
      if (verdict.status === "excluded") {
        const { problem, calls } = verdict;
        throw new HoneError("JUDGE_FAILED", { judge: judge.name, problem, calls });
      }
      turns.push(verdict.total);
    }
    if (turns.length === 0) return whole;
    const mean = turns.reduce((sum, one) => sum + one, 0) / turns.length;
    return { ...whole, components: { ...whole.components, turns: mean }, turns };
  };
}
