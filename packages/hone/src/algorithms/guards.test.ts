import { describe, expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import { finiteStep } from "./guards.ts";

describe("a step on a gradient that is no number", () => {
  it("names the rows in a file and drops the gradient, also when the client refuses it itself", async () => {
    for (const refuses of [false, true]) {
      const done: unknown[] = [];
      const step = finiteStep({ learningRate: 1 }, [{ id: "row 3", tokens: [1], targets: [2] }], {
        algorithm: "sft",
        step: 5,
        learningRate: 1,
        saveBatch: async (name, record) => {
          done.push(record);
          return `batches/${name}`;
        },
        training: {
          optimStep: async () => {
            if (refuses) throw new HoneError("GRADIENT_NOT_FINITE", { norm: "Infinity", step: 5 });
            return { gradientNorm: Infinity, step: 5, weightsVersion: "w" };
          },
          discardGradients: async () => void done.push("dropped"),
        },
      });
      await expect(step).rejects.toMatchObject({
        code: "TRAINING_NOT_FINITE",
        facts: { quantity: "gradient norm", value: "Infinity", step: 5 },
        message: expect.stringContaining("batches/not-finite-step-5") as unknown,
      });
      expect(done).toMatchObject(["dropped", { rows: ["row 3"] }]);
    }
  });
});
