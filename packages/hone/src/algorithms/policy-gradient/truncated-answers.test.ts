/** Truncated answers that are masked: what they still count for, and what is said where there are no others. */
import { describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Rollout, StopReason, Turn } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { grpo } from "./grpo.ts";
import type { Normalization } from "./normalization.ts";

const vocabulary = 6;

function rollout(i: number, stopReason: StopReason, weightsVersion: string): Rollout {
  const tokens = Array.from({ length: i + 1 }, (_, t) => 1 + t);
  const logProbs = tokens.map(() => -Math.log(vocabulary));
  const reward = { total: i, components: {}, source: "rule" } as const;
  const turn: Turn = {
    ...{
      messages: [],
      reply: { role: "assistant" as const, content: "" },
      promptTokens: [0],
      tokens,
    },
    ...{ logProbs, samplingLogProbs: logProbs, temperature: 1, isTruncated: false, stopReason },
    weightsVersion,
  };
  const outcome = { answer: undefined, failure: undefined, isSuccess: true };
  return {
    id: `${i}`,
    task: { id: "a" },
    turns: [turn],
    reward,
    ...outcome,
    attempts: 1,
    seconds: 0,
  };
}

/** A step of a group whose answers have these ends, the rewards 0, 1, 2 …, and one token more each. */
async function step(
  ends: readonly StopReason[],
  normalization: Normalization = "dapo",
  more: { readonly maxStepsWithoutSignal?: number } = {},
) {
  const training = tabularTrainingClient({ vocabulary });
  const sent: Datum[] = [];
  const pass = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => (sent.push(...data), pass(data, ...rest));
  const groups: RolloutSource["groups"] = async ({ policy }) => [
    {
      task: { id: "a" },
      rollouts: ends.map((end, i) => rollout(i, end, policy.weightsVersion)),
    },
  ];
  const parts = {
    training,
    rollouts: { groups },
    renderer: letterRenderer("a"),
    seed: 0,
    startStep: 0,
  };
  const steps: TrainStep[] = [];
  const algorithm = grpo({
    ...{ steps: 1, groupSize: ends.length, groupsPerStep: 1, learningRate: 0.1, ...more },
    ...{ advantageScale: "none", normalization, maskTruncated: true },
  });
  for await (const one of algorithm.run(parts)) steps.push(one);
  return { step: steps[0]!, sent };
}

describe("truncated answers that are masked", () => {
  const ends: readonly StopReason[] = ["stop", "length", "stop", "stop"];

  it("count in the mean of their group", async () => {
    const { sent, step: one } = await step(ends);
    // Rewards 0 to 3 have the mean 1.5; the tokens are 1 + 3 + 4, without the two of the masked answer.
    const expected = new Map([
      ["0", -1.5 / 8],
      ["2", 0.5 / 8],
      ["3", 1.5 / 8],
    ]);
    expect(sent.map(({ id }) => id)).toEqual([...expected.keys()]);
    for (const { id, advantages } of sent)
      expect(advantages![0]).toBeCloseTo(expected.get(id!)!, 6);
    expect(one.metrics).toMatchObject({ answers_masked: 1, truncated_share: 0.25, reward: 1.5 });
    // What the policy did is measured of all answers.
    expect(one.metrics["tokens_sampled"]).toBe(10);
    expect(one.warnings).toBeUndefined();
  });

  it("count among the answers that a mean over answers divides by", async () => {
    const { sent } = await step(ends, "grpo");
    const [first] = sent;
    expect(first!.advantages![0]).toBeCloseTo(-1.5 / 4, 6);
  });

  it("make a group without signal where no others differ from its mean", async () => {
    const { step: one } = await step(["length", "stop", "length"]);
    expect(one.metrics).toMatchObject({ updates: 0, groups_without_signal: 1, answers_masked: 2 });
    expect(one.warnings).toEqual({ GROUPS_WITHOUT_SIGNAL: 1, STEP_WITHOUT_SIGNAL: 1 });
  });

  it("are warned of where there are no others, and named once the run stops for it", async () => {
    const { step: one, sent } = await step(["length", "length"]);
    expect(sent).toEqual([]);
    expect(one.metrics).toMatchObject({ updates: 0, answers_masked: 2, reward: 0.5 });
    expect(one.warnings).toEqual({
      ...{ ANSWERS_ALL_TRUNCATED: 2, GROUPS_WITHOUT_SIGNAL: 1, STEP_WITHOUT_SIGNAL: 1 },
    });
    const stopped = step(["length", "length"], "dapo", { maxStepsWithoutSignal: 1 });
    await expect(stopped).rejects.toThrow(HoneError);
    await expect(stopped).rejects.toThrow(/cut off at the token limit, and.*`maxTokens`/s);
  });
});
