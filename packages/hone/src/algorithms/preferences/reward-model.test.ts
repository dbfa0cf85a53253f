/** The reward model: its loss against TRL's code, the gradient that reaches a client, what it learns, what it refuses. */
import { readFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { AnswerPair } from "../../core/preference.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import type { PairRows } from "./preference-rows.ts";
import { rewardLoss } from "./reward-loss.ts";
import { rewardModel, type RewardModelOptions } from "./reward-model.ts";

interface Golden {
  readonly reward: readonly {
    /** Of 3 chosen answers, then of the 3 rejected ones. */
    readonly rewards: readonly number[];
    readonly margin?: readonly number[];
    readonly centering?: number;
    readonly value: number;
    readonly gradient: readonly number[];
  }[];
}

const path = new URL("../../../../../test/golden/preferences.json", import.meta.url);
const golden = (JSON.parse(readFileSync(path, "utf8")) as Golden).reward;

const renderer = letterRenderer("abcd");
const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });

const partsOf = (training: TrainingClient, startStep = 0): AlgorithmParts => ({
  ...{ training, rollouts, renderer, seed: 1, startStep },
});

async function collect(options: RewardModelOptions, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of rewardModel(options).run(parts)) steps.push(step);
  return steps;
}

const asks = (content: string): readonly Message[] => [{ role: "user", content }];
const says = (content: string): readonly Message[] => [{ role: "assistant", content }];
const pairs: readonly AnswerPair[] = [
  { prompt: asks("a"), chosen: says("b"), rejected: says("c") },
  { prompt: asks("b"), chosen: says("db"), rejected: says("d") },
  { prompt: asks("c"), chosen: says("ab"), rejected: says("ac") },
];

/** A client that says given numbers of rows by their first token, and keeps the gradient that it is sent. */
function fixedValues(values: readonly number[]) {
  const gradients = new Map<number, number>();
  const client = tabularCritic({ vocabulary: values.length });
  const forward = async (data: readonly Datum[]) => ({
    // The answer's last token is the third; elsewhere it says something else.
    logProbs: data.map(({ tokens, mask }) =>
      mask!.map((m, t) => m * (t === 2 ? values[tokens[0]!]! : 99)),
    ),
    weightsVersion: "fixed",
  });
  const forwardBackward = async (data: readonly Datum[]) => {
    const output = await forward(
      data.map((datum) => ({ ...datum, mask: datum.mask!.map(Math.sign) })),
    );
    data.forEach(({ tokens, mask, returns }, i) => {
      const v = output.logProbs[i]!;
      const sum = mask!.reduce((all, m, t) => all + m * (v[t]! - returns![t]!), 0);
      gradients.set(tokens[0]!, (gradients.get(tokens[0]!) ?? 0) + sum);
    });
    return { ...output, loss: 0, metrics: {} };
  };
  return { gradients, client: Object.assign(client, { forward, forwardBackward }) };
}

describe("the loss of rewards", () => {
  it.each(golden.map((one, i) => [i, one] as const))(
    "and its derivative are those of TRL: case %i",
    async (_, { rewards, margin, centering = 0, value, gradient }) => {
      const given = [0, 1, 2].map((i) => ({
        ...{ chosen: rewards[i]!, rejected: rewards[i + 3]!, margin: margin?.[i] ?? 0, weight: 1 },
      }));
      const ours = rewardLoss(given, centering);
      expect(ours.value).toBeCloseTo(value, 8);
      const { derivatives } = ours;
      const flat = [...derivatives.map((d) => d.chosen), ...derivatives.map((d) => d.rejected)];
      flat.forEach((one, i) => expect(one).toBeCloseTo(gradient[i]!, 9));

      // The same through the algorithm, as a client is sent it in float32.
      const { client, gradients } = fixedValues(rewards);
      const row = (i: number) => ({ tokens: [i, 1, 2, 3], mask: [0, 1, 1, 0] });
      const rows = [0, 1, 2].map((i): PairRows => {
        const of = { chosen: row(i), rejected: row(i + 3) };
        return margin === undefined ? of : { ...of, rewardMargin: margin[i]! };
      });
      const options = { rows, centering, batchSize: 3, learningRate: 0 };
      const [step] = await collect(options, partsOf(client));
      expect(step!.metrics["loss"]).toBeCloseTo(value, 7);
      gradient.forEach((one, i) => expect(gradients.get(i)).toBeCloseTo(one, 7));
    },
  );

  it("counts pairs by their weights, and is finite for rewards far apart", () => {
    const near = { chosen: 1, rejected: 0, margin: 0, weight: 1 };
    const twice = rewardLoss([near, { ...near, chosen: -1, weight: 3 }], 0);
    const [right, wrong] = [Math.log1p(Math.exp(-1)), Math.log1p(Math.exp(1))];
    expect(twice.value).toBeCloseTo((right + 3 * wrong) / 4, 12);
    const far = rewardLoss([{ ...near, chosen: -800, rejected: 800 }], 0);
    expect(far).toEqual({ value: 1600, derivatives: [{ chosen: -1, rejected: 1 }] });
  });
});

