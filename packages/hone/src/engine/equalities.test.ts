/**
 * Ways to compute one thing that must agree, for every family. Others stand beside their source; the list is in
 * docs/architecture.md.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniform } from "../core/random.ts";
import type { Datum } from "../ports/training-client.ts";
import { type BaseModel, loadBaseModel } from "./weights/base-model.ts";
import { adapterConfig } from "./lora/adapter-files.ts";
import { loraNames, loraScale } from "./lora/lora.ts";
import { mergedWeight } from "./lora/merge.ts";
import { createRunGate } from "./runtime/run-gate.ts";
import { SessionPool } from "./runtime/session-pool.ts";
import { Sampler } from "./sampler/sampler.ts";
import { Trainer, type TrainerOptions } from "./training/trainer.ts";
import { everyWeight } from "./training/trainer-fixture.ts";
import { readAdapter } from "./weights/peft.ts";

const goldenFolder = join(import.meta.dirname, "../../../../test/golden/models");

/** A row that predicts every next token. */
const rowOf = (tokens: readonly number[]): Datum => ({
  tokens: tokens.slice(0, -1),
  targets: tokens.slice(1),
  weights: Float32Array.from(tokens.slice(1), (_, i) => uniform("weight", i) - 0.2),
});

const madeUp = (length: number): number[] =>
  Array.from({ length }, (_, i) => 3 + Math.floor(200 * uniform("token", length, i)));

/** Short and long, some of one length; of the last only one position counts. */
const rows = [5, 40, 1, 13, 40, 2, 9].map((length) => rowOf(madeUp(length + 1)));
rows.at(-1)!.weights!.fill(0, 0, 8);

const difference = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
};

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("%s", (family) => {
  const sessions = new SessionPool(1, createRunGate());
  const folder = join(goldenFolder, family);
  let base: BaseModel;
  beforeAll(async () => {
    base = await loadBaseModel(folder);
  });
  afterAll(() => sessions.close());
  const open = (changes: Partial<TrainerOptions> = {}): Promise<Trainer> =>
    Trainer.open("t", base, { ...everyWeight, ...changes }, sessions);

  it("cached decoding = full forward: training says what sampling said, token for token", async () => {
    const trainer = await open();
    const sampler = new Sampler({ ...base, sessions });
    const prompts = [madeUp(3), madeUp(30), madeUp(11)];
    const sequences = await Promise.all(
      prompts.map((prompt, i) => sampler.request(prompt, 1, { maxTokens: 50, seed: i })),
    );
    for (const [i, [sequence]] of sequences.entries()) {
      const all = [...prompts[i]!, ...sequence!.tokens];
      const row = { ...rowOf(all), weights: new Float32Array(all.length - 1).fill(1) };
      const trained = (await trainer.forwardBackward([row], "cross_entropy", {})).logProbs[0]!;
      const sampled = Float32Array.from(sequence!.logProbs);
      expect(sampled.length).toBe(50);
      expect(difference(trained.subarray(prompts[i]!.length - 1), sampled)).toBeLessThan(1e-4);
      const scored = await sampler.logProbs(all);
      expect(difference(trained, scored.subarray(1))).toBeLessThan(1e-4);
    }
  });

  it("batch = one by one, padded rows included: log-probs to the byte, gradients to 1e-5", async () => {
    const [together, apart] = [await open(), await open()];
    const batch = await together.forwardBackward(rows, "cross_entropy", {});
    let loss = 0;
    for (const [i, row] of rows.entries()) {
      const alone = await apart.forwardBackward([row], "cross_entropy", {});
      expect(alone.logProbs[0], `row ${i}`).toEqual(batch.logProbs[i]);
      loss += alone.loss;
    }
    expect(batch.loss / loss).toBeCloseTo(1, 5);
    for (const [name, { gradient }] of together.trainable.views) {
      const size = difference(gradient, new Float32Array(gradient.length));
      const other = apart.trainable.view(name).gradient;
      expect(difference(gradient, other) / size, name).toBeLessThan(1e-5);
    }
  });

  it("microbatches of any size = one: padded to the longest row or packed by length", async () => {
    const [one, many] = [await open(), await open({ tokensPerMicrobatch: 41 })];
    const a = await one.forwardBackward(rows, "cross_entropy", {});
    const b = await many.forwardBackward(rows, "cross_entropy", {});
    expect(b.logProbs).toEqual(a.logProbs);
    const { gradients } = one.trainable;
    const size = difference(gradients, new Float32Array(gradients.length));
    expect(difference(gradients, many.trainable.gradients) / size).toBeLessThan(1e-5);
  });

  it("the same seed = the same bytes: fresh adapters, gradients and steps", async () => {
    const lora = {
      rank: 2,
      alpha: 4,
      dropout: 0.3,
      targetModules: ["q_proj", "down_proj"],
      rankStabilized: false,
    } as const;
    const data = rows.map((row, i) => ({ ...row, dropoutSeed: i }));
    const run = async (seed: number): Promise<Float32Array> => {
      const trainer = await open({ lora, seed });
      for (let step = 0; step < 2; step++) {
        await trainer.forwardBackward(data, "cross_entropy", {});
        await trainer.optimStep({ learningRate: 1e-2 });
      }
      return trainer.trainable.values.slice();
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it("a merged adapter = the adapter apart, and PEFT's merge_and_unload", async () => {
    const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as {
      readonly prompts: readonly (readonly number[])[];
      readonly adapters: readonly {
        readonly folder: string;
        readonly mergedLogits: { readonly shape: readonly [number, number]; readonly data: string };
      }[];
    };
    const prompt = golden.prompts[0]!;
    for (const { folder: name, mergedLogits } of golden.adapters) {
      const files = await readAdapter(join(folder, name));
      const lora = adapterConfig(base.architecture, files, name);
      const [apart, merged] = [new Map(base.weights), new Map(base.weights)];
      for (const [path, { a, b }] of files.tensors) {
        apart.set(loraNames(path).a, a).set(loraNames(path).b, b);
        const weight = base.weights.get(`${path}.weight`)!;
        const factors = { a, b, rank: files.rank, scale: loraScale(lora) };
        merged.set(`${path}.weight`, mergedWeight(weight, factors));
      }
      const one = await new Sampler({ ...base, weights: apart, lora, sessions }).logProbs(prompt);
      const two = await new Sampler({ ...base, weights: merged, sessions }).logProbs(prompt);
      expect(difference(one, two)).toBeLessThan(1e-4);
      expect(difference(two, logProbsOf(mergedLogits, prompt))).toBeLessThan(1e-4);
    }
  });
});

/** Log-probs of a prompt's tokens, by logits of every position; the first is 0. */
function logProbsOf(
  {
    shape: [, vocabulary],
    data,
  }: { readonly shape: readonly [number, number]; readonly data: string },
  prompt: readonly number[],
): Float32Array {
  const bytes = Buffer.from(data, "base64");
  const logits = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  return Float32Array.from(prompt, (token, t) => {
    if (t === 0) return 0;
    const row = logits.slice((t - 1) * vocabulary, t * vocabulary);
    return row[token]! - Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
  });
}
