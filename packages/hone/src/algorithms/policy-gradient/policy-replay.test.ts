/** Groups of earlier steps are learned from again, by the log-probs of their time, until they are too old. */
import { expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import { nextCoefficient } from "./adaptive-kl.ts";
import { grpo } from "./grpo.ts";
import { replay, type ReplayGroup } from "./policy-replay.ts";
import { ppo } from "./ppo.ts";
import { reinforce } from "./reinforce.ts";

const vocabulary = 6;

function open(spread = 0): AlgorithmParts & { readonly sent: (readonly Datum[])[] } {
  const training = tabularTrainingClient({ vocabulary, spread });
  const sent: (readonly Datum[])[] = [];
  const pass = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => (sent.push(data), pass(data, ...rest));
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([token]) => token! / 5,
    sampling: { maxTokens: 1 },
  });
  return { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0, sent };
}

async function stepsOf(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const plain = { steps: 5, groupSize: 4, groupsPerStep: 2, learningRate: 0.2 };

async function run(options: Partial<Parameters<typeof grpo>[0]>) {
  const parts = open();
  return { steps: await stepsOf(grpo({ ...plain, ...options }), parts), sent: parts.sent };
}

it("beside the new ones, which alone are reported", async () => {
  const { steps, sent } = await run({ replay: { groupsPerStep: 3, maxStaleness: 2 } });
  const counts = steps.map(({ metrics }) => [metrics["groups_replayed"], metrics["groups_stale"]]);
  // Two groups a step: none, 2 of step 1, then 3 of the 4 of the two steps before; those of step 1 are too old in step 4.
  expect(counts).toEqual([
    [0, 0],
    [2, 0],
    [3, 0],
    [3, 2],
    [3, 2],
  ]);
  for (const { metrics, rollouts } of steps) {
    expect(rollouts).toHaveLength(8);
    expect(metrics["groups"]).toBe(2);
    expect(metrics["weights_lag"]).toBe(0);
    const total = rollouts!.reduce((sum, { reward }) => sum + reward!.total, 0);
    expect(metrics["reward"]).toBeCloseTo(total / 8, 12);
  }
  // Of each batch those rows whose advantage is not 0.
  expect(sent[0]!.length).toBeLessThanOrEqual(8);
  for (const { length } of sent.slice(1)) expect(length).toBeGreaterThan(8);
  const first = sent[0]!.map(({ id, samplingLogProbs }) => [id, [...samplingLogProbs!]]);
  const second = sent[1]!.filter(({ id }) => id!.startsWith("1/"));
  expect(second).toHaveLength(sent[0]!.length);
  for (const { id, samplingLogProbs } of second)
    expect(first).toContainEqual([id, [...samplingLogProbs!]]);
  expect(steps[1]!.metrics["kl_old"]).toBeGreaterThan(1e-4);
  // Sampler and trainer are one; only what was learned since is between the replayed rows and the trainer.
  const { steps: corrected } = await run({ replay: { groupsPerStep: 3 }, correction: {} });
  for (const { metrics } of [...steps, ...corrected])
    expect(metrics["mismatch_max"]).toBeLessThan(1e-6);
  const { steps: without } = await run({});
  expect(without[0]!.metrics).not.toHaveProperty("groups_replayed");
  expect(without[0]!).not.toHaveProperty("state");
});

it("none of them twice in a step, whatever the order in which they are kept, and as plain JSON", async () => {
  const { steps } = await run({ steps: 2, replay: { groupsPerStep: 9 } });
  const kept = (steps[1]!.state as { readonly replay: readonly ReplayGroup[] }).replay;
  expect(kept.map(({ origin }) => origin.step)).toEqual([1, 1, 2, 2]);
  expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
  const settings = { groupsPerStep: 3, maxStaleness: 4 };
  const drawn = (given: readonly ReplayGroup[], step: number) =>
    replay(given, [], settings, { step, seed: 0 }).groups.map(({ rollouts }) => rollouts[0]!.id);
  expect(new Set(drawn(kept, 3)).size).toBe(3);
  expect(drawn(kept.toReversed(), 3)).toEqual(drawn(kept, 3));
  const others = [4, 5].map((step) => drawn(kept, step).join());
  expect(others.some((one) => one !== drawn(kept, 3).join())).toBe(true);
  expect(replay(kept, [], settings, { step: 6, seed: 0 })).toMatchObject({ staleCount: 2 });
});

it("a moving average is that of the new ones", async () => {
  const options = { ...plain, baseline: "moving-average", decay: 0.5 } as const;
  const steps = await stepsOf(reinforce({ ...options, replay: { groupsPerStep: 3 } }), open());
  expect(steps[1]!.metrics["groups_replayed"]).toBe(2);
  let average = steps[0]!.metrics["reward"]!;
  for (const { metrics } of steps) {
    expect(metrics["baseline"]).toBeCloseTo(average, 12);
    average = 0.5 * average + 0.5 * metrics["reward"]!;
  }
});

it("the distance that a KL coefficient follows, and that is reported, is that of the new ones", async () => {
  // A policy far from the uniform reference, at a distance that stays within a fifth of the target, where the coefficient is not clipped.
  const reference = await tabularTrainingClient({ vocabulary }).saveWeightsForSampler();
  const parts = { ...open(4), critic: tabularCritic({ vocabulary }), reference };
  const adaptiveKl = { target: 1.1, rate: 0.5 };
  const kl = { coefficient: 0.1, place: "reward" } as const;
  const options = { ...plain, epochsPerBatch: 1, kl, adaptiveKl, replay: { groupsPerStep: 3 } };
  const steps = await stepsOf(ppo(options), parts);
  let coefficient = 0.1;
  for (const { metrics, rollouts } of steps) {
    expect(metrics["kl_coefficient"]).toBeCloseTo(coefficient, 6);
    // Answers are one token, which the reference gives a chance of one in six.
    const distances = rollouts!.map(({ turns }) => turns[0]!.logProbs[0]! + Math.log(vocabulary));
    const distance = distances.reduce((sum, one) => sum + one, 0) / distances.length;
    expect(metrics["kl_k1"]).toBeCloseTo(distance, 6);
    coefficient = nextCoefficient(coefficient, distance, adaptiveKl);
  }
});
