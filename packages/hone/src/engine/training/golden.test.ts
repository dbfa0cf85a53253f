/** Losses, gradients and AdamW steps of all four families against PyTorch and PEFT; see test/golden/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Datum } from "../../ports/training-client.ts";
import { type BaseModel, loadBaseModel } from "../weights/base-model.ts";
import { adapterConfig, copyAdapter } from "../lora/adapter-files.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { readAdapter } from "../weights/peft.ts";
import { Trainer } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

interface Losses {
  readonly value: number;
  readonly logProbs: readonly Packed[];
  readonly gradients: Readonly<Record<string, Packed>>;
}

interface Golden {
  readonly rows: readonly {
    readonly input: number[];
    readonly targets: number[];
    readonly weights: number[];
  }[];
  readonly loss: Losses;
  readonly adapters: readonly (Losses & { readonly folder: string })[];
  readonly adamw: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly steps: readonly {
      readonly learningRate: number;
      readonly maxGradientNorm: number;
      readonly loss: number;
      readonly gradientNorm: number;
    }[];
    readonly parameters: Readonly<Record<string, Packed>>;
  };
}

function unpacked({ data }: Packed): Float32Array {
  const bytes = Buffer.from(data, "base64");
  return new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
}

/** Largest difference, relative to the largest number expected. */
function relativeError(got: Float32Array, expected: Float32Array): number {
  expect(got.length).toBe(expected.length);
  let error = 0;
  let size = 1e-12;
  expected.forEach((value, i) => {
    error = Math.max(error, Math.abs(got[i]! - value));
    size = Math.max(size, Math.abs(value));
  });
  return error / size;
}

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("%s against PyTorch", (family) => {
  const folder = join(golden, family);
  const expected = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;
  const sessions = new SessionPool(1, createRunGate());
  const data: Datum[] = expected.rows.map((row) => ({
    tokens: row.input,
    targets: row.targets,
    weights: Float32Array.from(row.weights),
  }));
  let base: BaseModel;

  beforeAll(async () => {
    base = await loadBaseModel(folder);
  });
  afterAll(() => sessions.close());

  async function compare(
    trainer: Trainer,
    losses: Losses,
    nameOf: (name: string) => string,
  ): Promise<void> {
    const output = await trainer.forwardBackward(data, "cross_entropy", {});
    expect(Math.abs(output.loss - losses.value) / Math.abs(losses.value)).toBeLessThan(1e-4);
    losses.logProbs.forEach((packed, i) => {
      unpacked(packed).forEach((value, t) => {
        if (data[i]!.weights![t] !== 0) expect(output.logProbs[i]![t]).toBeCloseTo(value, 3.7);
      });
    });
    for (const [name, packed] of Object.entries(losses.gradients)) {
      const { gradient } = trainer.trainable.view(nameOf(name));
      expect(relativeError(gradient, unpacked(packed)), name).toBeLessThan(1e-3);
    }
    expect(Object.keys(losses.gradients).length).toBe(trainer.trainable.views.size);
  }

  it("has the loss, log-probs and every parameter's gradient", async () => {
    await compare(
      await Trainer.open("all", base, everyWeight, sessions),
      expected.loss,
      (name) => name,
    );
  });

  it("gives the same gradients row by row as together, and twice them when run twice", async () => {
    const trainer = await Trainer.open("parts", base, everyWeight, sessions);
    for (const datum of data) await trainer.forwardBackward([datum], "cross_entropy", {});
    for (const [name, packed] of Object.entries(expected.loss.gradients)) {
      expect(
        relativeError(trainer.trainable.view(name).gradient, unpacked(packed)),
        name,
      ).toBeLessThan(1e-3);
    }
    await trainer.forwardBackward(data, "cross_entropy", {});
    for (const [name, packed] of Object.entries(expected.loss.gradients)) {
      const twice = unpacked(packed).map((value) => 2 * value);
      expect(relativeError(trainer.trainable.view(name).gradient, twice), name).toBeLessThan(1e-3);
    }
  });

  it("has the same gradients with recomputation", async () => {
    await compare(
      await Trainer.open("again", base, { ...everyWeight, recompute: true }, sessions),
      expected.loss,
      (name) => name,
    );
  });

  it("has the same gradients with the logits of three positions at a time", async () => {
    await compare(
      await Trainer.open("chunks", base, { ...everyWeight, positionsPerChunk: 3 }, sessions),
      expected.loss,
      (name) => name,
    );
  });

  it("has PEFT's loss and gradients of A and B", async () => {
    for (const adapter of expected.adapters) {
      const files = await readAdapter(join(folder, adapter.folder));
      const lora = adapterConfig(base.architecture, files, adapter.folder);
      const trainer = await Trainer.open(adapter.folder, base, { ...everyWeight, lora }, sessions);
      copyAdapter(files, (name) => trainer.trainable.view(name).value);
      await compare(trainer, adapter, (name) => name.replace("base_model.model.", ""));
    }
  });

  it("takes PyTorch's AdamW steps", async () => {
    const trainer = await Trainer.open("adamw", base, everyWeight, sessions);
    const { beta1, beta2, epsilon, weightDecay, steps, parameters } = expected.adamw;
    for (const step of steps) {
      const { loss } = await trainer.forwardBackward(data, "cross_entropy", {});
      expect(Math.abs(loss - step.loss) / Math.abs(step.loss)).toBeLessThan(1e-4);
      const { gradientNorm } = await trainer.optimStep({
        learningRate: step.learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        maxGradientNorm: step.maxGradientNorm,
      });
      expect(Math.abs(gradientNorm - step.gradientNorm) / step.gradientNorm).toBeLessThan(1e-3);
    }
    for (const [name, packed] of Object.entries(parameters)) {
      const wanted = unpacked(packed);
      trainer.trainable
        .view(name)
        .value.forEach((value, i) => expect(Math.abs(value - wanted[i]!), name).toBeLessThan(2e-5));
    }
  });
});
