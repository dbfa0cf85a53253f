import { describe, expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { GroupsRequest } from "../../ports/rollout-source.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { dapo } from "./dapo.ts";

/** Groups at the given places of a step have equal rewards. */
function open(isDull: (group: number) => boolean) {
  const training = tabularTrainingClient({ vocabulary: 6 });
  const source = tokenRollouts({ prompts: [[0]], reward: () => 0, sampling: { maxTokens: 1 } });
  const asked: Pick<GroupsRequest, "groupCount" | "firstGroup">[] = [];
  const rollouts: AlgorithmParts["rollouts"] = {
    groups: async (request) => {
      const { groupCount, firstGroup = 0 } = request;
      asked.push({ groupCount, firstGroup });
      return (await source.groups(request)).map((group, i) => ({
        ...group,
        rollouts: group.rollouts.map((rollout, k) => ({
          ...rollout,
          reward: { ...rollout.reward!, total: isDull(firstGroup + i) ? 1 : k % 2 },
        })),
      }));
    },
  };
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  return { parts, asked };
}

async function firstStep(parts: AlgorithmParts, maxDraws: number): Promise<TrainStep> {
  const options = { steps: 1, groupSize: 2, groupsPerStep: 4, learningRate: 0.1, maxDraws };
  return (await dapo(options).run(parts).next()).value!;
}

describe("groups without signal", () => {
  it("are sampled again, only as many as are missing, under numbers of their own", async () => {
    const { parts, asked } = open((group) => [1, 2, 4].includes(group));
    const step = await firstStep(parts, 4);
    expect(asked).toEqual([
      { groupCount: 4, firstGroup: 0 },
      { groupCount: 2, firstGroup: 4 },
      { groupCount: 1, firstGroup: 6 },
    ]);
    expect(step.metrics).toMatchObject({
      groups: 7,
      groups_without_signal: 3,
      groups_missing: 0,
      rows: 8,
    });
    expect(step.warnings).toEqual({ GROUPS_WITHOUT_SIGNAL: 3 });
    // All that was sampled is reported, and no two rollouts have one id.
    expect(new Set(step.rollouts!.map(({ id }) => id)).size).toBe(14);
    // Every token of what is learned from weighs the same: replaced groups are not counted.
    expect(step.metrics["tokens"]).toBe(8);
  });

  it("are warned of where the limit leaves some of them", async () => {
    const { parts, asked } = open((group) => group > 0);
    const step = await firstStep(parts, 2);
    expect(asked).toHaveLength(2);
    expect(step.metrics).toMatchObject({ groups: 7, groups_missing: 3, rows: 2 });
    expect(step.warnings).toEqual({ GROUPS_WITHOUT_SIGNAL: 6, GROUPS_MISSING: 3 });
  });

  it("are not replaced in a run that is stopped between two draws, and the step is not learned", async () => {
    const { parts, asked } = open((group) => group > 0);
    const stop = new AbortController();
    const groups: AlgorithmParts["rollouts"]["groups"] = async (request) => {
      request.signal?.throwIfAborted();
      const found = await parts.rollouts.groups(request);
      stop.abort();
      return found;
    };
    const step = firstStep({ ...parts, rollouts: { groups }, signal: stop.signal }, 4);
    await expect(step).rejects.toThrow("aborted");
    expect(asked).toHaveLength(1);
  });

  it("end the run where no step ever has another", async () => {
    const { parts } = open(() => true);
    const options = { steps: 9, groupSize: 2, groupsPerStep: 2, learningRate: 0.1 };
    const steps: TrainStep[] = [];
    const run = async (): Promise<void> => {
      const algorithm = dapo({ ...options, maxDraws: 2, maxStepsWithoutSignal: 3 });
      for await (const step of algorithm.run(parts)) steps.push(step);
    };
    await expect(run()).rejects.toThrow("NO_LEARNING_SIGNAL");
    expect(steps.map(({ warnings }) => warnings!["STEP_WITHOUT_SIGNAL"])).toEqual([1, 1, 1]);
  });
});
