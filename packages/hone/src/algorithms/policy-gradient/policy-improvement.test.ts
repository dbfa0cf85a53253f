/** The blocks of policy-gradient algorithms speak of the algorithm that uses them, whatever its name. */
import { describe, expect, it } from "vitest";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { improvePolicy, type PolicySettings } from "./policy-improvement.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { checkSignal, policyStep } from "./policy-step.ts";
import { rolloutMetrics } from "./rollout-metrics.ts";
import { scoreGroups } from "./scored-answers.ts";

const algorithm = "leave-one-out";
const settings: PolicySettings = {
  algorithm,
  steps: 3,
  epochsPerBatch: 1,
  minibatchesPerBatch: 2,
  normalization: "dapo",
  tokensPerAnswer: undefined,
  loss: "importance_sampling",
  clipLow: 0.8,
  clipHigh: 1.2,
  kl: { coefficient: 0.1, estimator: "k3" },
  optimizer: { learningRate: 0.1 },
};

async function open(temperature = 1) {
  const training = tabularTrainingClient({ vocabulary: 6 });
  const rollouts = tokenRollouts({
    prompts: [[0]],
    reward: ([token]) => token! % 2,
    sampling: { maxTokens: 1, temperature },
  });
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  const policy = await training.saveWeightsForSampler();
  const groups = await rollouts.groups({ policy, step: 1, groupCount: 1, groupSize: 8 });
  return { parts, policy, batch: scoreGroups(groups, { scale: "none" }) };
}

describe("a second policy-gradient algorithm", () => {
  it("updates with the blocks as they stand, and reports a step", async () => {
    const { parts, policy, batch } = await open();
    const improvement = await improvePolicy(batch, settings, {
      ...{ step: 1, parts, reference: policy },
      weightsVersion: policy.weightsVersion,
    });
    const observed = rolloutMetrics(batch);
    const step = policyStep(1, batch, { observed, improvement });
    expect(step.metrics).toMatchObject({ updates: 2, rows: 8, learning_rate: 0.1, tokens: 8 });
    expect(step.rollouts).toHaveLength(8);
    expect(step.warnings).toBeUndefined();
  });

  it("is named by every block that refuses something", async () => {
    const { parts, policy, batch } = await open(0.5);
    const named = { facts: { where: algorithm } };
    const create = Object.create as (from: typeof policy) => typeof policy;
    // One that cannot temper its log-probs.
    const reference = Object.assign(create(policy), { scoresCuts: false });
    const { weightsVersion } = policy;
    const context = { step: 1, parts, weightsVersion, reference };
    const untokened = {
      ...batch,
      answers: batch.answers.map((a) => ({ ...a, rows: [], length: 0 })),
    };
    await expect(improvePolicy(batch, settings, context)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      ...named,
    });
    await expect(improvePolicy(untokened, settings, context)).rejects.toMatchObject({
      code: "BATCH_ALL_MASKED",
      ...named,
    });
    expect(() => new PolicySnapshots(algorithm, 0.1, { ...parts, startStep: 1 })).toThrow(
      `REFERENCE_MISSING: ${algorithm} has`,
    );
    const limit = { algorithm, groupSize: 8, maxStepsWithoutSignal: 2 };
    checkSignal(batch, 0, { ...limit, stepsWithoutSignal: 1 });
    expect(() => checkSignal(batch, 0, { ...limit, stepsWithoutSignal: 2 })).toThrow(
      `NO_LEARNING_SIGNAL: ${algorithm}:`,
    );
  });

  it("deals its minibatches in an order of its own", async () => {
    const { parts, policy, batch } = await open();
    const none = { coefficient: 0, estimator: "k3" } as const;
    const orders: string[] = [];
    for (const name of ["one", "two"]) {
      const seen: string[] = [];
      const training = tabularTrainingClient({ vocabulary: 6 });
      const watched = Object.assign(Object.create(training) as typeof training, {
        forwardBackward: (...args: Parameters<typeof training.forwardBackward>) => {
          seen.push(args[0].map(({ id }) => id).join());
          return training.forwardBackward(...args);
        },
        optimStep: (...args: Parameters<typeof training.optimStep>) => training.optimStep(...args),
      });
      const { weightsVersion } = policy;
      const its = { ...parts, training: watched };
      const context = { step: 1, parts: its, weightsVersion, reference: undefined };
      await improvePolicy(batch, { ...settings, algorithm: name, kl: none }, context);
      orders.push(seen.join(";"));
    }
    expect(orders[0]).not.toBe(orders[1]);
  });
});
