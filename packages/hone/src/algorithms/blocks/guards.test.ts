import { describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { finitePass, finiteStep } from "./guards.ts";

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

  it("saves the rows of a pass whose logits are no numbers, reported or refused", async () => {
    const facts = { where: "forwardBackward", row: "datum #0", position: 1, got: "NaN" };
    const refused = async (): Promise<never> => {
      throw new HoneError("LOGITS_NOT_FINITE", facts);
    };
    for (const pass of [async () => ({ loss: Number.NaN }), refused]) {
      const done: unknown[] = [];
      const running = finitePass(pass, [{ id: "row 3", tokens: [1], targets: [2] }], {
        algorithm: "sft",
        step: 5,
        learningRate: 1,
        saveBatch: async (name, data) => {
          done.push(data);
          return `batches/${name}.json`;
        },
        training: {
          optimStep: async () => ({ gradientNorm: 1, step: 5, weightsVersion: "w" }),
          discardGradients: async () => void done.push("dropped"),
        },
      });
      const expected = { code: "TRAINING_NOT_FINITE", facts: { quantity: "loss", value: "NaN" } };
      await expect(running).rejects.toMatchObject(expected);
      expect(done).toMatchObject(["dropped", { rows: ["row 3"] }]);
    }
  });
});
