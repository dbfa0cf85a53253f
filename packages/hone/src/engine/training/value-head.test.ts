/** A critic: values, loss and gradients as PyTorch's, and the loss's slope by differences. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Datum } from "../../ports/training-client.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { valueHeadName } from "../models/heads.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");

interface Packed {
  readonly data: string;
}

interface ValueGolden {
  readonly head: Packed;
  readonly clip: number;
  readonly rows: readonly {
    readonly input: number[];
    readonly mask: number[];
    readonly returns: number[];
    readonly oldValues: number[];
    readonly values: Packed;
  }[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Packed>>;
}

function unpacked({ data }: Packed): Float32Array {
  const bytes = Buffer.from(data, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const options: TrainerOptions = {
  lora: undefined,
  head: "value",
  recompute: false,
  seed: 0,
  tokensPerMicrobatch: undefined,
  memoryLimit: undefined,
};

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("a value head on %s", async (family) => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const base = await loadBaseModel(join(golden, family));
  const expected = JSON.parse(
    readFileSync(join(golden, family, "value.json"), "utf8"),
  ) as ValueGolden;
  const data: Datum[] = expected.rows.map(({ input, mask, returns, oldValues }) => ({
    tokens: input,
    targets: input,
    mask: Float32Array.from(mask),
    returns: Float32Array.from(returns),
    oldValues: Float32Array.from(oldValues),
  }));
  const config = { valueClip: expected.clip };
  const open = async (changes: Partial<TrainerOptions> = {}): Promise<Trainer> => {
    const trainer = await Trainer.open("critic", base, { ...options, ...changes }, sessions);
    trainer.trainable.view(valueHeadName).value.set(unpacked(expected.head));
    return trainer;
  };

  it("has PyTorch's values, clipped loss and gradients", async () => {
    const trainer = await open();
    const { loss, logProbs } = await trainer.forwardBackward(data, "value", config);
    expect(loss / expected.loss).toBeCloseTo(1, 4);
    expected.rows.forEach(({ values, mask }, i) =>
      unpacked(values).forEach((value, t) =>
        expect(Math.abs(logProbs[i]![t]! - value * mask[t]!)).toBeLessThan(1e-4),
      ),
    );
    for (const [name, packed] of Object.entries(expected.gradients)) {
      const [got, wanted] = [trainer.trainable.view(name).gradient, unpacked(packed)];
      const difference = got.map((value, i) => value - wanted[i]!);
      expect(largest(difference) / largest(wanted), name).toBeLessThan(1e-3);
    }
  });

  it("has the slope of its loss under an adapter, by central differences", async () => {
    const lora = {
      rank: 2,
      alpha: 4,
      dropout: 0,
      targetModules: ["v_proj"],
      rankStabilized: false,
    } as const;
    const trainer = await open({ lora });
    const { values, gradients } = trainer.trainable;
    values.forEach((value, i) => (values[i] = value === 0 ? 0.1 * Math.sin(i) : value));
    await trainer.forwardBackward(data, "value", config);
    const [slopes, start] = [gradients.slice(), values.slice()];
    const scale = largest(slopes);
    // Along the gradient, where the differences are largest against rounding.
    const lossAt = async (step: number): Promise<number> => {
      start.forEach((value, i) => (values[i] = value + (step * slopes[i]!) / scale));
      await trainer.discardGradients();
      return (await trainer.forwardBackward(data, "value", config)).loss;
    };
    const h = 1e-3;
    const measured = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    const slope = slopes.reduce((sum, value) => sum + (value * value) / scale, 0);
    expect(slope / measured).toBeCloseTo(1, 1);
  });
});

describe("a critic", async () => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const base = await loadBaseModel(join(golden, "qwen2"));
  const returns = Float32Array.of(0.5, -1, 2);
  const row: Datum = { tokens: [5, 6, 7], targets: [5, 6, 7], returns };

  it("says 0 at first, and learns returns", async () => {
    const critic = await Trainer.open("critic", base, options, sessions);
    const first = await critic.forwardBackward([row], "value", {});
    expect([...first.logProbs[0]!]).toEqual([0, 0, 0]);
    // ½ · (0.25 + 1 + 4)
    expect(first.loss).toBeCloseTo(2.625, 5);
    for (let step = 0; step < 40; step++) {
      await critic.optimStep({ learningRate: 0.02 });
      await critic.forwardBackward([row], "value", {});
    }
    const { logProbs } = await critic.forward([row], "value");
    returns.forEach((value, t) => expect(logProbs[0]![t]).toBeCloseTo(value, 1));
  });

  it("takes the worse of both losses where a value left the bounds: worked out by hand", async () => {
    const critic = await Trainer.open("critic", base, options, sessions);
    // Values are 0. Bounds −0.2 … 0.2 around 0.5 give 0.3; around −0.5, −0.3.
    const oldValues = Float32Array.of(0.5, 0.5, -0.5);
    const data = { ...row, returns: Float32Array.of(1, 0, -1), oldValues };
    const { loss } = await critic.forwardBackward([data], "value", { valueClip: 0.2 });
    // ½ · (max(1, 0.49) + max(0, 0.09) + max(1, 0.49))
    expect(loss).toBeCloseTo(0.5 * (1 + 0.09 + 1), 5);
  });

  it("has no log-probs to lose, and a policy no values", async () => {
    const critic = await Trainer.open("critic", base, options, sessions);
    const policy = await Trainer.open("policy", base, { ...options, head: "lm" }, sessions);
    const weighted = { ...row, weights: Float32Array.of(1, 1, 1) };
    await expect(critic.forwardBackward([weighted], "cross_entropy", {})).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    await expect(policy.forwardBackward([row], "value", {})).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });
});
