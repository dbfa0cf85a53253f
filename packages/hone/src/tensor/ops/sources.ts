/** Where tensors come from: inputs, constants, weights that stay in their file, filled shapes, ranges. */
import { assert } from "../../core/errors.ts";
import type { Tensor, TensorType } from "../call.ts";
import type { Dim, DType, Shape, TypedArray } from "../shape.ts";
import { apply, check, type OpRows } from "./op.ts";

interface SourceOps {
  Input: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  Constant: {
    readonly values: TypedArray;
    readonly dtype: DType;
    readonly shape: readonly number[];
  };
  External: {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly number[];
    /** The file, and where the values lie in it, in bytes. */
    readonly location: string;
    readonly offset: number;
    readonly length: number;
  };
  Parameter: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  Fill: { readonly shape: Shape; readonly value: number; readonly dtype: DType };
  Range: { readonly count: Dim };
  DimensionOf: { readonly dim: Dim };
}

declare module "../call.ts" {
  interface OpAttributes extends SourceOps {}
}

const declared = ({ dtype, shape }: TensorType): TensorType[] => [{ dtype, shape }];
const written = (): never => {
  assert(false, "sources are written by the lowering itself");
};

export const sources: OpRows<keyof SourceOps> = {
  Input: { types: (_, a) => declared(a), gradient: "none", onnx: written, samples: "none" },
  Parameter: { types: (_, a) => declared(a), gradient: "none", onnx: written, samples: "none" },
  Constant: {
    types: (_, a) => declared(a),
    gradient: "none",
    onnx: written,
    samples: [{ inputs: [], build: () => constant([1, 2, 3], "f32", [3]), expected: [1, 2, 3] }],
  },
  External: { types: (_, a) => declared(a), gradient: "none", onnx: written, samples: "none" },
  Fill: {
    types: (_, a) => declared(a),
    gradient: "none",
    onnx: ({ attributes: a }, lowering) => ({
      type: "Expand",
      inputs: [lowering.scalar(a.value, a.dtype), lowering.shape(a.shape)],
    }),
    samples: [{ inputs: [], build: () => fill([2, 2], 7), expected: [7, 7, 7, 7] }],
  },
  Range: {
    types: (_, a) => [{ dtype: "i64", shape: [a.count] }],
    gradient: "none",
    onnx: ({ attributes: a }, lowering) => ({
      type: "Range",
      inputs: [lowering.scalar(0, "i64"), lowering.dimension(a.count), lowering.scalar(1, "i64")],
    }),
    samples: [{ inputs: [], build: () => range(4), expected: [0, 1, 2, 3] }],
  },
  DimensionOf: {
    types: () => [{ dtype: "i64", shape: [] }],
    gradient: "none",
    onnx: ({ attributes: a }, lowering) => ({
      type: "Identity",
      inputs: [lowering.dimension(a.dim)],
    }),
    samples: [{ inputs: [], build: () => dimensionOf(5), expected: [5] }],
  },
};

/** A tensor that the caller binds at every run. Symbols in its shape take their values from what is bound. */
export const input = (name: string, dtype: DType, shape: Shape): Tensor =>
  apply("Input", sources.Input, [], { name, dtype, shape });

/** A tensor known now. @throws SHAPE_MISMATCH when the number of values is not that of the shape */
export function constant(
  values: number | readonly number[] | TypedArray,
  dtype: DType = "f32",
  shape: readonly number[] = typeof values === "number" ? [] : [values.length],
): Tensor {
  const data = ArrayBuffer.isView(values)
    ? values
    : arrayOf(dtype, typeof values === "number" ? [values] : values);
  check(data.length === shape.reduce((a, b) => a * b, 1), "constant", `${data.length} values`, {
    dtype,
    shape,
  });
  return apply("Constant", sources.Constant, [], { values: data, dtype, shape });
}

/** One number of rank 0. */
export const scalar = (value: number, dtype: DType = "f32"): Tensor => constant(value, dtype, []);

/** Bytes of a file that the runtime maps itself, for example a weight inside a safetensors file. */
export const external = (
  name: string,
  dtype: DType,
  shape: readonly number[],
  place: { readonly location: string; readonly offset: number; readonly length: number },
): Tensor => apply("External", sources.External, [], { name, dtype, shape, ...place });

/** A tensor of one value. */
export const fill = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  apply("Fill", sources.Fill, [], { shape, value, dtype });

/** 0, 1, …, count − 1 as i64. */
export const range = (count: Dim): Tensor => apply("Range", sources.Range, [], { count });

/** The value of a dimension as an i64 scalar. */
export const dimensionOf = (dim: Dim): Tensor =>
  apply("DimensionOf", sources.DimensionOf, [], { dim });

/** A value that a loop's body receives; made by `loop`. */
export const parameter = (name: string, type: TensorType): Tensor =>
  apply("Parameter", sources.Parameter, [], { name, dtype: type.dtype, shape: type.shape });

/** Numbers in the memory layout of a type. */
export function arrayOf(dtype: DType, values: readonly number[]): TypedArray {
  switch (dtype) {
    case "f32":
      return Float32Array.from(values);
    case "i64":
      return BigInt64Array.from(values, BigInt);
    case "i32":
      return Int32Array.from(values);
    case "u32":
      return Uint32Array.from(values);
    case "i8":
      return Int8Array.from(values);
    case "u8":
    case "bool":
      return Uint8Array.from(values);
  }
}
