import { describe, expect, it } from "vitest";
import type { TokenIds } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { expertIteration, type ExpertIterationOptions } from "./expert-iteration.ts";

/** A policy of six tokens that answers with one; each token's reward is its number, or what the test says. */
function open(reward: (tokens: TokenIds) => number = ([token]) => token!) {
  const training = tabularTrainingClient({ vocabulary: 6 });
  const sent: number[][] = [];
  const forwardBackward = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => {
    sent.push(data.map(({ targets }) => targets[0]!));
    return forwardBackward(data, ...rest);
  };
  const rollouts = tokenRollouts({ prompts: [[1], [2]], reward, sampling: { maxTokens: 1 } });
  const renderer = letterRenderer("a");
  return { training, sent, rollouts, renderer, seed: 1, startStep: 0 };
}

async function collect(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const given = { steps: 1, groupSize: 6, groupsPerStep: 2, learningRate: 0.1 };

/** The rewards of each group of a step, sorted from the best. */
const rewardsOf = ({ rollouts = [] }: TrainStep): number[][] => {
  const groups = Map.groupBy(rollouts, ({ task }) => task.id);
  return [...groups.values()].map((group) =>
    group.map((rollout) => rollout.reward!.total).toSorted((a, b) => b - a),
  );
};

describe("expert iteration", () => {
  it("learns the best answer of each task, or the best few", async () => {
    for (const bestPerTask of [1, 2]) {
      const parts = open();
      const [step] = await collect(expertIteration({ ...given, bestPerTask }), parts);
      const best = rewardsOf(step!).flatMap((rewards) => rewards.slice(0, bestPerTask));
      expect(parts.sent).toHaveLength(1);
      expect(parts.sent[0]!.toSorted((a, b) => a - b)).toEqual(best.toSorted((a, b) => a - b));
      const mean = best.reduce((a, b) => a + b, 0) / best.length;
      expect(step!.metrics).toMatchObject({
        chosen: 2 * bestPerTask,
        chosen_reward: mean,
        updates: 1,
      });
    }
  });

  it("learns all answers above a threshold, also where a task's are all alike", async () => {
    const parts = open();
    const [step] = await collect(expertIteration({ ...given, minReward: 3 }), parts);
    const good = rewardsOf(step!)
      .flat()
      .filter((reward) => reward >= 3);
    expect(parts.sent[0]!.toSorted((a, b) => a - b)).toEqual(good.toSorted((a, b) => a - b));
    const alike = open(() => 1);
    const [all] = await collect(expertIteration({ ...given, minReward: 1 }), alike);
    expect(all!.metrics).toMatchObject({ chosen: 12, groups_without_signal: 0 });
    const few = open(() => 1);
    const both = expertIteration({ ...given, minReward: 1, bestPerTask: 2 });
    expect((await collect(both, few))[0]!.metrics).toMatchObject({ chosen: 4 });
  });

  it("learns nothing where no answer is better than another, and stops when that goes on", async () => {
    const parts = open(() => 1);
    const before = parts.training.policy.logits.slice();
    const algorithm = expertIteration({ ...given, steps: 9, maxStepsWithoutSignal: 3 });
    await expect(collect(algorithm, parts)).rejects.toThrow(
      /^NO_LEARNING_SIGNAL: .*answers had two different rewards/,
    );
    expect(parts.training.policy.logits).toEqual(before);
    const strict = expertIteration({ ...given, steps: 9, minReward: 2, maxStepsWithoutSignal: 3 });
    await expect(
      collect(
        strict,
        open(() => 1),
      ),
    ).rejects.toThrow(/^NO_LEARNING_SIGNAL: .*answers had one with a reward of 2 or more\./);
    const [step] = await collect(
      expertIteration(given),
      open(() => 1),
    );
    expect(step!.warnings).toMatchObject({ STEP_WITHOUT_SIGNAL: 1 });
    expect(step!.metrics).toMatchObject({ chosen: 0, updates: 0 });
    expect(step!.metrics).not.toHaveProperty("loss");
  });

  it("has the loss of supervised learning: ln V per token on a uniform policy", async () => {
    const [step] = await collect(expertIteration(given), open());
    expect(step!.metrics["loss"]).toBeCloseTo(Math.log(6), 5);
    expect(step!.metrics).toMatchObject({ tokens: 2, rows: 2 });
  });

  it("reaches the best answer", async () => {
    const parts = open();
    const steps = await collect(expertIteration({ ...given, steps: 60 }), parts);
    expect(steps.at(-1)!.metrics["reward"]).toBeGreaterThan(4.7);
    expect(parts.training.snapshots.every((snapshot) => snapshot.isClosed)).toBe(true);
  });

  it("makes its updates in minibatches and passes, each row once a pass", async () => {
    const parts = open();
    const several = { minReward: 0, minibatchesPerBatch: 3, epochsPerBatch: 2 };
    const [step] = await collect(expertIteration({ ...given, ...several }), parts);
    expect(parts.sent.map((batch) => batch.length)).toEqual([4, 4, 4, 4, 4, 4]);
    expect(step!.metrics).toMatchObject({ updates: 6, rows: 24, tokens: 24, chosen: 12 });
  });

  it("resumed at a step equals the run without interruption", async () => {
    const algorithm = expertIteration({ ...given, steps: 5, minibatchesPerBatch: 2, minReward: 2 });
    const [whole, halves] = [open(), open()];
    const steps = await collect(algorithm, whole);
    const run = algorithm.run(halves);
    for (let i = 0; i < 2; i++) await run.next();
    await run.return();
    const rest = await collect(algorithm, { ...halves, startStep: 2 });
    const numbers = (some: readonly TrainStep[]) => some.map(({ metrics }) => metrics["loss"]);
    expect(numbers(rest)).toEqual(numbers(steps.slice(2)));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it.each<[Partial<ExpertIterationOptions>, string]>([
    [{ groupSize: 1 }, "groupSize"],
    [{ bestPerTask: 0 }, "bestPerTask"],
    [{ bestPerTask: 7 }, "from 1 to 6"],
    [{ minReward: Number.NaN }, "minReward"],
    [{ epochsPerBatch: 0 }, "epochsPerBatch"],
    [{ learningRate: -1 }, "learningRate"],
    [{ bestpertask: 1 } as Partial<ExpertIterationOptions>, "Did you mean bestPerTask"],
  ])("refuses %o by name", (bad, name) => {
    expect(() => expertIteration({ ...given, ...bad })).toThrow(name);
  });
});
