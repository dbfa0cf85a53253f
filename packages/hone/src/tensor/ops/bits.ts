/** Whole-number bit operations, for counter-based random numbers (u32) and for masks of one bit a value (u8). None has a derivative. */
import type { None, Tensor } from "../call.ts";
import { broadcast, type DType, times } from "../shape.ts";
import { reshape } from "./broadcasting.ts";
import { cast, type Operand } from "./elementwise.ts";
import { apply, check, type OnnxNode, type Op, type Sample, type OpRows } from "./op.ts";
import { slice } from "./shaping.ts";
import { constant, scalar } from "./sources.ts";

interface BitsOps {
  BitXor: None;
  ShiftRight: None;
  ShiftLeft: None;
}

declare module "../call.ts" {
  interface OpAttributes extends BitsOps {}
}

const unsigned: ReadonlySet<DType> = new Set(["u32", "u8"]);

const row = <Name extends keyof BitsOps>(
  name: Name,
  onnx: OnnxNode,
  ...samples: readonly Sample[]
): Op<Name> => ({
  types: ([a, b]) => {
    const fits = unsigned.has(a!.dtype) && a!.dtype === b!.dtype;
    check(fits, name, "two u32 tensors or two u8 ones", a, b);
    return [{ dtype: a!.dtype, shape: broadcast(name, a!.shape, b!.shape) }];
  },
  gradient: "none",
  onnx: () => onnx,
  samples,
});
const sample = (
  build: (x: Tensor) => Tensor,
  values: readonly number[],
  expected: readonly number[],
  dtype: "u32" | "u8" = "u32",
): Sample => ({
  inputs: [{ shape: [values.length], dtype, values }],
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
    sample((x) => shiftRight(x, 7), [127, 128, 255], [0, 1, 1], "u8"),
  ),
  ShiftLeft: row(
    "ShiftLeft",
    { type: "BitShift", attributes: { direction: "LEFT" } },
    sample((x) => shiftLeft(x, 4), [1, 4294967295], [16, 4294967280]),
    // What leaves the byte is gone.
    sample((x) => shiftLeft(x, 4), [1, 0b10101], [16, 0b1010000], "u8"),
    {
      inputs: [{ shape: [2, 2], dtype: "u8", values: [0b1010_0101, 0b10, 0xff, 0b1] }],
      build: (x) => cast(unpackBits(x!, 10), "f32"),
      expected: [1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
    },
  ),
};

const binary =
  <Name extends keyof BitsOps>(name: Name) =>
  (a: Tensor, b: Operand): Tensor =>
    apply(name, bits[name], [a, typeof b === "number" ? scalar(b, a.dtype) : b]);
type Binary = (a: Tensor, b: Operand) => Tensor;

export const bitXor: Binary = binary("BitXor");
/** Zeros come in from the left. */
export const shiftRight: Binary = binary("ShiftRight");
export const shiftLeft: Binary = binary("ShiftLeft");

/** Bytes that hold this many bits. */
export const packedLength = (count: number): number => Math.ceil(count / 8);

/**
 * Bits as booleans: u8 [N, ⌈C/8⌉], in which bit i, lowest first, of byte j is value 8·j + i → bool [N, C].
 * It takes three bytes a value while it runs.
 */
export function unpackBits(packed: Tensor, count: number): Tensor {
  const rows = packed.shape[0]!;
  check(
    packed.dtype === "u8" && packed.shape.length === 2 && packed.shape[1] === packedLength(count),
    "unpackBits",
    `u8 [N,${packedLength(count)}]`,
    packed,
  );
  // Each bit is pushed to the byte's upper end, and from there, alone, to the lower.
  const upper = shiftLeft(
    reshape(packed, [times(rows, packedLength(count)), 1]),
    constant([7, 6, 5, 4, 3, 2, 1, 0], "u8"),
  );
  const all = reshape(cast(shiftRight(upper, 7), "bool"), [rows, 8 * packedLength(count)]);
  return count % 8 === 0 ? all : slice(all, 1, 0, count);
}
