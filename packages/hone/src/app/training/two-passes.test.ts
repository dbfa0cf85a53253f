/** A loss of log-probs in two passes on the engine itself: the gradient of the engine's own loss, with and without dropout. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addLogProbLoss, type LogProbLoss } from "../../algorithms/blocks/log-prob-loss.ts";
import { loraConfig } from "../../engine/lora/lora.ts";
import { createRunGate } from "../../engine/runtime/run-gate.ts";
import { SessionPool } from "../../engine/runtime/session-pool.ts";
import { Trainer } from "../../engine/training/trainer.ts";
import { everyWeight } from "../../engine/training/trainer-fixture.ts";
import { type BaseModel, loadBaseModel } from "../../engine/weights/base-model.ts";
import type { Datum } from "../../ports/training-client.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const sessions = new SessionPool(1, createRunGate());
let base: BaseModel;
beforeAll(async () => {
  base = await loadBaseModel(folder);
});
afterAll(() => sessions.close());

const advantages = [0.7, -1.3, 0.4];

/** Rows of uneven lengths, whose first two targets are a prompt's. */
const data: readonly Datum[] = [9, 5, 7].map((length, row) => {
  const mask = Float32Array.from({ length }, (_, t) => (t < 2 ? 0 : 1));
  return {
    id: `row ${row}`,
    tokens: Array.from({ length }, (_, t) => 10 + ((7 * row + 3 * t) % 40)),
    targets: Array.from({ length }, (_, t) => 10 + ((7 * row + 3 * (t + 1)) % 40)),
    weights: mask,
    mask,
    advantages: mask.map((m) => m * advantages[row]!),
    samplingLogProbs: new Float32Array(length).fill(-5),
    dropoutSeed: 100 + row,
  };
});

/** −Σ ρ·A, which the engine calls importance_sampling; its derivative by log π is the same number, term by term. */
const loss = (logProbs: readonly Float32Array[]): LogProbLoss => {
  const terms = logProbs.map((row, i) =>
    Array.from(row, (logProb, t) =>
      data[i]!.mask![t] === 0 ? 0 : -Math.exp(logProb + 5) * advantages[i]!,
    ),
  );
  return { value: terms.flat().reduce((a, b) => a + b, 0), derivatives: terms };
};

describe.each([0, 0.3])("with dropout %d", (dropout) => {
  it("a loss in two passes has the gradient that the engine's own has, however rows are split", async () => {
    const options = {
      ...everyWeight,
      lora: loraConfig({ rank: 2, dropout }),
      // A microbatch holds one row, so the rows of one loss are computed apart.
      tokensPerMicrobatch: 16,
    };
    const own = await Trainer.open("own", base, options, sessions);
    const two = await Trainer.open("two", base, options, sessions);
    // B is 0 in a fresh adapter, and then A has no gradient: both take the same step first.
    for (const trainer of [own, two]) {
      await trainer.forwardBackward(data, "cross_entropy");
      await trainer.optimStep({ learningRate: 0.05 });
    }
    const direct = await own.forwardBackward(data, "importance_sampling");
    const output = await addLogProbLoss(two, data, { where: "a test", loss });
    expect(output.loss).toBeCloseTo(direct.loss, 3);
    const size = Math.max(...own.trainable.gradients.map(Math.abs));
    expect(size).toBeGreaterThan(1e-3);
    own.trainable.gradients.forEach((value, i) => {
      expect(Math.abs(two.trainable.gradients[i]! - value) / size).toBeLessThan(1e-5);
    });
  });
});
