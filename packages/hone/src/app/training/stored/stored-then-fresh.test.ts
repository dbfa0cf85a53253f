/** Stored rollouts in the first steps: which, in which order, with which ids, and that a policy learns from them. */
import { describe, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import type { TrainStep } from "../../../core/train-step.ts";
import type { RolloutSource } from "../../../ports/rollout-source.ts";
import { letterRenderer } from "../../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../../testing/token-rollouts.ts";
import type { StoredGroup } from "../../../rollouts/stored-rollouts.ts";
import { storedThenFresh } from "../../../rollouts/stored-then-fresh.ts";

const vocabulary = 6;
const sampled = tokenRollouts({
  prompts: [[0], [1], [2]],
  reward: ([token]) => (token === 3 ? 1 : 0),
  sampling: { maxTokens: 1 },
});

/** Six groups that a uniform policy sampled, all of which a run called with the same ids. */
async function storedGroups(): Promise<readonly StoredGroup[]> {
  const policy = await tabularTrainingClient({ vocabulary }).saveWeightsForSampler();
  const groups = await sampled.groups({ policy, step: 1, groupCount: 6, groupSize: 8 });
  return groups.map(({ task, rollouts }, g) => ({
    task: { id: `${task.id} of group ${g}` },
    rollouts: rollouts.map((one, i) => ({
      ...one,
      ...{ id: `rollout ${i}`, traceId: `trace ${g} ${i}`, tokens: "sampled" as const },
    })),
  }));
}

const nothing: RolloutSource = { groups: async () => [] };

describe("stored rollouts", () => {
  it("come each once before any comes again, in an order of the seed, as a function of the step", async () => {
    const groups = await storedGroups();
    const policy = await tabularTrainingClient({ vocabulary }).saveWeightsForSampler();
    const source = (seed: number) => storedThenFresh({ groups, steps: 6, seed, fresh: nothing });
    const asked = (seed: number, step: number) =>
      source(seed).groups({ policy, step, groupCount: 2, groupSize: 99 });
    const tasks = async (seed: number, steps: readonly number[]) =>
      (await Promise.all(steps.map((step) => asked(seed, step)))).flat().map(({ task }) => task.id);
    const first = await tasks(0, [1, 2, 3]);
    expect(new Set(first).size).toBe(6);
    const second = await tasks(0, [4, 5, 6]);
    expect(second.toSorted()).toEqual(first.toSorted());
    expect(second).not.toEqual(first);
    expect(await tasks(0, [3])).toEqual(first.slice(4));
    expect(await tasks(1, [1, 2, 3])).not.toEqual(first);
    const [one] = await asked(0, 1);
    const from = groups.find(({ task }) => task.id === one!.task.id)!;
    const { traceId: _, tokens: __, id: ___, ...same } = from.rollouts[0]!;
    expect(one!.rollouts[0]).toEqual({
      ...same,
      id: "step 1 group 0 stored " + from.rollouts[0]!.traceId,
      turns: same.turns.map((turn) => ({
        ...turn,
        weightsVersion: `stored ${turn.weightsVersion}`,
      })),
    });
  });

  it("have ids of their own where a group comes twice in a step, and where more is asked for", async () => {
    const groups = (await storedGroups()).slice(0, 1);
    const policy = await tabularTrainingClient({ vocabulary }).saveWeightsForSampler();
    const source = storedThenFresh({ groups, steps: 1, fresh: nothing });
    const request = { policy, step: 1, groupCount: 3, groupSize: 8 };
    const all = [
      ...(await source.groups(request)),
      ...(await source.groups({ ...request, firstGroup: 3 })),
    ].flatMap(({ rollouts }) => rollouts.map(({ id }) => id));
    expect(all).toHaveLength(48);
    expect(new Set(all).size).toBe(48);
    expect(await source.groups({ ...request, step: 2 })).toEqual([]);
  });

  it("are learned from by their log-probs, then new ones follow", async () => {
    const groups = await storedGroups();
    const training = tabularTrainingClient({ vocabulary });
    const rollouts = storedThenFresh({ groups, steps: 9, fresh: sampled });
    const algorithm = grpo({ steps: 10, groupSize: 8, groupsPerStep: 2, learningRate: 0.2 });
    const renderer = letterRenderer("a");
    const steps: TrainStep[] = [];
    const parts = { training, rollouts, renderer, seed: 0, startStep: 0 };
    for await (const step of algorithm.run(parts)) steps.push(step);
    // Trainer and sampler are compared where this run sampled, not where another did.
    expect(steps.slice(0, 9).filter(({ metrics }) => "mismatch_mean" in metrics)).toEqual([]);
    expect(steps[9]!.metrics["mismatch_mean"]).toBeLessThan(1e-6);
    // The stored rollouts were sampled by the model that training begins with, so the ratio is 1 until the first update.
    expect(steps[0]!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
    expect(steps[8]!.metrics["kl_old"]).toBeGreaterThan(0.05);
    expect(steps.slice(0, 9).every(({ metrics }) => metrics["weights_lag"]! > 0)).toBe(true);
    expect(steps[9]!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
    expect(steps[9]!.metrics["weights_lag"]).toBe(0);
    const before = steps[0]!.metrics["reward"]!;
    expect(steps[9]!.metrics["reward"]).toBeGreaterThan(before + 0.2);
  });

  it("are refused where there are none, or no step for them", async () => {
    expect(() => storedThenFresh({ groups: [], steps: 1, fresh: nothing })).toThrow("DATA_EMPTY");
    const groups = await storedGroups();
    expect(() => storedThenFresh({ groups, steps: 0, fresh: nothing })).toThrow(/steps = 0/);
  });
});
