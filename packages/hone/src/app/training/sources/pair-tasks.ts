/** Held-out preferences as tasks that are measured by the policy's log-probs. */
import { lastValueDatum, lastValues } from "../../../algorithms/blocks/last-values.ts";
import { assert } from "../../../core/errors.ts";
import { rewardPairRunner, rewardPairSummary } from "../../../evaluation/reward-pair.ts";
import { type ComparedAnswer, pairRunner, type PairTask } from "../../../evaluation/pair-task.ts";
import type { RunnableTasks } from "../../../rollouts/agent-tasks.ts";

/** Pairs as tasks: success is that the chosen answer is the more likely one, the reward by how much, in nats. */
export const pairTasks = (tasks: readonly PairTask[]): RunnableTasks => ({
  tasks,
  callsPolicy: false,
  openRunner: ({ renderer, progress }) => pairRunner(renderer, progress),
});

/** Pairs as tasks of a reward model: success is that the chosen answer has the larger reward, the reward by how much. */
export const rewardPairTasks = (tasks: readonly PairTask[]): RunnableTasks => ({
  tasks,
  callsPolicy: false,
  openRunner({ renderer, progress, values }) {
    assert(values !== undefined, "the run of a reward model opens a client with a value head");
    const rewardsOf: Parameters<typeof rewardPairRunner>[0] = async (rows) =>
      (
        await lastValues(
          values,
          rows.map((row) => lastValueDatum(row)),
        )
      ).values;
    return rewardPairRunner(rewardsOf, renderer, progress);
  },
  summary: rewardPairSummary,
});

/** A rated answer. */
interface RatedAnswerOf {
  readonly name: string;
  readonly isDesirable: boolean;
  readonly answer: ComparedAnswer;
}

/**
 * Rated answers as pairs of a desirable and an undesirable one, in their order; where there are fewer of one kind, they come again.
 * They answer different prompts, so means over tokens are compared, and the share of successes estimates the probability that a
 * desirable answer is the likelier one. No tasks where all answers are of one kind.
 */
export function ratedTasks(answers: readonly RatedAnswerOf[]): RunnableTasks {
  const good = answers.filter(({ isDesirable }) => isDesirable);
  const bad = answers.filter(({ isDesirable }) => !isDesirable);
  if (good.length === 0 || bad.length === 0) return pairTasks([]);
  const count = Math.max(good.length, bad.length);
  return pairTasks(
    Array.from({ length: count }, (_, i) => {
      const [chosen, rejected] = [good[i % good.length]!, bad[i % bad.length]!];
      return {
        id: `${i + 1}: ${chosen.name} over ${rejected.name}`,
        chosen: chosen.answer,
        rejected: rejected.answer,
        compares: "means" as const,
      };
    }),
  );
}
