/** Logits that are no numbers are an error at the first pass that meets them, and leave no gradient behind. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { everyWeight } from "./trainer-fixture.ts";
import { Trainer } from "./trainer.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const row = (id: string) => ({
  id,
  tokens: [3, 4, 5],
  targets: [4, 5, 6],
  weights: Float32Array.of(0, 1, 1),
});

it("after a step that diverged, in both passes", async () => {
  const sessions = new SessionPool(1, createRunGate());
  onTestFinished(() => sessions.close());
  const trainer = await Trainer.open("t", await loadBaseModel(folder), everyWeight, sessions);
  await trainer.forwardBackward([row("a")], "cross_entropy");
  await trainer.optimStep({ learningRate: 1e30 });
  const expected = {
    code: "LOGITS_NOT_FINITE",
    facts: { row: "datum b", position: 1 },
  };
  await expect(trainer.forward([row("b")])).rejects.toMatchObject(expected);
  const backward = trainer.forwardBackward([row("b")], "cross_entropy");
  await expect(backward).rejects.toMatchObject(expected);
  expect([...trainer.trainable.gradients].every((value) => value === 0)).toBe(true);
});
