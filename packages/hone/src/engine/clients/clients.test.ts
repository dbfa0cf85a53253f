/** The clients of the embedded engine keep what the ports promise; the worker is a real one. */
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { samplingClientContract } from "../../testing/sampling-client-contract.ts";
import { trainingClientContract } from "../../testing/training-client-contract.ts";
import { openEngine } from "../engine.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const engine = await openEngine(folder, { threads: 1 });
afterAll(() => engine.close());

const tokenOutside = engine.architecture.vocabularySize;

describe("an adapter of the engine", () => {
  trainingClientContract({
    open: () => engine.createTrainingClient({ lora: { rank: 4 } }),
    tokenOutside,
    tolerance: 1e-4,
  });
});

describe("all weights of the engine", () => {
  trainingClientContract({
    open: () => engine.createTrainingClient({ lora: false }),
    tokenOutside,
    tolerance: 1e-4,
  });
});

describe("the engine's sampler", () => {
  samplingClientContract({ open: () => engine.createSamplingClient(), tokenOutside });
});
