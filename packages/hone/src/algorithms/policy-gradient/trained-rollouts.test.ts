import { expect, it } from "vitest";
import { grpo } from "./grpo.ts";
import type { TrainStep } from "../../core/train-step.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";

/** Steps on two tasks: an even first token earns 1 in the first, and every token earns 1 in the second. */
async function stepsOf(options: Partial<Parameters<typeof grpo>[0]>): Promise<TrainStep[]> {
  const training = tabularTrainingClient({ vocabulary: 6 });
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([token], [task]) => (task === 1 || token! % 2 === 0 ? 1 : 0),
    sampling: { maxTokens: 3 },
  });
  const algorithm = grpo({
    ...{ steps: 1, groupSize: 4, groupsPerStep: 2, learningRate: 0.1, minibatchesPerBatch: 2 },
    ...options,
  });
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

it("has the advantage and the trainer's log-prob of every sampled token", async () => {
  const [{ trained, rollouts }] = (await stepsOf({})) as [TrainStep];
  expect(trained!.rollouts.map(({ rolloutId }) => rolloutId)).toEqual(
    rollouts!.map(({ id }) => id),
  );
  const learned = trained!.rollouts.filter(({ rows }) => rows.length > 0);
  expect(learned.length).toBeGreaterThan(0);
  for (const { rolloutId, rows } of learned) {
    const { turns, reward } = rollouts!.find(({ id }) => id === rolloutId)!;
    const [row] = rows;
    expect(rows).toHaveLength(1);
    expect(Math.sign(row!.advantage as number)).toBe(reward!.total === 1 ? 1 : -1);
    expect(row!.logProbs).toHaveLength(turns[0]!.tokens.length);
    // Before any update trainer and sampler are one policy; the second half of the batch comes after one.
    const gaps = row!.logProbs.map((one, t) => Math.abs(one - turns[0]!.logProbs[t]!));
    if (row!.updatesBefore === 0) expect(Math.max(...gaps)).toBeLessThan(1e-5);
    else expect(Math.max(...gaps)).toBeGreaterThan(1e-3);
  }
  expect(new Set(learned.map(({ rows }) => rows[0]!.updatesBefore)).size).toBe(2);
});

it("says why nothing was learned from a rollout", async () => {
  const [{ trained }] = (await stepsOf({})) as [TrainStep];
  expect(
    trained!.rollouts.filter(({ notLearned }) => notLearned === "group without signal"),
  ).toHaveLength(4);
  // Every answer reaches the limit of 3 tokens.
  const [masked] = (await stepsOf({ maskTruncated: true })) as [TrainStep];
  expect(new Set(masked.trained!.rollouts.map(({ notLearned }) => notLearned))).toEqual(
    new Set(["truncated"]),
  );
});
