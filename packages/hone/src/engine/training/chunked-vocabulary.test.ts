/** The vocabulary product in chunks equals the whole one, in values and gradients, and takes the memory of one chunk. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { uniform } from "../../core/random.ts";
import type { Datum, LossConfig, LossName } from "../../ports/training-client.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { loraConfig } from "../lora/lora.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { estimateTraining, trainingBudget } from "./estimate.ts";
import { chunksOf } from "./packing.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");
const numbers = (name: string, length: number, low: number, high: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => low + (high - low) * uniform(name, i));

/** A row whose every target has an advantage and a reference. */
function policyRow(length: number, temperature: number): Datum {
  const token = (i: number): number => 3 + Math.floor(200 * uniform("token", length, i));
  return {
    tokens: Array.from({ length }, (_, i) => token(i)),
    targets: Array.from({ length }, (_, i) => token(i + 1)),
    weights: numbers("weights", length, -0.5, 1),
    samplingLogProbs: numbers("old", length, -6, -5),
    referenceLogProbs: numbers("reference", length, -6, -5),
    advantages: numbers("advantages", length, 0.5, 2),
    temperature,
  };
}

const largest = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)));

describe.each([
  ["qwen2", "tied"],
  ["llama", "untied"],
])("with the embeddings of %s (%s)", (family) => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());

  it.for<[LossName, LossConfig, number]>([
    ["cross_entropy", {}, 1],
    ["ppo", { clipLow: 0, clipHigh: 100, kl: { estimator: "k3", coefficient: 0.1 } }, 0.7],
    ["dro", { beta: 0.2 }, 1.3],
  ])(
    "equals the whole product: %s %j at temperature %d",
    async ([loss, config, temperature], { expect }) => {
      const base = await loadBaseModel(join(golden, family));
      // 21 positions as five chunks of five, four of them empty; and rows that fit whole.
      const data = [policyRow(21, temperature), policyRow(4, temperature), policyRow(9, 1)];
      const run = async (positionsPerChunk: number | undefined) => {
        const trainer = await Trainer.open(
          "t",
          base,
          { ...everyWeight, positionsPerChunk },
          sessions,
        );
        return { trainer, output: await trainer.forwardBackward(data, loss, config) };
      };
      const [whole, chunked] = [await run(undefined), await run(5)];
      expect(chunked.output.loss / whole.output.loss).toBeCloseTo(1, 5);
      whole.output.logProbs.forEach((row, i) =>
        row.forEach((value, t) => expect(chunked.output.logProbs[i]![t]).toBeCloseTo(value, 5)),
      );
      for (const [name, { gradient }] of whole.trainer.trainable.views) {
        const other = chunked.trainer.trainable.view(name).gradient;
        const difference = gradient.map((value, i) => value - other[i]!);
        expect(largest(difference) / largest(gradient), name).toBeLessThan(1e-5);
      }
    },
  );
});

describe("in chunks too", async () => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const base = await loadBaseModel(join(golden, "qwen2"));
  const lora = loraConfig({ rank: 2, dropout: 0.2 });

  it.for<[string, Partial<TrainerOptions>]>([
    ["an adapter on frozen embeddings", { lora }],
    ["recomputation", { recompute: true }],
  ])("%s", async ([, changes]) => {
    const data = [{ ...policyRow(17, 1), dropoutSeed: 3 }, policyRow(6, 1)];
    const run = async (positionsPerChunk: number | undefined) => {
      const made = { ...everyWeight, ...changes, positionsPerChunk };
      const trainer = await Trainer.open("t", base, made, sessions);
      const { logProbs } = await trainer.forwardBackward(data, "cross_entropy", {});
      return { logProbs, gradients: trainer.trainable.gradients };
    };
    const [whole, chunked] = [await run(undefined), await run(4)];
    expect(chunked.logProbs).toEqual(whole.logProbs);
    const difference = whole.gradients.map((value, i) => value - chunked.gradients[i]!);
    expect(largest(difference) / largest(whole.gradients)).toBeLessThan(1e-5);
  });
});

describe("the memory of a head of 151,936 words at 256 positions", () => {
  const fixture = fileURLToPath(new URL("head-memory-fixture.ts", import.meta.url));
  const megabytes = async (chunks: number, embedding: "frozen" | "trained"): Promise<number> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      fixture,
      String(chunks),
      embedding,
    ]);
    return (JSON.parse(stdout) as { megabytes: number }).megabytes;
  };

  it("is three rows of logits per position whole, two per position of a chunk, and little more to train the embedding", async () => {
    const row = (256 * 151_936 * 4) / 1e6;
    const embedding = (151_936 * 32 * 4) / 1e6;
    const chunk = await megabytes(8, "frozen");
    expect(await megabytes(1, "frozen")).toBeGreaterThan(2.5 * row);
    expect(chunk).toBeLessThan((2.5 * row) / 8 + 15);
    expect(await megabytes(8, "trained")).toBeLessThan(chunk + 4 * embedding);
  });
});

describe("chunks", () => {
  it("are as few as fit, of equal size", () => {
    expect(chunksOf(280, 280)).toBeUndefined();
    expect(chunksOf(281, 280)).toEqual({ count: 2, size: 141 });
    expect(chunksOf(1000, 280)).toEqual({ count: 4, size: 250 });
  });

  it("come in with 151,936 words and rows of 281 positions, not with a small vocabulary", async () => {
    const { architecture } = await loadBaseModel(join(golden, "qwen2"));
    const large = { ...architecture, feedForwardWidth: 200_000 };
    const entries = (a: typeof architecture, vocabularySize: number): number =>
      trainingBudget({ ...a, vocabularySize }, undefined).entries;
    expect(entries(large, 151_936)).toBe(280);
    expect(entries(large, 2048)).toBeGreaterThan(4096);
    // A small model has two microbatches in progress.
    expect(entries(architecture, 151_936)).toBe(140);
  });

  it("bound what logits are estimated to take, and count the embedding's derivative twice where it is trained", async () => {
    const { architecture } = await loadBaseModel(join(golden, "qwen2"));
    const wide = {
      ...architecture,
      vocabularySize: 151_936,
      contextLength: 32_768,
      feedForwardWidth: 200_000,
    };
    const total = (trained: number): number =>
      estimateTraining(wide, { trained, recompute: false, tokensPerMicrobatch: 100_000 }).total;
    const embedding = 4 * wide.width * 151_936;
    const frozen = total(1000);
    const logits = /logits (\d+) MB/.exec(
      estimateTraining(wide, { trained: 1000, recompute: false, tokensPerMicrobatch: 100_000 })
        .text,
    );
    expect(Number(logits![1])).toBeLessThanOrEqual(512);
    const trained = wide.width * 151_936;
    expect(total(trained) - frozen - 16 * (trained - 1000)).toBe(2 * embedding);
  });
});
