/** PPO's own parts: the critic against golden numbers, the adaptive coefficient, early stops, and both clients in a resumed run. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts, type TokenRolloutOptions } from "../../testing/token-rollouts.ts";
import { nextCoefficient } from "./adaptive-kl.ts";
import { explainedVariance, improveCritic } from "./critic.ts";
import type { RowAdvantages } from "./episode-advantages.ts";
import { ppo } from "./ppo.ts";
import type { PpoOptions } from "./ppo-options.ts";

const golden = <T>(name: string): T =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../../../test/golden", name), "utf8"),
  ) as T;

const root = mkdtempSync(join(tmpdir(), "hone-ppo-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const vocabulary = 6;

/** A task whose first token decides its reward; the second turn, where there is one, is answered in vain. */
function open(world: Partial<TokenRolloutOptions> = {}) {
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([first]) => (first === 3 ? 1 : 0),
    sampling: { maxTokens: 2 },
    ...world,
  });
  const training = tabularTrainingClient({ vocabulary, order: 2 });
  const critic = tabularCritic({ vocabulary, order: 2 });
  return { training, critic, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
}

async function run(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const plain: PpoOptions = { steps: 3, groupSize: 8, groupsPerStep: 2, learningRate: 0.1 };

describe("the critic", () => {
  const { ppo: expected, inputs } = golden<{
    readonly inputs: { readonly mask: number[][] };
    readonly ppo: {
      readonly values: number[][];
      readonly newValues: number[][];
      readonly cases: readonly {
        readonly gamma: number;
        readonly valueClipRange: number;
        readonly returns: number[][];
        readonly valueLoss: { readonly value: number; readonly gradient: number[][] };
      }[];
    };
  }>("trl.json");

  it.each(expected.cases)("has the golden loss and gradient at γ $gamma", async (one) => {
    // A token of its own before each sampled one, so that the table holds a value for each.
    const width = expected.values[0]!.length;
    const critic = tabularCritic({ vocabulary: expected.values.length * width + 1 });
    const place = (row: number, t: number) => row * width + t;
    expected.newValues.forEach((values, row) =>
      values.forEach((value, t) => (critic.values[place(row, t)] = value)),
    );
    const before = critic.values.slice();
    const rows = expected.values.map((values, row): RowAdvantages[] => {
      const numbers = (of: number[]) => Float64Array.of(0, ...of);
      const tokens = [...values.keys(), width].map((t) => place(row, t));
      const none = tokens.map(() => 0);
      const fixed = { rolloutId: `${row}`, temperature: 1, isTruncated: false, weightsVersion: "" };
      const lists = { tokens, mask: [0, ...inputs.mask[row]!], logProbs: none };
      return [
        {
          row: { ...fixed, ...lists, samplingLogProbs: none },
          advantages: numbers(values),
          returns: numbers(one.returns[row]!),
          values: numbers(values),
          mask: numbers(inputs.mask[row]!),
        },
      ];
    });
    // AdamW with a huge ε and rate moves a weight by its gradient.
    const optimizer = { learningRate: 1e9, adam: { epsilon: 1e9, maxGradientNorm: 0 } };
    const settings = { algorithm: "ppo", steps: 1, minibatchesPerBatch: 1, epochsPerBatch: 1 };
    const metrics = await improveCritic(
      rows,
      { ...settings, valueClip: one.valueClipRange, optimizer },
      { step: 1, critic, parts: { seed: 0 } },
    );
    expect(metrics["value_loss"]! / one.valueLoss.value).toBeCloseTo(1, 6);
    one.valueLoss.gradient.forEach((gradient, row) =>
      gradient.forEach((g, t) => {
        const moved = before[place(row, t)]! - critic.values[place(row, t)]!;
        expect(moved).toBeCloseTo(g, 6);
      }),
    );
  });

  it("foresees what comes, and the advantages vanish: worked out by hand", async () => {
    const parts = open({ reward: () => 1 });
    const options = { ...plain, steps: 40, lambda: 1, criticLearningRate: 0.1, whiten: false };
    const steps = await run(ppo({ ...options, valueClip: false }), parts);
    expect(steps[0]!.metrics).toMatchObject({ value_mean: 0, return_mean: 1 });
    // Half the mean of (0 − 1)² in the first of four passes.
    expect(steps[0]!.metrics["value_loss"]).toBeLessThan(0.5);
    expect(steps[0]!.metrics["explained_variance"]).toBeUndefined();
    expect(steps.at(-1)!.metrics["value_mean"]).toBeCloseTo(1, 1);
    expect(explainedVariance([0, 2], [0, 2])).toBe(1);
    expect(explainedVariance([0, 2], [5, 5])).toBe(0);
    expect(explainedVariance([0, 2], [2, 0])).toBe(-3);
    expect(explainedVariance([1, 1], [0, 1])).toBeUndefined();
  });

  it("learns in updates of at most so many tokens, too", async () => {
    const parts = open();
    const sizes: number[] = [];
    const pass = parts.critic!.forwardBackward.bind(parts.critic);
    parts.critic!.forwardBackward = (data, ...rest) => {
      const learned = (mask: ArrayLike<number>): number =>
        Array.from(mask).filter((m) => m !== 0).length;
      sizes.push(data.reduce((sum, { mask }) => sum + learned(mask!), 0));
      return pass(data, ...rest);
    };
    await run(ppo({ ...plain, steps: 1, epochsPerBatch: 1, maxTokensPerUpdate: 5 }), parts);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
  });

  it("has to be there", async () => {
    const { critic: _none, ...parts } = open();
    await expect(run(ppo(plain), parts)).rejects.toMatchObject({ code: "CRITIC_MISSING" });
    const { training } = parts;
    await expect(run(ppo(plain), { ...parts, critic: training })).rejects.toMatchObject({
      code: "LOSS_UNSUPPORTED",
    });
  });
});

it("compares the answers to each task with each other where it is told, so that an easy task is no success", async () => {
  const easyOrHard = { reward: (_: unknown, [prompt]: readonly number[]) => prompt! };
  const stepOf = async (whiten: boolean | "group", world: Parameters<typeof open>[0]) => {
    const [step] = await run(ppo({ ...plain, steps: 1, lambda: 1, whiten }), open(world));
    return step!.metrics;
  };
  expect(await stepOf(true, easyOrHard)).toMatchObject({ groups_without_signal: 0 });
  expect(await stepOf("group", easyOrHard)).toMatchObject({ groups_without_signal: 2 });
  expect(await stepOf("group", {})).toMatchObject({ groups_without_signal: 0 });
});

describe("the adaptive coefficient", () => {
  it("has the coefficients of NumPy", () => {
    const { adaptiveKl } = golden<{
      readonly adaptiveKl: {
        readonly start: number;
        readonly target: number;
        readonly rate: number;
        readonly kl: number[];
        readonly coefficients: number[];
      };
    }>("generalized-advantages.json");
    let coefficient = adaptiveKl.start;
    const found = adaptiveKl.kl.map(
      (kl) => (coefficient = nextCoefficient(coefficient, kl, adaptiveKl)),
    );
    found.forEach((one, i) => expect(one).toBeCloseTo(adaptiveKl.coefficients[i]!, 9));
  });

  it("follows the distance from step to step, is reported, and is kept for a resumed run", async () => {
    const reference = await tabularTrainingClient({
      vocabulary,
      order: 2,
      spread: 2,
    }).saveWeightsForSampler();
    const adaptiveKl = { target: 1e-3, rate: 1 };
    const options = { ...plain, kl: { coefficient: 0.1 }, adaptiveKl };
    const steps = await run(ppo(options), { ...open(), reference });
    const coefficients = steps.map(({ metrics }) => metrics["kl_coefficient"]!);
    // Far beyond the target: the error is at its bound of 0.2.
    [0.1, 0.12, 0.144].forEach((one, i) => expect(coefficients[i]).toBeCloseTo(one, 9));
    expect(steps.at(-1)!.state).toEqual({ klCoefficient: coefficients[2]! * 1.2 });
    const fixed = await run(ppo({ ...plain, kl: { coefficient: 0.1 } }), { ...open(), reference });
    expect(fixed[0]!.metrics["return_mean"]).toBe(steps[0]!.metrics["return_mean"]);
    expect(fixed[1]!.metrics["return_mean"]).not.toBe(steps[1]!.metrics["return_mean"]);
    expect(fixed[0]!.state).toBeUndefined();
  });
});

it("updates end where the policy is too far from the one that sampled, after at least one", async () => {
  const options = { ...plain, steps: 1, learningRate: 0.5, epochsPerBatch: 6, clipHigh: 100 };
  const [free] = await run(ppo(options), open());
  expect(free!.metrics["updates"]).toBe(6);
  expect(free!.metrics["stopped_early"]).toBeUndefined();
  const [near] = await run(ppo({ ...options, maxKl: 1e-6 }), open());
  expect(near!.metrics).toMatchObject({ updates: 1, stopped_early: 1 });
  const [far] = await run(ppo({ ...options, maxKl: 1e6 }), open());
  expect(far!.metrics).toMatchObject({ updates: 6, stopped_early: 0 });
  // A client that does not say how far it has moved.
  const parts = open();
  const { training } = parts;
  const forwardBackward = training.forwardBackward.bind(training);
  training.forwardBackward = async (...pass) => ({
    ...(await forwardBackward(...pass)),
    metrics: {},
  });
  const [measured] = await run(ppo({ ...options, maxKl: 1e-6 }), parts);
  expect(measured!.metrics).toMatchObject({ updates: 1, stopped_early: 1 });
});

it.each(["tokens", "turns"] as const)(
  "learns which of two turns earned a delayed reward, with %s as steps",
  async (gaeSteps) => {
    const parts = open({ between: [[5, 0]] });
    const options = { ...plain, steps: 25, learningRate: 0.2, epochsPerBatch: 2, gaeSteps };
    const steps = await run(ppo(options), parts);
    expect(steps[0]!.metrics["reward"]).toBeLessThan(0.5);
    expect(steps.at(-1)!.metrics["reward"]).toBeGreaterThan(0.9);
  },
);

it("resumed from the checkpoints of both clients equals the run without interruption", async () => {
  const options = { ...plain, steps: 4, minibatchesPerBatch: 2, kl: { coefficient: 0.1 } };
  const algorithm = () => ppo({ ...options, adaptiveKl: { target: 0.01 } });
  const reference = await open().training.saveWeightsForSampler();
  const whole = { ...open(), reference };
  const steps = await run(algorithm(), whole);
  const half = { ...open(), reference };
  const kept: TrainStep[] = [];
  for await (const step of algorithm().run(half)) {
    kept.push(step);
    if (kept.length === 2) break;
  }
  await half.training.saveState(join(root, "training"));
  await half.critic.saveState(join(root, "critic"));
  const rest = { ...open(), reference, startStep: 2, state: kept[1]!.state! };
  await rest.training.loadState({ path: join(root, "training") }, { optimizer: true });
  await rest.critic.loadState({ path: join(root, "critic") }, { optimizer: true });
  const metrics = (all: readonly TrainStep[]) =>
    all.map(({ metrics: { weights_lag: _lag, ...others } }) => others);
  expect(metrics([...kept, ...(await run(algorithm(), rest))])).toEqual(metrics(steps));
  // JSON does not know −0, which the table of the checkpoint was.
  const plus = (numbers: Float64Array) => numbers.map((one) => one + 0);
  expect(plus(rest.training.policy.logits)).toEqual(plus(whole.training.policy.logits));
  expect(plus(rest.critic.values)).toEqual(plus(whole.critic.values));
});

it("ends a run in which every reward is 0", async () => {
  const parts = open({ reward: () => 0 });
  await expect(run(ppo({ ...plain, steps: 20 }), parts)).rejects.toMatchObject({
    code: "NO_LEARNING_SIGNAL",
  });
});
