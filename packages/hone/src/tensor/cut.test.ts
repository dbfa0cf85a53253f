import { describe, expect, it } from "vitest";
import { cutProgram } from "./cut.ts";
import { gradient } from "./gradient.ts";
import { input, linear, mul, neg, reshape, silu, sum, targetLogProbs } from "./ops.ts";
import { print } from "./print.ts";
import { program } from "./program.ts";

/** A layer's log-probs, and the gradient of −Σ weights·log π by its weight. */
function training() {
  const [x, w] = [input("x", "f32", ["B", 4]), input("w", "f32", [3, 4])];
  const targets = input("targets", "i64", ["B", 1]);
  // The derivative of the activation reads its input in another shape than the product has.
  const active = reshape(silu(reshape(linear(x, w), ["B", 1, 3])), ["B", 3]);
  const logProbs = reshape(targetLogProbs(active, targets).chosen, [-1]);
  const loss = neg(sum(mul(logProbs, input("weights", "f32", ["B"]))));
  const [slope] = gradient([{ output: loss }], [w]);
  return program("training", { log_probs: logProbs, "gradient:w": slope! });
}

describe("a program cut behind its log-probs", () => {
  const { first, second, held } = cutProgram(training(), ["log_probs"]);

  it("computes forward once: the second half reads what the first one made, and no more of it than the derivative does", () => {
    expect(print(first)).toMatchInlineSnapshot(`
      "training, first half(x: f32[B,4], w: f32[3,4], targets: i64[B,1]) {
        %0: f32[B,3] = MatMul(x, w) {transposeB: true}
        %1: f32[B,1,3] = Reshape(%0)
        %2: f32[B,1,3] = Silu(%1)
        %3: f32[B,3] = Reshape(%2)
        %4: f32[B,3] = LogSoftmax(%3)
        %5: f32[B,1] = GatherElements(%4, targets)
        %6: f32[B] = Reshape(%5)
        return log_probs = %6, held:0 = %0, held:1 = %2, held:2 = %4
      }"
    `);
    expect(print(second)).toMatchInlineSnapshot(`
      "training, second half(held:2: f32[B,3], weights: f32[B], targets: i64[B,1], held:0: f32[B,3], held:1: f32[B,1,3], x: f32[B,4]) {
        %0: f32[B,3] = Exp(held:2)
        %1: f32[] = Fill() {shape: [], value: 1, dtype: f32}
        %2: f32[] = Neg(%1)
        %3: f32[1] = Reshape(%2)
        %4: f32[B] = Expand(%3)
        %5: f32[B] = Mul(%4, weights)
        %6: f32[B,1] = Reshape(%5)
        %7: f32[B,1] = Sum(%6) {axes: [1], keep: true}
        %8: f32[B,1] = Neg(%7)
        %9: f32[B,3] = Mul(%0, %8)
        %10: f32[B,3] = ScatterElementsAdd(%9, targets, %6) {axis: -1}
        %11: f32[B,1,3] = Reshape(%10)
        %12: f32[B,1,3] = Reshape(held:0)
        %13: f32[B,1,3] = Sigmoid(%12)
        %14: f32[B,1,3] = Sub(%12, held:1)
        %15: f32[B,1,3] = Add(%14, 1)
        %16: f32[B,1,3] = Mul(%13, %15)
        %17: f32[B,1,3] = Mul(%11, %16)
        %18: f32[B,3] = Reshape(%17)
        %19: f32[3,4] = MatMul(%18, x) {transposeA: true}
        return gradient:w = %19
      }"
    `);
  });

  it("holds what crosses the cut under one name on both sides, but no views of it", () => {
    expect(Object.keys(first.outputs)).toEqual(["log_probs", ...held]);
    expect(Object.keys(second.outputs)).toEqual(["gradient:w"]);
    for (const name of held) {
      expect(second.inputs[name]).toMatchObject({ shape: first.outputs[name]!.shape });
      expect(first.outputs[name]!.call.op).not.toBe("Reshape");
    }
  });

  it("needs the output that it is cut behind", () => {
    expect(() => cutProgram(training(), ["values"])).toThrow(/lacks one of values/);
  });
});
