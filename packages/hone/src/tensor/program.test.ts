import { describe, expect, it } from "vitest";
import { gradient } from "./gradient.ts";
import {
  add,
  concat,
  input,
  linear,
  loop,
  matmul,
  mul,
  reshape,
  scalar,
  silu,
  split,
  sum,
  transpose,
} from "./ops.ts";
import { print } from "./print.ts";
import { program } from "./program.ts";
import { fuse } from "./rewrites.ts";
import { transform } from "./transform.ts";

describe("a program", () => {
  const x = input("x", "f32", ["B", 4]);
  const w = input("w", "f32", [3, 4]);
  const acc = input("acc:w", "f32", [3, 4]);
  const loss = sum(mul(silu(linear(x, w)), scalar(2)));
  const [dw] = gradient([{ output: loss }], [w], { accumulators: new Map([[w, acc]]) });
  const training = program("training", { loss, "g:w": dw! });

  it("prints itself", () => {
    expect(print(training)).toMatchInlineSnapshot(`
      "training(x: f32[B,4], w: f32[3,4], acc:w: f32[3,4]) {
        %0: f32[B,3] = MatMul(x, w) {transposeB: true}
        %1: f32[B,3] = Silu(%0)
        %2: f32[B,3] = Mul(%1, 2)
        %3: f32[] = Sum(%2) {axes: [0,1]}
        %4: f32[] = Fill() {shape: [], value: 1, dtype: f32}
        %5: f32[1,1] = Reshape(%4)
        %6: f32[B,3] = Expand(%5)
        %7: f32[B,3] = Mul(%6, 2)
        %8: f32[B,3] = Sigmoid(%0)
        %9: f32[B,3] = Sub(%0, %1)
        %10: f32[B,3] = Add(%9, 1)
        %11: f32[B,3] = Mul(%8, %10)
        %12: f32[B,3] = Mul(%7, %11)
        %13: f32[3,4] = MatMul(%12, x) {transposeA: true}
        %14: f32[3,4] = Add(acc:w, %13)
        return loss = %3, g:w = %14
      }"
    `);
  });

  it("ends a summed weight gradient in one product over the accumulator, once fused", () => {
    expect(print(fuse(training)).split("\n").slice(-3)).toMatchInlineSnapshot(`
      [
        "  %13: f32[3,4] = Gemm(%12, x, acc:w) {transposeA: true}",
        "  return loss = %3, g:w = %13",
        "}",
      ]
    `);
  });

  it("leaves a product alone that something else reads too", () => {
    const product = linear(x, w);
    const both = program("both", { sum: add(product, input("r", "f32", ["B", 3])), product });
    expect(print(fuse(both))).toBe(print(both));
  });

  it("rewrites inside a loop's body as well, and finds anew what the body reads from outside", () => {
    const weight = input("weight", "f32", [2, 2]);
    const bias = input("bias", "f32", [2]);
    const { state } = loop({
      count: scalar(3, "i64"),
      state: [input("start", "f32", ["B", 2])],
      body: (_, [s]) => ({ state: [add(matmul(s!, add(weight, 1)), bias)], scan: [] }),
    });
    const doubled = transform(program("power", { last: state[0]! }), ({ call, inputs }) =>
      call.op === "Add" && inputs[0]!.shape.length === 2 && inputs[0] === weight
        ? [mul(weight, 5)]
        : undefined,
    );
    expect(print(fuse(doubled))).toMatchInlineSnapshot(`
      "power(start: f32[B,2], weight: f32[2,2], bias: f32[2]) {
        %0: bool[] = Fill() {shape: [], value: 1, dtype: bool}
        %1: f32[2,2] = Mul(weight, 5)
        %3: f32[B,2] = Loop(3, %0, start, %1, bias) {stateCount: 1, count: turns}
          %2: f32[B,2] = Gemm(state0, %1, bias)
          next go, %2
        return last = %3
      }"
    `);
  });

  it("loses nothing in a rewrite that changes nothing", () => {
    expect(transform(training, () => undefined)).toEqual(training);
    const copied = transform(training, ({ call, inputs }) =>
      call.op === "Mul" ? [mul(inputs[0]!, inputs[1]!)] : undefined,
    );
    expect(print(copied)).toBe(print(training));
  });

  it("prints a loop with its body, and reads what is outside in place", () => {
    const weight = input("weight", "f32", [2, 2]);
    const start = input("start", "f32", ["B", 2]);
    const { state, scan } = loop({
      count: scalar(3, "i64"),
      state: [start],
      body: (_, [s]) => ({ state: [matmul(s!, weight)], scan: [sum(s!, [1])] }),
    });
    expect(print(program("power", { last: state[0]!, sums: scan[0]! }))).toMatchInlineSnapshot(`
      "power(start: f32[B,2], weight: f32[2,2]) {
        %0: bool[] = Fill() {shape: [], value: 1, dtype: bool}
        %3: f32[B,2], %4: f32[turns,B] = Loop(3, %0, start, weight) {stateCount: 1, count: turns}
          %1: f32[B,2] = MatMul(state0, weight)
          %2: f32[B] = Sum(state0) {axes: [1]}
          next go, %1, %2
        return last = %3, sums = %4
      }"
    `);
  });

  it("refuses two inputs of one name", () => {
    expect(() => program("p", { y: add(input("x", "f32", [2]), input("x", "f32", [2])) })).toThrow(
      /only one input named "x"/,
    );
  });

  it("is frozen", () => {
    expect(Object.isFrozen(training)).toBe(true);
    expect(Object.isFrozen(training.calls[0])).toBe(true);
    expect(Object.isFrozen(loss.shape)).toBe(true);
  });

  it("is walked without recursion: ten thousand additions deep", () => {
    let deep = input("x", "f32", [1]);
    for (let i = 0; i < 10_000; i++) deep = add(deep, deep);
    expect(program("deep", { deep }).calls).toHaveLength(10_001);
    expect(gradient([{ output: deep }], [deep])).toHaveLength(1);
  });
});

describe("shapes of operations", () => {
  const x = input("x", "f32", ["B*T", 8]);

  it("are exact in symbols", () => {
    const heads = reshape(x, ["B", "T", 2, 4]);
    expect(transpose(heads, [0, 2, 1, 3]).shape).toEqual(["B", 2, "T", 4]);
    expect(reshape(heads, [-1, 8]).shape).toEqual(["B*T", 8]);
    expect(split(input("c", "f32", ["4*C", 2]), 0, 4).map((part) => part.shape[0])).toEqual([
      "C",
      "C",
      "C",
      "C",
    ]);
  });

  it("name the operation, what it expects and what it got when they do not fit", () => {
    expect(() => reshape(x, ["B", 8])).toThrow(
      /reshape expects a shape with as many elements as \[B\*T,8\], got \[B,8\]/,
    );
    expect(() => matmul(x, input("w", "f32", [7, 3]))).toThrow(
      /matmul expects .* got f32\[B\*T,8\] and f32\[7,3\]/,
    );
    expect(() => concat([x, x], 0)).toThrow(/the name of the resulting size/);
    expect(() => add(x, input("i", "i64", [8]))).toThrow(/operands of one type/);
  });
});
