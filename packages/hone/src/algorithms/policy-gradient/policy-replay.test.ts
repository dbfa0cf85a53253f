/** Groups of earlier steps are learned from again, by the log-probs of their time, until they are too old. */
import { expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { grpo } from "./grpo.ts";
import { replay, type ReplayGroup } from "./policy-replay.ts";

const vocabulary = 6;

async function run(options: Partial<Parameters<typeof grpo>[0]>) {
  const training = tabularTrainingClient({ vocabulary });
  const sent: (readonly Datum[])[] = [];
  const pass = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => (sent.push(data), pass(data, ...rest));
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([token]) => token! / 5,
    sampling: { maxTokens: 1 },
  });
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  const steps: TrainStep[] = [];
  const algorithm = grpo({
    ...{ steps: 5, groupSize: 4, groupsPerStep: 2, learningRate: 0.2, ...options },
  });
  for await (const step of algorithm.run(parts)) steps.push(step);
  return { steps, sent };
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
  const { steps: plain } = await run({});
  expect(plain[0]!.metrics).not.toHaveProperty("groups_replayed");
  expect(plain[0]!).not.toHaveProperty("state");
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
