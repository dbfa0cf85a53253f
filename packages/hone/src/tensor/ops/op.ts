/** What a row of the operation table holds. Rows live in the family files beside this one; `table.ts` joins them. */
import { assert, HoneError } from "../../core/errors.ts";
import {
  makeCall,
  showType,
  type Attributes,
  type Call,
  type Tensor,
  type TensorType,
} from "../program.ts";
import type { DType, Shape } from "../shape.ts";

export type SourceName =
  | "Input"
  | "Constant"
  | "External"
  | "Parameter"
  | "Fill"
  | "Range"
  | "DimensionOf";
export type BroadcastingName = "Reshape" | "Expand" | "Sum";
export type ElementwiseName =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Min"
  | "Max"
  | "Pow"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Reciprocal"
  | "Abs"
  | "Sigmoid"
  | "Tanh"
  | "Sin"
  | "Cos"
  | "Round"
  | "Clip"
  | "Less"
  | "LessOrEqual"
  | "Greater"
  | "GreaterOrEqual"
  | "Equal"
  | "And"
  | "Or"
  | "Not"
  | "Where"
  | "Cast"
  | "Identity"
  | "StopGradient";
export type BitsName = "BitXor" | "ShiftRight" | "ShiftLeft";
export type ReduceName = "ReduceMax" | "ArgMax" | "CumSum" | "TopK";
export type ShapingName = "Transpose" | "Concat" | "Split" | "Slice" | "Pad";
export type IndexingName =
  | "GatherRows"
  | "PickRows"
  | "ScatterRows"
  | "ScatterRowsAdd"
  | "GatherElements"
  | "ScatterElementsAdd";
export type ProductName = "MatMul" | "Gemm";
export type NormalizationName = "RmsNorm" | "Softmax" | "LogSoftmax" | "TargetLogProbs";
export type ActivationName = "Silu" | "GeluTanh";
export type RotaryName = "Rotary";
export type AttentionName = "Attention";
export type CachedAttentionName = "GroupQueryAttention";
export type ControlName = "Loop";
export type ChunkedName = "ChunkedLogProbs";

/** The closed list of operations. A name without a row does not compile. */
export type OpName =
  | SourceName
  | BroadcastingName
  | ElementwiseName
  | BitsName
  | ReduceName
  | ShapingName
  | IndexingName
  | ProductName
  | NormalizationName
  | ActivationName
  | RotaryName
  | AttentionName
  | CachedAttentionName
  | ControlName
  | ChunkedName;

/**
 * The derivative of a call, one per input, built from operations. `dy` belongs to the first output, `dys` to all;
 * an input without a derivative (an index, a mask) gets undefined. `isWanted` says for each input whether its derivative
 * leads anywhere, for rows whose derivatives are computed together.
 */
export type Gradient = (
  dy: Tensor,
  call: Call,
  dys: readonly (Tensor | undefined)[],
  isWanted: readonly boolean[],
) => readonly (Tensor | undefined)[];

/** A node as ONNX wants it. Whole numbers become INT attributes, so a float says so. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };
export interface OnnxNode {
  readonly type: string;
  readonly domain?: "com.microsoft";
  /** Names of the inputs; the call's own inputs when left out. */
  readonly inputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** What a row may ask for while it is written out. */
export interface Lowering {
  /** The name of a tensor; "" for an input that is left out. */
  name(tensor: Tensor | undefined): string;
  /** A one-dimensional i64 constant. */
  integers(values: readonly number[]): string;
  /** A scalar constant. */
  scalar(value: number, dtype: DType): string;
  /** A one-dimensional i64 tensor that holds a shape; at most one entry may be −1 when `infer` is set. */
  shape(shape: Shape, options?: { infer: boolean }): string;
  /** The value of a dimension as an i64 scalar. */
  dimension(dim: Shape[number]): string;
}

/** Either one ONNX node, or a way to say the same with other operations. */
export type Lower =
  | ((call: Call, lowering: Lowering) => OnnxNode)
  | { readonly expand: (call: Call) => readonly Tensor[] };

/** An input of a test case: values are drawn between `low` and `high`, or given. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly number[];
}

/** A case for the generic tests: the derivative is compared with central differences, the value with `expected`. */
export interface Sample {
  readonly inputs: readonly SampleInput[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** The value worked out by hand, where `values` are given. */
  readonly expected?: readonly number[];
}

/** One operation, one row. */
export interface Op {
  readonly types: (
    inputs: readonly (Tensor | undefined)[],
    attributes: Attributes,
  ) => readonly TensorType[];
  /** "none" says that nothing is differentiated through this operation. */
  readonly gradient: Gradient | "none";
  readonly onnx: Lower;
  readonly samples: readonly Sample[];
}

/** Makes a call by its row and returns its outputs. */
export function applyAll(
  name: OpName,
  row: Op,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes = {},
): readonly Tensor[] {
  return makeCall(name, inputs, attributes, row.types(inputs, attributes)).outputs;
}

/** The same for an operation with one output. */
export const apply = (
  name: OpName,
  row: Op,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes = {},
): Tensor => applyAll(name, row, inputs, attributes)[0]!;

/** An input that the operation cannot do without. */
export function required(call: Call, index: number): Tensor {
  const tensor = call.inputs[index];
  assert(tensor !== undefined, `${call.op} without input ${index}`);
  return tensor;
}

/** @throws SHAPE_MISMATCH naming the operation, what it expects and what it got */
export function check(
  condition: boolean,
  where: string,
  expected: string,
  ...got: readonly (TensorType | undefined)[]
): void {
  if (condition) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where,
    expected,
    got: got.map((type) => (type === undefined ? "nothing" : showType(type))).join(" and "),
  });
}
