import { describe, expect, it } from "vitest";
import { tokenWeights } from "./normalization.ts";

const batch = { batchTokens: 12, minibatches: 2 };

describe("tokenWeights", () => {
  it("grpo: a mean per answer, then over answers", () => {
    expect(tokenWeights([2, 4], { rule: "grpo", ...batch })).toEqual([1 / 4, 1 / 8]);
  });

  it("dr_grpo: one constant for all lengths", () => {
    const options = { rule: "dr_grpo", tokensPerAnswer: 10, ...batch } as const;
    expect(tokenWeights([2, 4], options)).toEqual([1 / 20, 1 / 20]);
    expect(() => tokenWeights([2], { rule: "dr_grpo", ...batch })).toThrow("tokensPerAnswer");
  });

  it("bnpo: tokens of the minibatch; dapo: tokens of the whole batch, shared by its minibatches", () => {
    expect(tokenWeights([2, 4], { rule: "bnpo", ...batch })).toEqual([1 / 6, 1 / 6]);
    expect(tokenWeights([2, 4], { rule: "dapo", ...batch })).toEqual([2 / 12, 2 / 12]);
  });

  it("counts the answers of the whole batch where minibatches differ in their number", () => {
    const unlike = { ...batch, batchAnswers: 6 };
    expect(tokenWeights([2, 4], { rule: "grpo", ...unlike })).toEqual([1 / 6, 1 / 12]);
    expect(tokenWeights([2], { rule: "sum", ...unlike })).toEqual([1 / 3]);
  });

  it("weighs an answer without tokens 0, and still counts it", () => {
    expect(tokenWeights([0, 4], { rule: "grpo", ...batch })).toEqual([0, 1 / 8]);
  });
});