describe("a reward model", () => {
  const root = mkdtempSync(join(tmpdir(), "hone-reward-model-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const critic = () => tabularCritic({ vocabulary: renderer.vocabulary, order: 3 });
  const options = { pairs, epochs: 20, batchSize: 2, learningRate: 0.1, centering: 0.1 };

  it("learns to value the better answer more, centred at 0", async () => {
    const steps = await collect(options, partsOf(critic()));
    expect(steps).toHaveLength(40);
    // A head of zeros prefers nothing.
    expect(steps[0]!.metrics).toMatchObject({ reward_accuracy: 0, reward_margin: 0, rows: 4 });
    expect(steps[0]!.metrics["loss"]).toBeCloseTo(Math.LN2, 6);
    const last = steps.at(-1)!.metrics;
    expect(last["reward_accuracy"]).toBe(1);
    expect(last["reward_margin"]).toBeGreaterThan(2);
    expect(last["reward_chosen"]! + last["reward_rejected"]!).toBeCloseTo(0, 0);
  });

  it("asks for more where a pair has a margin", async () => {
    const marginOf = async (more: Partial<RewardModelOptions>) =>
      (await collect({ ...options, ...more }, partsOf(critic()))).at(-1)!.metrics["loss"]!;
    const plain = await marginOf({});
    const wide = await marginOf({ margin: 2 });
    expect(wide).toBeGreaterThan(plain);
    // The pair's own margin takes the place of the option's.
    const own = pairs.map((pair) => ({ ...pair, rewardMargin: 2 }));
    expect(await marginOf({ pairs: own, margin: 5 })).toBe(wide);
  });

  it("resumed equals uninterrupted", async () => {
    const whole = await collect(options, partsOf(critic()));
    const first = critic();
    const half = await collect({ ...options, steps: 11 }, partsOf(first));
    const state = await first.saveState(join(root, "state"));
    const second = critic();
    await second.loadState(state, { optimizer: true });
    const rest = await collect(options, partsOf(second, 11));
    expect([...half, ...rest].map(({ metrics }) => metrics)).toEqual(
      whole.map(({ metrics }) => metrics),
    );
  });

  it("refuses pairs that say nothing, options out of range, and a client without a value head", async () => {
    const equal = { ...pairs[0]!, rejected: pairs[0]!.chosen };
    const row = { tokens: [1, 2], mask: [0, 1] };
    const rows = (more: object) => [{ chosen: row, rejected: { ...row, tokens: [1, 3] }, ...more }];
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ pairs: [equal] }, /^PREFERENCE_UNUSABLE: .*its two answers are the same/],
      [{ pairs: [{ ...pairs[0], prompt: [] }] }, /^PREFERENCE_UNUSABLE: .*it has no prompt/],
      [{ pairs: [] }, /^DATA_EMPTY/],
      [{ pairs: undefined, rows: rows({ rejected: row }) }, /^PREFERENCE_UNUSABLE: .*rows\[0\]/],
      [{ pairs: undefined, rows: rows({ rewardMargin: -1 }) }, /^OPTION_INVALID: .*rewardMargin/],
      [{ margin: -1 }, /^OPTION_INVALID: .*margin/],
      [{ centering: -0.1 }, /^OPTION_INVALID: .*centering/],
      [{ beta: 1 }, /^OPTION_INVALID: .*beta/],
    ];
    for (const [more, error] of wrong)
      expect(() => rewardModel({ ...options, ...more })).toThrow(error);
    const policy = tabularTrainingClient({ vocabulary: renderer.vocabulary, order: 1 });
    await expect(collect(options, partsOf(policy))).rejects.toThrow(/^LOSS_UNSUPPORTED.*"value"/);
  });
});
