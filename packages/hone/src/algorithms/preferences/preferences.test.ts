/** Methods of preferences on the exact tabular policy: what they learn, what they refuse, how they are resumed. */
import { describe, expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { AnswerPair, RatedAnswer } from "../../core/preference.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { Datum } from "../../ports/training-client.ts";
import { FixedLogProbsClient } from "../../testing/fixed-log-probs-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { cpo } from "./cpo.ts";
import { dpo, type DpoOptions } from "./dpo.ts";
import { kto, type KtoOptions } from "./kto.ts";
import { onlineDpo } from "./online-dpo.ts";
import { orpo } from "./orpo.ts";
import type { PairOptions } from "./pair-examples.ts";
import { cpoLossNames, dpoLossNames } from "./preference-choices.ts";
import { simpo } from "./simpo.ts";

const renderer = letterRenderer("abcd");
const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });

function open(more: Partial<Omit<AlgorithmParts, "training">> = {}) {
  // Of the order of a letter and its turn, so that the answer to each prompt is learned by itself.
  const training = tabularTrainingClient({ vocabulary: renderer.vocabulary, order: 2 });
  return { training, rollouts, renderer, seed: 1, startStep: 0, ...more };
}

async function collect(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const asks = (content: string): readonly Message[] => [{ role: "user", content }];
const says = (content: string): readonly Message[] => [{ role: "assistant", content }];
const pair = (prompt: string, chosen: string, rejected: string): AnswerPair => ({
  prompt: asks(prompt),
  chosen: says(chosen),
  rejected: says(rejected),
});
const pairs = [
  pair("a", "b", "c"),
  pair("b", "cc", "d"),
  pair("c", "d", "ab"),
  pair("d", "a", "bb"),
];
const rated: readonly RatedAnswer[] = pairs.flatMap(({ prompt, chosen, rejected }) => [
  { prompt, answer: chosen, isDesirable: true },
  { prompt, answer: rejected, isDesirable: false },
]);

const methods: Readonly<Record<string, (more?: Partial<PairOptions>) => Algorithm>> = {
  dpo: (more) => dpo({ pairs, epochs: 10, batchSize: 3, learningRate: 0.2, beta: 0.5, ...more }),
  cpo: (more) =>
    cpo({ pairs, epochs: 10, batchSize: 3, learningRate: 0.2, beta: 2, sftWeight: 0.1, ...more }),
  simpo: (more) => simpo({ pairs, epochs: 10, batchSize: 3, learningRate: 0.2, ...more }),
  orpo: (more) => orpo({ pairs, epochs: 10, batchSize: 3, learningRate: 0.2, ...more }),
};
const ktoOf = (more: Partial<KtoOptions> = {}): Algorithm =>
  kto({ answers: rated, epochs: 10, batchSize: 4, learningRate: 0.2, beta: 0.5, ...more });

describe.each(Object.entries(methods))("%s", (name, method) => {
  it("comes to prefer the chosen answers", async () => {
    const steps = await collect(method(), open());
    expect(steps).toHaveLength(20);
    const [first, last] = [steps[0]!.metrics, steps.at(-1)!.metrics];
    expect(last["loss"]).toBeLessThan(first["loss"]!);
    expect(last["reward_accuracy"]).toBe(1);
    expect(last["reward_margin"]).toBeGreaterThan(0.2);
    expect(last["reward_margin"]).toBeCloseTo(
      last["reward_chosen"]! - last["reward_rejected"]!,
      10,
    );
    expect(first).toMatchObject({ rows: 6, epoch: 1, learning_rate: 0.2 });
    expect(last).toMatchObject({ rows: 2, epoch: 10 });
  });

  it("goes on after a stop as if nothing had happened", async () => {
    const whole = open();
    const reference = await whole.training.saveWeightsForSampler();
    const all = await collect(method({ adam: { beta1: 0, beta2: 0.9 } }), { ...whole, reference });
    const halves = open();
    const first = method({ adam: { beta1: 0, beta2: 0.9 } }).run({ ...halves, reference });
    const steps: TrainStep[] = [];
    for await (const step of first) {
      steps.push(step);
      if (step.step === 7) break;
    }
    const again = method({ adam: { beta1: 0, beta2: 0.9 } });
    steps.push(...(await collect(again, { ...halves, reference, startStep: 7 })));
    expect(steps).toEqual(all);
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("learns nothing of a prompt, also not of the assistant's words in it", async () => {
    const told = { ...pairs[0]!, prompt: [...asks("a"), ...says("dd"), ...asks("b")] };
    const parts = open();
    const sent: Datum[] = [];
    const forwardBackward = parts.training.forwardBackward.bind(parts.training);
    parts.training.forwardBackward = (data, ...rest) => {
      sent.push(...data);
      return forwardBackward(data, ...rest);
    };
    await collect(method({ pairs: [told], epochs: 1, batchSize: 1 }), parts);
    // Each answer is a letter and the end of its turn: the last two targets of its row.
    expect(sent.map(({ weights }) => [...weights!].map((w) => (w === 0 ? 0 : 1)))).toEqual(
      sent.map(({ weights }) => [...Array.from({ length: weights!.length - 2 }, () => 0), 1, 1]),
    );
  });

  it("refuses pairs that say nothing, and settings that cannot be, before anything runs", () => {
    const unusable = (one: AnswerPair, words: string): void => {
      expect(() => method({ pairs: [pairs[0]!, one] })).toThrow(
        expect.objectContaining({
          code: "PREFERENCE_UNUSABLE",
          facts: expect.objectContaining({
            where: name,
            item: "pairs[1]",
            problem: expect.stringContaining(words) as unknown,
          }) as unknown,
        }) as Error,
      );
    };
    unusable(pair("a", "b", "b"), "the same");
    unusable({ ...pairs[0]!, prompt: [] }, "no prompt");
    unusable(pair("a", "", "b"), "chosen answer is empty");
    unusable(
      { ...pairs[0]!, rejected: asks("b") },
      "rejected answer has no message of the assistant",
    );
    const wrong: readonly Partial<PairOptions & { beta: number }>[] = [
      { beta: 0 },
      { beta: -1 },
      { beta: Number.NaN },
      { batchSize: 0 },
      { epochs: 0 },
      { steps: 0 },
      { learningRate: -1 },
      { pairs: [{ ...pairs[0]!, weight: 0 }] },
    ];
    for (const options of wrong) expect(() => method(options)).toThrow("OPTION_INVALID");
    expect(() => method({ pairs: [] })).toThrow("DATA_EMPTY");
  });

  it("stops at a loss that is no number", async () => {
    const parts = open();
    parts.training.policy.logits.fill(Number.NaN);
    await expect(collect(method(), parts)).rejects.toMatchObject({ code: "TRAINING_NOT_FINITE" });
  });
});

describe("dpo", () => {
  it("begins at ln 2, with all rewards 0, whatever the policy is", async () => {
    const [step] = await collect(dpo({ pairs, steps: 1, batchSize: 4, learningRate: 0 }), open());
    expect(step!.metrics["loss"]).toBeCloseTo(Math.LN2, 6);
    expect(step!.metrics).toMatchObject({ reward_margin: 0, reward_accuracy: 0 });
    // b and the end of its turn: of 9 tokens each.
    expect(step!.metrics["log_prob_chosen"]).toBeCloseTo(-(9 / 4) * Math.log(9), 5);
    expect(step!.metrics).toMatchObject({ length_chosen: 2.25, length_rejected: 2.5, tokens: 19 });
  });

  it("refuses rows whose mask is not an answer's", () => {
    const row = { tokens: [1, 2, 3], mask: [0, 0, 1] };
    for (const mask of [
      [1, 0, 0],
      [0, 0.5, 1],
    ])
      expect(() =>
        dpo({ rows: [{ chosen: row, rejected: { ...row, mask } }], learningRate: 0.1 }),
      ).toThrow("PREFERENCE_UNUSABLE");
  });

  it("asks the reference once for each row, and closes a snapshot of its own", async () => {
    const parts = open();
    await collect(methods["dpo"]!(), parts);
    expect(parts.training.snapshots).toHaveLength(1);
    expect(parts.training.snapshots[0]!.isClosed).toBe(true);
    const asked: string[] = [];
    const snapshot = await parts.training.saveWeightsForSampler();
    const logProbs: SamplingClient["logProbs"] = (tokens) => {
      asked.push(tokens.join(" "));
      return snapshot.logProbs(tokens);
    };
    const reference = new Proxy(snapshot, {
      get: (target, key) => (key === "logProbs" ? logProbs : Reflect.get(target, key)) as unknown,
    });
    await collect(methods["dpo"]!(), { ...parts, reference });
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
    expect(asked).toHaveLength(2 * pairs.length);
    expect(snapshot.isClosed).toBe(false);
  });

  it("refuses a resumed run without a reference", async () => {
    const run = collect(methods["dpo"]!(), open({ startStep: 1 }));
    await expect(run).rejects.toMatchObject({ code: "REFERENCE_MISSING" });
  });

  it.each(dpoLossNames)("takes the loss %s, alone and mixed", async (loss) => {
    const smoothing = loss === "exo_pair" ? { labelSmoothing: 0.1 } : {};
    const options = { pairs, steps: 2, batchSize: 2, learningRate: 0.1, ...smoothing };
    for (const chosen of [loss, { [loss]: 0.5, sigmoid: 1 }]) {
      const steps = await collect(dpo({ ...options, loss: chosen }), open());
      expect(steps.every(({ metrics }) => Number.isFinite(metrics["loss"]))).toBe(true);
    }
  });

  it("refuses settings out of their range, and those that a loss would ignore", () => {
    const wrong: readonly Partial<DpoOptions>[] = [
      { loss: "other" as "sigmoid" },
      { loss: {} },
      { loss: { sigmoid: -1 } },
      { loss: { sigmoid: 0 } },
      { labelSmoothing: 0.5 },
      { labelSmoothing: -0.1 },
      { loss: "exo_pair", labelSmoothing: 0 },
      { loss: "hinge", labelSmoothing: 0.1 },
      { loss: "apo_zero", divergence: "forward_kl" },
      { divergence: "none" as "forward_kl" },
      { loss: "aot", lengthNormalized: true },
      { loss: "aot", pairs: [{ ...pairs[0]!, weight: 2 }] },
      { loss: "discopop", discopopTau: 0 },
      { discopopTau: 0.1 },
      { divergenceAlpha: 0.3 },
      { divergence: "forward_kl", divergenceAlpha: 0.3 },
      { tailDiscount: 1.5 },
      { sftWeight: -1 },
    ];
    for (const options of wrong)
      expect(() => dpo({ pairs, learningRate: 0.1, ...options }), JSON.stringify(options)).toThrow(
        "OPTION_INVALID",
      );
    const misspelt = { pairs, learningRate: 0.1, betta: 1 };
    expect(() => dpo(misspelt)).toThrow(/betta/);
  });

  it("gives both passes of a row one dropout seed, another row and another step another", async () => {
    const parts = open();
    const seeds: number[][] = [];
    const { training } = parts;
    const [forward, forwardBackward] = [
      training.forward.bind(training),
      training.forwardBackward.bind(training),
    ];
    const note = (data: readonly Datum[]) =>
      seeds.push(data.map(({ dropoutSeed }) => dropoutSeed!));
    training.forward = (data, ...rest) => (note(data), forward(data, ...rest));
    training.forwardBackward = (data, ...rest) => (note(data), forwardBackward(data, ...rest));
    await collect(dpo({ pairs, steps: 2, batchSize: 4, learningRate: 0.1 }), parts);
    expect(seeds).toHaveLength(4);
    expect(seeds[0]).toEqual(seeds[1]);
    expect(seeds[2]).toEqual(seeds[3]);
    expect(new Set([...seeds[0]!, ...seeds[2]!]).size).toBe(16);
  });
});

describe("other methods on pairs", () => {
  it.each(cpoLossNames)("cpo takes the loss %s", async (loss) => {
    const steps = await collect(cpo({ pairs, loss, steps: 2, learningRate: 0.1 }), open());
    expect(steps).toHaveLength(2);
  });

  it("refuse what they cannot honour", () => {
    const options = { pairs, learningRate: 0.1 };
    expect(() => cpo({ ...options, loss: "ipo", labelSmoothing: 0.1 })).toThrow("OPTION_INVALID");
    expect(() => simpo({ ...options, gamma: -1 })).toThrow("OPTION_INVALID");
    const smoothed = { ...options, labelSmoothing: 0.1 };
    expect(() => orpo(smoothed)).toThrow(/labelSmoothing/);
  });
});

describe("kto", () => {
  it("comes to like desirable answers more than undesirable ones", async () => {
    const steps = await collect(ktoOf(), open());
    const last = steps.at(-1)!.metrics;
    expect(last["loss"]).toBeLessThan(steps[0]!.metrics["loss"]!);
    const margins = steps.flatMap(({ metrics }) => metrics["reward_margin"] ?? []);
    expect(margins.at(-1)).toBeGreaterThan(0.5);
    expect(steps.some(({ metrics }) => metrics["kl_baseline"]! > 0)).toBe(true);
  });

  it("goes on after a stop as if nothing had happened", async () => {
    const adam = { beta1: 0, beta2: 0.9 };
    const whole = open();
    const reference = await whole.training.saveWeightsForSampler();
    const all = await collect(ktoOf({ adam }), { ...whole, reference });
    const halves = open();
    const steps: TrainStep[] = [];
    for await (const step of ktoOf({ adam }).run({ ...halves, reference })) {
      steps.push(step);
      if (step.step === 7) break;
    }
    steps.push(...(await collect(ktoOf({ adam }), { ...halves, reference, startStep: 7 })));
    expect(steps).toEqual(all);
  });

  it("measures the drift on answers behind the prompts of the next examples", async () => {
    const rows = [
      { id: "one", tokens: [1, 2, 3], mask: [0, 0, 1], isDesirable: true },
      { id: "two", tokens: [4, 5, 6, 7], mask: [0, 0, 1, 1], isDesirable: false },
    ];
    const seen: string[] = [];
    const client = new FixedLogProbsClient(
      new Map([
        ["one", [-1, -1]],
        ["two", [-1, -1, -1]],
        ["one with another answer", [0, -1, -2]],
        ["two with another answer", [0, -0.5]],
      ]),
    );
    const forward = client.forward.bind(client);
    client.forward = (data) => {
      seen.push(...data.map(({ tokens, targets }) => [tokens[0], ...targets].join(" ")));
      return forward(data);
    };
    const logProbs: SamplingClient["logProbs"] = async ({ length }) =>
      new Float32Array(length).fill(-2);
    const reference = { logProbs } as SamplingClient;
    const parts = { ...open(), training: client, reference };
    const [step] = await collect(kto({ rows, batchSize: 2, steps: 1, learningRate: 1 }), parts);
    expect(seen.slice(0, 2).toSorted()).toEqual(["1 2 6 7", "4 5 3"]);
    // Ratios (−1 − 2) + 4 = 1 and −0.5 + 2 = 1.5.
    expect(step!.metrics["kl_baseline"]).toBeCloseTo(1.25, 6);
    expect(step!.warnings).toBeUndefined();
  });

  it("measures it on what the model's context holds of an answer to another prompt, and says so", async () => {
    const rows = [
      { id: "one", tokens: [1, 2, 3, 4], mask: [0, 0, 0, 1], isDesirable: true },
      { id: "two", tokens: [4, 5, 6, 7], mask: [0, 0, 1, 1], isDesirable: false },
    ];
    const given = new FixedLogProbsClient(
      new Map([
        ["one", [-1, -1, -1]],
        ["two", [-1, -1, -1]],
        // One answer token of two, since a datum of the whole row would have four tokens.
        ["one with another answer", [0, 0, -1]],
        ["two with another answer", [0, -0.5]],
      ]),
    );
    const capabilities = { ...given.capabilities, contextLength: 3 };
    const training = Object.assign(given, { capabilities });
    const logProbs: SamplingClient["logProbs"] = async ({ length }) => {
      if (length > 4) throw new Error("longer than the context");
      return new Float32Array(length).fill(-2);
    };
    const parts = { ...open(), training, reference: { logProbs } as SamplingClient };
    const [step] = await collect(kto({ rows, batchSize: 2, steps: 1, learningRate: 1 }), parts);
    expect(step!.metrics["kl_baseline"]).toBeCloseTo(1.25, 6);
    expect(step!.warnings).toEqual({ ANSWERS_CUT: 1 });
  });

  it("refuses what it cannot learn from", () => {
    const wrong: readonly Partial<KtoOptions>[] = [
      { beta: 0 },
      { batchSize: 1 },
      { desirableWeight: -1 },
      { desirableWeight: 0, undesirableWeight: 0 },
      { loss: "other" as "kto" },
    ];
    for (const options of wrong) expect(() => ktoOf(options)).toThrow("OPTION_INVALID");
    expect(() => ktoOf({ answers: rated.slice(0, 1) })).toThrow("DATA_EMPTY");
    const empty = { prompt: asks("a"), answer: says(" "), isDesirable: true };
    expect(() => ktoOf({ answers: [...rated, empty] })).toThrow(
      /PREFERENCE_UNUSABLE.*answers\[8\]/,
    );
  });
});

describe("online dpo", () => {
  const options = { steps: 40, groupSize: 4, groupsPerStep: 2, learningRate: 0.1, beta: 0.3 };
  const bandit = (more: Partial<Parameters<typeof tokenRollouts>[0]> = {}) =>
    tokenRollouts({
      prompts: [[0], [1]],
      reward: ([token]) => (token === 3 ? 1 : 0),
      sampling: { maxTokens: 1 },
      ...more,
    });
  const openOnline = (source = bandit()) => ({
    ...open(),
    training: tabularTrainingClient({ vocabulary: 6 }),
    rollouts: source,
  });

  it("learns a bandit from its own answers, the best against the worst", async () => {
    const parts = openOnline();
    const steps = await collect(onlineDpo(options), parts);
    const mean = (some: readonly TrainStep[]): number =>
      some.reduce((sum, { metrics }) => sum + metrics["reward"]!, 0) / some.length;
    expect(mean(steps.slice(-10))).toBeGreaterThan(0.8);
    expect(mean(steps.slice(0, 3))).toBeLessThan(0.6);
    const paired = steps.find(({ metrics }) => metrics["pairs"] === 2)!;
    expect(paired.metrics).toMatchObject({ rows: 4, groups: 2, groups_without_signal: 0 });
    expect(paired.rollouts).toHaveLength(8);
    // Snapshots of the policy are closed, and so is the reference that the run took itself.
    expect(parts.training.snapshots.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it("goes on after a stop as if nothing had happened", async () => {
    const given = { ...options, steps: 8, adam: { beta1: 0, beta2: 0.9 } };
    const whole = openOnline();
    const reference = await whole.training.saveWeightsForSampler();
    const all = await collect(onlineDpo(given), { ...whole, reference });
    const halves = openOnline();
    const steps: TrainStep[] = [];
    for await (const step of onlineDpo(given).run({ ...halves, reference })) {
      steps.push(step);
      if (step.step === 3) break;
    }
    steps.push(...(await collect(onlineDpo(given), { ...halves, reference, startStep: 3 })));
    expect(steps.map(({ metrics }) => metrics)).toEqual(all.map(({ metrics }) => metrics));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("does not change by a constant added to all rewards", async () => {
    const train = async (constant: number): Promise<Float64Array> => {
      const reward = ([token]: readonly number[]): number => constant + (token === 3 ? 1 : 0);
      const parts = openOnline(bandit({ reward }));
      await collect(onlineDpo({ ...options, steps: 5 }), parts);
      return Float64Array.from(parts.training.policy.logits);
    };
    expect(await train(7)).toEqual(await train(0));
  });

  it("stops a run in which all rewards are equal, and warns of each of its steps", async () => {
    const run = onlineDpo({ ...options, maxStepsWithoutSignal: 3 }).run(
      openOnline(bandit({ reward: () => 1 })),
    );
    const steps: TrainStep[] = [];
    await expect(
      (async () => {
        for await (const step of run) steps.push(step);
      })(),
    ).rejects.toMatchObject({
      code: "NO_LEARNING_SIGNAL",
      facts: { steps: 3, lacked: "gave a pair whose rewards differ" },
    });
    expect(steps).toHaveLength(3);
    expect(steps[0]).toMatchObject({
      warnings: { STEP_WITHOUT_SIGNAL: 1, GROUPS_WITHOUT_SIGNAL: 2 },
      metrics: { pairs: 0, reward: 1 },
    });
    expect(steps[0]!.metrics).not.toHaveProperty("loss");
  });

  it("refuses a group of one, and settings that cannot be", () => {
    for (const wrong of [
      { groupSize: 1 },
      { beta: 0 },
      { minMargin: -1 },
      { pairsPerGroup: 0 },
      { loss: "aot" as "ipo" },
      { steps: 0 },
    ])
      expect(() => onlineDpo({ ...options, ...wrong })).toThrow("OPTION_INVALID");
  });
});
