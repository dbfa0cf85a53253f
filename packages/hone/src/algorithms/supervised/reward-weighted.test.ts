import { describe, expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { rewardWeighted, type RewardWeightedOptions } from "./reward-weighted.ts";
import { sft } from "./sft.ts";

const renderer = letterRenderer("abcd");

function open() {
  const training = tabularTrainingClient({ vocabulary: renderer.vocabulary });
  const sent: { readonly tokens: readonly number[]; readonly weights: readonly number[] }[][] = [];
  const forwardBackward = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => {
    sent.push(data.map(({ tokens, weights }) => ({ tokens, weights: [...weights!] })));
    return forwardBackward(data, ...rest);
  };
  const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });
  return { training, sent, rollouts, renderer, seed: 1, startStep: 0 };
}

async function collect(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

/** One row of n trained tokens, told from others by its first token. */
const row = (first: number, n: number) => ({
  tokens: [first, ...Array.from({ length: n }, () => 6)],
  mask: [0, ...Array.from({ length: n }, () => 1)],
});
const rows = [row(1, 1), row(2, 3), row(3, 1)];
const rate = { learningRate: 0.1 };

/** The weight of one trained token of each row in the first batch, by the row's first token. */
async function tokenWeights(options: Partial<RewardWeightedOptions>) {
  const parts = open();
  await collect(rewardWeighted({ rows, rewards: [0, 1, 2], ...rate, ...options }), parts);
  const batch = parts.sent[0]!.map(({ tokens, weights }) => [tokens[0]!, weights[0]!] as const);
  return new Map(batch);
}

describe("reward-weighted learning", () => {
  it("multiplies each row's share of the mean by its weight of mean 1", async () => {
    const rewards = { weighting: "normalized", rewards: [1, 2, 3] } as const;
    // Weights 0, 0.5, 1; the first counts nothing and is left out, so the others are scaled to 2/3 and 4/3.
    const perToken = await tokenWeights(rewards);
    expect(perToken).toEqual(
      new Map([...perToken.keys()].map((key) => [key, Math.fround((key === 2 ? 2 : 4) / 3 / 4)])),
    );
    expect(new Set(perToken.keys())).toEqual(new Set([2, 3]));
    const perRow = await tokenWeights({ ...rewards, normalize: "row" });
    expect(perRow.get(2)).toBe(Math.fround(2 / 3 / (3 * 2)));
    expect(perRow.get(3)).toBe(Math.fround(4 / 3 / 2));
  });

  it("counts in batches of one row as well, where the weights of sft change nothing", async () => {
    const parts = open();
    await collect(rewardWeighted({ rows, rewards: [0, 1, 2], batchSize: 1, ...rate }), parts);
    const sums = parts.sent.map(([only]) => only!.weights.reduce((a, b) => a + b, 0));
    expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(3, 5);
    expect(Math.max(...sums)).toBeGreaterThan(1.5);
  });

  it("is sft where all rewards are equal, and says so", async () => {
    const [ours, plain] = [open(), open()];
    const given = { rows, weights: [1, 2, 1], epochs: 2, batchSize: 3, ...rate };
    const steps = await collect(rewardWeighted({ ...given, rewards: [5, 5, 5] }), ours);
    await collect(sft(given), plain);
    expect(ours.training.policy.logits).toEqual(plain.training.policy.logits);
    expect(steps[0]!.warnings).toEqual({ REWARDS_EQUAL: 3 });
    expect(steps[1]!.warnings).toBeUndefined();
  });

  it("leaves out what did not do its task before weights are computed, and counts it", async () => {
    const parts = open();
    const given = { rows, rewards: [-5, 1, 3], onlySuccesses: true, ...rate };
    const [step] = await collect(rewardWeighted(given), parts);
    expect(step!.warnings).toEqual({ EPISODES_LEFT_OUT: 1 });
    expect(step!.metrics).toMatchObject({ rows: 2, reward: 2, tokens: 4 });
    const e2 = Math.exp(2);
    expect(step!.metrics["weight_max"]).toBeCloseTo((2 * e2) / (e2 + 1), 10);
    expect(step!.metrics["effective_rows"]).toBeCloseTo((e2 + 1) ** 2 / (e2 ** 2 + 1), 10);
    // What did its task may be said apart from the reward.
    const said = open();
    await collect(rewardWeighted({ ...given, successes: [true, false, false] }), said);
    expect(said.sent[0]!.map(({ tokens }) => tokens[0])).toEqual([1]);
    const none = { ...given, rewards: [-1, 0, -2] };
    expect(() => rewardWeighted(none)).toThrow(/^EPISODES_ALL_FAILED: None of 3 episodes did/);
  });

  it("counts an episode of several rows once in the formula, and gives each row its weight", async () => {
    const one = await tokenWeights({ rows: rows.slice(0, 2), rewards: [0, 1] });
    const given = { rows, rewards: [0, 1, 1], episodes: ["a", "b", "b"] };
    const split = await tokenWeights(given);
    // The mean is over 4 tokens, then over 5.
    expect(split.get(1)! * 5).toBeCloseTo(one.get(1)! * 4, 6);
    expect(split.get(2)! * 5).toBeCloseTo(one.get(2)! * 4, 6);
    expect(split.get(3)).toBe(split.get(2));
    const parts = open();
    const left = { ...given, rewards: [-1, 1, 1], onlySuccesses: true, ...rate };
    const [step] = await collect(rewardWeighted(left), parts);
    expect(step!.warnings).toEqual({ EPISODES_LEFT_OUT: 1, REWARDS_EQUAL: 1 });
  });

  it("records its lists by a digest", () => {
    const recorded = (rewards: readonly number[]): unknown =>
      rewardWeighted({ rows, rewards, ...rate }).settings?.["rewards"];
    expect(recorded([0, 1, 2])).toMatch(/^3 values, [0-9a-f]{8}$/);
    expect(recorded([0, 1, 3])).not.toBe(recorded([0, 1, 2]));
  });

  it("learns the better of two answers", async () => {
    const parts = open();
    const conversations = ["b", "c"].map((content) => [
      { role: "user" as const, content: "a" },
      { role: "assistant" as const, content },
    ]);
    const given = { conversations, rewards: [1, 4], steps: 150, learningRate: 0.2 };
    await collect(rewardWeighted(given), parts);
    const at = parts.training.policy.rowAfter([3], 1);
    const [b, c] = [6, 7].map((token) => Math.exp(parts.training.policy.logProbsAt(at)[token]!));
    // The optimum is the share of the weights: e / (e + e^-1).
    expect(c! / (b! + c!)).toBeCloseTo(Math.E / (Math.E + 1 / Math.E), 2);
  });

  it("resumed at a step equals the run without interruption, its order that of no other method", async () => {
    const algorithm = rewardWeighted({
      rows,
      rewards: [0, 1, 2],
      epochs: 3,
      batchSize: 2,
      ...rate,
    });
    const [whole, halves] = [open(), open()];
    const steps = await collect(algorithm, whole);
    const run = algorithm.run(halves);
    for (let i = 0; i < 2; i++) await run.next();
    await run.return();
    expect(await collect(algorithm, { ...halves, startStep: 2 })).toEqual(steps.slice(2));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it.each<[Partial<RewardWeightedOptions>, string]>([
    [{ rewards: [1, 2] }, "rewards"],
    [{ rewards: [1, 2, Number.NaN] }, "rewards[2]"],
    [{ tasks: ["a"] }, "tasks"],
    [{ successes: [true] }, "successes"],
    [{ episodes: ["a"] }, "episodes"],
    [{ episodes: ["a", "a", "b"] }, "rewards[1]"],
    [{ temperature: 0 }, "temperature"],
    [{ epochs: 0 }, "epochs"],
    [{ rows: [] }, "DATA_EMPTY"],
  ])("refuses %o by name", (bad, name) => {
    const given = { rows, rewards: [1, 2, 3], ...rate, ...bad };
    expect(() => rewardWeighted(given)).toThrow(name);
  });
});
