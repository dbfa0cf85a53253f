/** Whole-number bit operations on u32, for counter-based random numbers. None has a derivative. */
import type { None, Tensor } from "../call.ts";
import { broadcast } from "../shape.ts";
import type { Operand } from "./elementwise.ts";
import { apply, check, type OnnxNode, type Op, type Sample, type OpRows } from "./op.ts";
import { scalar } from "./sources.ts";

interface BitsOps {
  BitXor: None;
  ShiftRight: None;
  ShiftLeft: None;
}

declare module "../call.ts" {
  interface OpAttributes extends BitsOps {}
}

const row = <Name extends keyof BitsOps>(name: Name, onnx: OnnxNode, sample: Sample): Op<Name> => ({
  types: ([a, b]) => {
    check(a!.dtype === "u32" && b!.dtype === "u32", name, "two u32 tensors", a, b);
    return [{ dtype: "u32", shape: broadcast(name, a!.shape, b!.shape) }];
  },
  gradient: "none",
  onnx: () => onnx,
  samples: [sample],
});
const sample = (
  build: (x: Tensor) => Tensor,
  values: readonly number[],
  expected: readonly number[],
): Sample => ({
  inputs: [{ shape: [values.length], dtype: "u32", values }],
  build: (x) => build(x!),
  expected,
});

export const bits: OpRows<keyof BitsOps> = {
  BitXor: row(
    "BitXor",
    { type: "BitwiseXor" },
    sample((x) => bitXor(x, 6), [5, 4294967295], [3, 4294967289]),
  ),
  ShiftRight: row(
    "ShiftRight",
    { type: "BitShift", attributes: { direction: "RIGHT" } },
    sample((x) => shiftRight(x, 4), [256, 4294967295], [16, 268435455]),
  ),
  ShiftLeft: row(
    "ShiftLeft",
    { type: "BitShift", attributes: { direction: "LEFT" } },
    sample((x) => shiftLeft(x, 4), [1, 4294967295], [16, 4294967280]),
  ),
};

const binary =
  <Name extends keyof BitsOps>(name: Name) =>
  (a: Tensor, b: Operand): Tensor =>
    apply(name, bits[name], [a, typeof b === "number" ? scalar(b, "u32") : b]);
type Binary = (a: Tensor, b: Operand) => Tensor;

export const bitXor: Binary = binary("BitXor");
/** Zeros come in from the left. */
export const shiftRight: Binary = binary("ShiftRight");
export const shiftLeft: Binary = binary("ShiftLeft");
