/** A runner whose rollouts are scored by their group: first all rollouts of a request, then a reward for each task's. */
import { HoneError, messageOf } from "../core/errors.ts";
import { retriedError } from "../core/remote-failures.ts";
import type { Reward, Rollout, RolloutFailure, Task } from "../core/rollout.ts";
import type { GroupReward, GroupRewardFunction, UnscoredRollout } from "../ports/reward.ts";
import type { RolloutRunner, RunRolloutsRequest } from "../ports/rollout-runner.ts";
import { scored, succeeded } from "./checked-reward.ts";
import { withDeadline } from "./deadline.ts";
import { fatalError } from "./failures.ts";
import { DEFAULT_DEADLINE_MS, rolloutRunner, type RolloutRunnerOptions } from "./rollout-runner.ts";
import { functionPlace, userPlace } from "./user-place.ts";

/** As of `rolloutRunner`, with a reward of the group. */
export interface GroupRewardRunnerOptions<T extends Task, Answer> extends Omit<
  RolloutRunnerOptions<T, Answer>,
  "reward"
> {
  readonly reward: GroupReward<T, Answer>;
}

/** The reward of a rollout whose group was not scored yet. */
const notYet: Reward = { total: 0, components: {}, source: "rule" };

/**
 * A runner of rollouts that are scored together with the others of their task in the same request. The deadline of a rollout
 * counts for the agent, and once more for the reward of the group.
 * @throws as `rolloutRunner`
 */
export function groupRewardRunner<T extends Task, Answer>(
  options: GroupRewardRunnerOptions<T, Answer>,
): RolloutRunner<T, Answer> {
  const { reward, deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const runner = rolloutRunner<T, Answer>({ ...options, reward: () => notYet });
  return {
    async run(request) {
      const rollouts = await runner.run(request);
      const groupOf = new Map(request.jobs.map(({ id, group, task }) => [id, group ?? task.id]));
      const groups = Map.groupBy(rollouts, ({ id }) => groupOf.get(id));
      const stop = new AbortController();
      const scoring = { rewards: reward.rewards, deadlineMs, signal: signalOf(request, stop) };
      const ends = await Promise.allSettled(
        [...groups.values()].map(async (group) => {
          try {
            return await scoredGroup(group, scoring);
          } catch (error) {
            stop.abort(error);
            throw error;
          }
        }),
      );
      if (request.signal?.aborted) throw new HoneError("CANCELLED", { what: "Scoring rollouts" });
      if (stop.signal.aborted) throw stop.signal.reason;
      const byId = new Map(
        ends
          .flatMap((end) => (end.status === "fulfilled" ? end.value : []))
          .map((one) => [one.id, one]),
      );
      return rollouts.map(({ id }) => byId.get(id)!);
    },
  };
}

const signalOf = <T extends Task>({ signal }: RunRolloutsRequest<T>, stop: AbortController) =>
  signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);

interface Scoring<T extends Task, Answer> {
  readonly rewards: GroupRewardFunction<T, Answer>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** The group with its rewards; where it has none, its rollouts with the failure. @throws what must stop the run */
async function scoredGroup<T extends Task, Answer>(
  group: readonly Rollout<T, Answer>[],
  { rewards, deadlineMs, signal: outer }: Scoring<T, Answer>,
): Promise<readonly Rollout<T, Answer>[]> {
  const answered = group.filter(({ failure }) => failure === undefined);
  if (answered.length === 0) return group;
  using deadline = withDeadline(deadlineMs, outer);
  const { signal } = deadline;
  const { task } = answered[0]!;
  const place = functionPlace(rewards);
  const fail = (failure: RolloutFailure) => (rollout: Rollout<T, Answer>) =>
    failed(rollout, { ...(place === undefined ? {} : { place }), ...failure });
  let outcomes: readonly Rollout<T, Answer>[];
  try {
    const given = await deadline.race(async () =>
      rewards({ task, rollouts: answered.map(unscored), signal }),
    );
    checkLength(task, answered.length, given);
    outcomes = answered.map((rollout, i) => withReward(rollout, given[i], fail));
  } catch (error) {
    if (outer.aborted) throw error;
    const fatal = fatalError(error);
    if (fatal !== undefined) throw fatal;
    const own = userPlace(error);
    const last = retriedError(signal);
    const why = last === undefined ? "" : `; its last request failed: ${messageOf(last)}`;
    const late = `the reward of the group was still running after ${deadlineMs / 1000} s${why}`;
    outcomes = answered.map(
      fail(
        deadline.isMissed
          ? { boundary: "deadline", message: late }
          : { boundary: "reward", message: messageOf(error), ...(own && { place: own }) },
      ),
    );
  }
  const byId = new Map(outcomes.map((one) => [one.id, one]));
  return group.map((rollout) => byId.get(rollout.id) ?? rollout);
}

function withReward<T extends Task, Answer>(
  rollout: Rollout<T, Answer>,
  given: number | Reward | undefined,
  fail: (failure: RolloutFailure) => (rollout: Rollout<T, Answer>) => Rollout<T, Answer>,
): Rollout<T, Answer> {
  if (given === undefined)
    return fail({ boundary: "reward", message: "the reward of the group gave it none" })(rollout);
  try {
    const reward = scored(given);
    return { ...rollout, reward, isSuccess: succeeded(reward) };
  } catch (error) {
    return fail({ boundary: "reward", message: messageOf(error) })(rollout);
  }
}

function unscored<T extends Task, Answer>(rollout: Rollout<T, Answer>): UnscoredRollout<T, Answer> {
  const { reward: _reward, isSuccess: _isSuccess, ...rest } = rollout;
  return { ...rest, answer: rollout.answer as Answer, failure: undefined };
}

const failed = <T extends Task, Answer>(
  rollout: Rollout<T, Answer>,
  failure: RolloutFailure,
): Rollout<T, Answer> => ({ ...rollout, reward: undefined, isSuccess: false, failure });

/** @throws GROUP_REWARD_INVALID */
function checkLength(task: Task, expected: number, given: unknown): void {
  if (Array.isArray(given) && given.length === expected) return;
  const got = Array.isArray(given) ? `${given.length}` : typeof given;
  throw new HoneError("GROUP_REWARD_INVALID", { task: task.id, expected, got });
}
