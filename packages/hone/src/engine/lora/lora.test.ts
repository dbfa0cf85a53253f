/** Adapters in training: their dropout is a function of seed and position, and several on one base keep apart. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Datum } from "../../ports/training-client.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { openEngine } from "../engine.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { Sampler } from "../sampler/sampler.ts";
import { Trainer, type TrainerOptions } from "../training/trainer.ts";
import { initializeLora, loraConfig, loraNames, loraScale } from "./lora.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const tokens = [5, 9, 17, 33, 65, 129, 200, 7];
const row: Datum = {
  tokens: tokens.slice(0, -1),
  targets: tokens.slice(1),
  weights: new Float32Array(7).fill(1),
};

describe("an adapter's settings", () => {
  it("scale by alpha / r, or alpha / √r", () => {
    const settings = { rank: 16, alpha: 32 };
    expect(loraScale(loraConfig(settings))).toBe(2);
    expect(loraScale(loraConfig({ ...settings, rankStabilized: true }))).toBe(8);
  });

  it("start with B = 0 and A within ±√(1/inputs), by seed and name", () => {
    const { a, b } = loraNames("model.layers.0.self_attn.q_proj");
    const fill = (name: string, seed: number): Float32Array => {
      const values = new Float32Array(64).fill(9);
      initializeLora(name, values, 25, seed);
      return values;
    };
    expect(fill(b, 1).every((value) => value === 0)).toBe(true);
    expect(Math.max(...fill(a, 1).map(Math.abs))).toBeLessThanOrEqual(0.2);
    expect(Math.max(...fill(a, 1).map(Math.abs))).toBeGreaterThan(0.15);
    expect(fill(a, 1)).toEqual(fill(a, 1));
    expect(fill(a, 1)).not.toEqual(fill(a, 2));
  });

  it.each([
    { rank: 0 },
    { rank: 1.5 },
    { alpha: 0 },
    { alpha: Number.NaN },
    { dropout: 1 },
    { dropout: -0.1 },
    { targetModules: [] },
  ])("are refused when they make no sense: %j", (settings) => {
    expect(() => loraConfig(settings)).toThrow(/OPTION_INVALID/);
  });
});

describe("dropout", async () => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const base = await loadBaseModel(folder);
  const open = async (rate: number, changes: Partial<TrainerOptions> = {}): Promise<Trainer> => {
    const trainer = await Trainer.open(
      "t",
      base,
      {
        lora: loraConfig({ rank: 2, alpha: 64, dropout: rate }),
        head: "lm",
        recompute: false,
        seed: 3,
        tokensPerMicrobatch: undefined,
        memoryLimit: undefined,
        ...changes,
      },
      sessions,
    );
    const { values } = trainer.trainable;
    values.forEach((value, i) => (values[i] = value === 0 ? 0.2 * Math.sin(i) : value));
    return trainer;
  };
  const run = async (trainer: Trainer, ...data: readonly Datum[]) => {
    trainer.trainable.zeroGradients();
    const { logProbs } = await trainer.forwardBackward(data, "cross_entropy", {});
    return { logProbs, gradients: trainer.trainable.gradients.slice() };
  };

  it("is the same for the same seed, in both passes and with recomputation, and another for another", async () => {
    const trainer = await open(0.3);
    const first = await run(trainer, { ...row, dropoutSeed: 1 });
    expect(await run(trainer, { ...row, dropoutSeed: 1 })).toEqual(first);
    const { logProbs } = await trainer.forward([{ ...row, dropoutSeed: 1 }], "cross_entropy");
    expect(logProbs).toEqual(first.logProbs);
    const other = await run(trainer, { ...row, dropoutSeed: 2 });
    expect(other.logProbs).not.toEqual(first.logProbs);
    const again = await run(await open(0.3, { recompute: true }), { ...row, dropoutSeed: 1 });
    again.gradients.forEach((value, i) => expect(value).toBeCloseTo(first.gradients[i]!, 4));
  });

  it("depends on a row's seed and positions, not on the rows beside it", async () => {
    const trainer = await open(0.3);
    const long: Datum = {
      tokens: [...tokens, ...tokens],
      targets: [...tokens, ...tokens],
      weights: new Float32Array(16).fill(1),
      dropoutSeed: 8,
    };
    const alone = await run(trainer, { ...row, dropoutSeed: 1 });
    const among = await run(trainer, long, { ...row, dropoutSeed: 1 }, row);
    expect(among.logProbs[1]).toEqual(alone.logProbs[0]);
    expect(among.logProbs[2]).not.toEqual(alone.logProbs[0]);
  });

  it("is off without a seed: training, forward and sampling then agree", async () => {
    const trainer = await open(0.3);
    const plain = await run(await open(0), row);
    expect(await run(trainer, row)).toEqual(plain);
    const weights = new Map(base.weights);
    for (const [name, { value }] of trainer.trainable.views) weights.set(name, value);
    const lora = loraConfig({ rank: 2, alpha: 64, dropout: 0.3 });
    const sampled = await new Sampler({ ...base, weights, lora, sessions }).logProbs(tokens);
    plain.logProbs[0]!.forEach((value, t) => expect(sampled[t + 1]).toBeCloseTo(value, 4));
  });

  it("keeps the mean: what is kept is scaled by 1 / (1 − p)", async () => {
    // A small alpha, so that log-probs are nearly linear in what the adapter adds.
    const trainer = await open(0.3, { lora: loraConfig({ rank: 2, alpha: 0.1, dropout: 0.3 }) });
    const logProbs = async (data: Datum): Promise<Float32Array> =>
      (await trainer.forward([data], "cross_entropy")).logProbs[0]!;
    const full = await logProbs(row);
    const mean = new Float64Array(full.length);
    for (let seed = 0; seed < 300; seed++) {
      const dropped = await logProbs({ ...row, dropoutSeed: seed });
      dropped.forEach((value, t) => (mean[t]! += value / 300));
    }
    trainer.trainable.values.fill(0);
    const none = await logProbs(row);
    // How far along (full − none) the mean lies: 1 with the scale, 0.7 without.
    const along = (values: ArrayLike<number>): number =>
      full.reduce((sum, value, t) => sum + (value - none[t]!) * (values[t]! - none[t]!), 0);
    expect(along(mean) / along(full)).toBeGreaterThan(0.9);
    expect(along(mean) / along(full)).toBeLessThan(1.1);
  });
});

describe("several adapters on one base", () => {
  it("train apart: a step on one changes neither the other nor the base", async () => {
    const engine = await openEngine(folder, { threads: 1 });
    const one = await engine.createTrainingClient({ lora: { rank: 2 }, seed: 1 });
    const two = await engine.createTrainingClient({
      lora: { rank: 4, targetModules: ["down_proj"] },
      seed: 2,
    });
    const reference = await engine.createSamplingClient();
    const says = async (): Promise<readonly Float32Array[]> => [
      (await two.forward([row])).logProbs[0]!,
      await reference.logProbs(tokens),
    ];
    const names = await two.parameterNames();
    const parameters = () => Promise.all(names.map((name) => two.parameter(name)));
    await two.forwardBackward([row], "cross_entropy");
    const [before, weights] = [await says(), await parameters()];
    const first = (await one.forward([row])).logProbs[0]!;
    for (let step = 0; step < 3; step++) {
      await one.forwardBackward([row], "cross_entropy");
      await one.optimStep({ learningRate: 0.05 });
    }
    expect((await one.forward([row])).logProbs[0]).not.toEqual(first);
    expect(await says()).toEqual(before);
    expect(await parameters()).toEqual(weights);
    // What the other had accumulated is still its own.
    expect((await two.optimStep({ learningRate: 0.05 })).gradientNorm).toBeGreaterThan(0);
    expect((await says())[0]).not.toEqual(before[0]);
    expect((await says())[1]).toEqual(before[1]);
    await engine.close();
  });
});
