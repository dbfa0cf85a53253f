/** Which stored rollouts are held out of a training, and how they are measured without running an agent. */
import { pairsOfRollouts } from "../../../algorithms/preferences/rollout-pairs.ts";
import { asContext } from "../../../core/conversation-turns.ts";
import { holdOutKeys } from "../../../data/held-out-keys.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  type ReplyTask,
} from "../../../evaluation/reply-task.ts";
import { agentTasks, type RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import type { StoredGroup, StoredRollout } from "../../../rollouts/stored-rollouts.ts";
import { pairTasks } from "./pair-tasks.ts";

/** A rollout that did not fail and has a reward and a call of the model. */
export interface UsableRollout extends StoredRollout {
  readonly reward: NonNullable<StoredRollout["reward"]>;
}

/** Such rollouts of one task. */
export interface UsableGroup extends Pick<StoredGroup, "task"> {
  readonly rollouts: readonly UsableRollout[];
}

export const isUsable = (rollout: StoredRollout): rollout is UsableRollout =>
  rollout.failure === undefined && rollout.reward !== undefined && rollout.turns.length > 0;

/**
 * Holds out a share of the sessions, or of the tasks of rollouts without one, drawn by the seed. All tries at a task, and all turns of a
 * session, are on one side, so that nothing measured was learned.
 */
export function splitSessions<Group extends Pick<StoredGroup, "task" | "rollouts">>(
  groups: readonly Group[],
  {
    heldOut: share,
    testTasks: max,
    seed,
  }: { readonly heldOut: number; readonly testTasks: number; readonly seed: number },
): { readonly train: readonly Group[]; readonly test: readonly Group[] } {
  const keys = joinedKeys(groups.map(namesOf));
  const keyed = groups.map((group, i) => ({ group, key: keys[i]! }));
  const { train, test } = holdOutKeys(keyed, ({ key }) => key, { share, max, seed });
  return { train: train.map(({ group }) => group), test: test.map(({ group }) => group) };
}

/** What ties a group to others: its task, and the sessions of its rollouts. */
const namesOf = ({ task, rollouts }: Pick<StoredGroup, "task" | "rollouts">): readonly string[] => [
  task.id,
  ...rollouts.flatMap(({ session }) => (session === undefined ? [] : [`session ${session}`])),
];

/** One key for lists that share a name, also by way of others: the first name of the first of them. */
function joinedKeys(lists: readonly (readonly string[])[]): readonly string[] {
  const above = new Map<string, string>();
  const root = (name: string): string => {
    const next = above.get(name);
    return next === undefined ? name : root(next);
  };
  for (const [first, ...others] of lists)
    for (const other of others) {
      const [a, b] = [root(first!), root(other)];
      if (a !== b) above.set(b, a);
    }
  return lists.map(([first]) => root(first!));
}

/** Groups of one task as one. */
export function byTask(groups: readonly UsableGroup[]): readonly UsableGroup[] {
  const tasks = Map.groupBy(groups, ({ task }) => task.id);
  return [...tasks.values()].map((some) => ({
    task: some[0]!.task,
    rollouts: some.flatMap(({ rollouts }) => rollouts),
  }));
}

/** The last reply of a task's best rollout, to measure how likely the model finds it. */
export function replyTask({ rollouts }: UsableGroup): ReplyTask {
  const best = rollouts.reduce((a, b) => (b.reward.total > a.reward.total ? b : a));
  const { messages, reply, tools, agent, adapter } = best.turns.at(-1)!;
  return {
    id: `rollout ${best.id}`,
    messages: [...asContext(messages), reply],
    settings: { allowsCutContext: true, ...(tools !== undefined && { tools }) },
    ...(agent !== undefined && { agent }),
    ...(adapter !== undefined && { adapter }),
  };
}

/** Held-out rollouts as tasks, and what is measured of them, in words. */
export interface MeasuredTraces {
  readonly tasks: RunnableTasks;
  readonly text: string;
}

/**
 * Where tries at a held-out task have different rewards, whether the policy finds the better one more likely; where none have, how
 * likely it finds the best reply of each task.
 */
export function measuredTraces(groups: readonly UsableGroup[]): MeasuredTraces {
  const isOneModel = groups.every(({ rollouts }) =>
    rollouts.every(({ turns }) => turns.every(({ adapter }) => adapter === undefined)),
  );
  // The likelihood of a whole try of several adapters is that of none of them.
  const pairs = isOneModel
    ? byTask(groups).flatMap(({ rollouts }) => pairsOfRollouts(rollouts).pairs)
    : [];
  if (pairs.length > 0) {
    const tasks = pairs.map(({ chosen, rejected }, i) => ({
      id: `pair ${i + 1}: ${chosen.id} over ${rejected.id}`,
      ...{ chosen, rejected, compares: "sums" as const },
    }));
    const text = `success is that of ${pairs.length} held-out pairs the try with the larger reward is the likelier one, the reward by how much in nats`;
    return { tasks: pairTasks(tasks), text };
  }
  const replies = byTask(groups).map(replyTask);
  return {
    tasks: agentTasks({
      ...{ tasks: replies, agent: replyAgent, reward: replyReward },
      wrapRunner: likelihoodRunner,
    }),
    text: `success is that the policy gives the best reply of ${replies.length} held-out tasks word for word, the reward its log-prob per token`,
  };
}
