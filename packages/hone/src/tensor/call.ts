/**
 * Tensor programs as plain frozen data: a tensor is one output of a call, a call is one use of an operation with its inputs.
 *
 * There is no builder object and no hidden state: functions make tensors from tensors. The interfaces below are the closed
 * list of operations, each name with its attributes; what an operation means (shape, derivative, ONNX node) is in its row
 * in `ops/`, and a name without a row does not compile.
 */
import { showShape, type Dim, type DType, type Shape, type TypedArray } from "./shape.ts";

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One output of a call. */
export interface Tensor extends TensorType {
  readonly call: Call;
  /** Which of the call's outputs it is, from 0. */
  readonly index: number;
}

/** The body of a loop: results as a function of parameters. Tensors from outside the loop are used by reference. */
export interface Body {
  readonly parameters: readonly Tensor[];
  readonly results: readonly Tensor[];
}

/** Attributes of an operation that has none. */
type None = Readonly<Record<never, never>>;

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

interface BroadcastingOps {
  Reshape: { readonly shape: Shape };
  Expand: { readonly shape: Shape };
  Sum: { readonly axes: readonly number[]; readonly keep: boolean };
}

interface ElementwiseOps {
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Min: None;
  Max: None;
  Pow: None;
  Neg: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Reciprocal: None;
  Abs: None;
  Sigmoid: None;
  Tanh: None;
  Sin: None;
  Cos: None;
  Round: None;
  Clip: { readonly low: number; readonly high: number };
  Less: None;
  LessOrEqual: None;
  Greater: None;
  GreaterOrEqual: None;
  Equal: None;
  And: None;
  Or: None;
  Not: None;
  Where: None;
  Cast: { readonly to: DType };
  Identity: None;
  StopGradient: None;
}

interface BitsOps {
  BitXor: None;
  ShiftRight: None;
  ShiftLeft: None;
}

interface ReduceOps {
  ReduceMax: { readonly axes: readonly number[]; readonly keep: boolean };
  ArgMax: { readonly axis: number; readonly keep: boolean };
  CumSum: { readonly axis: number; readonly reverse: boolean };
  TopK: { readonly axis: number; readonly count: number };
}

interface ShapingOps {
  Transpose: { readonly order: readonly number[] };
  Concat: { readonly axis: number; readonly size: Dim };
  Split: { readonly axis: number; readonly sizes: Shape };
  Slice: { readonly axis: number; readonly start: number; readonly end: number };
  Pad: { readonly axis: number; readonly before: number; readonly after: number };
}

interface IndexingOps {
  GatherRows: None;
  PickRows: None;
  ScatterRows: None;
  ScatterRowsAdd: None;
  GatherElements: None;
  ScatterElementsAdd: { readonly axis: number };
}

/** How the operands of a matrix product are read, and a factor on the product. */
export interface ProductFlags {
  /** Swap the last two axes of the first operand. */
  readonly transposeA: boolean;
  /** Swap the last two axes of the second operand. */
  readonly transposeB: boolean;
  readonly alpha: number;
}

interface ProductOps {
  MatMul: Readonly<ProductFlags>;
  Gemm: Readonly<ProductFlags>;
}

interface NormalizationOps {
  RmsNorm: { readonly epsilon: number };
  Softmax: None;
  LogSoftmax: None;
  TargetLogProbs: None;
}

interface ActivationOps {
  Silu: None;
  GeluTanh: None;
}

interface RotaryOps {
  Rotary: None;
}

interface AttentionOps {
  /** `softcap` 0 stands for none. */
  Attention: { readonly scale: number; readonly softcap: number };
}

interface CachedAttentionOps {
  GroupQueryAttention: {
    readonly heads: number;
    readonly keyValueHeads: number;
    readonly scale: number;
    readonly rotary: boolean;
    /** Keys each query sees; −1 for all. */
    readonly window: number;
  };
}

interface ControlOps {
  Loop: { readonly body: Body; readonly stateCount: number; readonly count: Dim };
}

interface ChunkedOps {
  ChunkedLogProbs: { readonly chunks: Dim; readonly size: Dim };
}

/** Every operation with its attributes. */
export interface OpAttributes
  extends
    SourceOps,
    BroadcastingOps,
    ElementwiseOps,
    BitsOps,
    ReduceOps,
    ShapingOps,
    IndexingOps,
    ProductOps,
    NormalizationOps,
    ActivationOps,
    RotaryOps,
    AttentionOps,
    CachedAttentionOps,
    ControlOps,
    ChunkedOps {}

export type OpName = keyof OpAttributes;
/** Operations without attributes. */
export type PlainOpName = {
  [Name in OpName]: object extends OpAttributes[Name] ? Name : never;
}[OpName];
export type SourceName = keyof SourceOps;
export type BroadcastingName = keyof BroadcastingOps;
export type ElementwiseName = keyof ElementwiseOps;
export type BitsName = keyof BitsOps;
export type ReduceName = keyof ReduceOps;
export type ShapingName = keyof ShapingOps;
export type IndexingName = keyof IndexingOps;
export type ProductName = keyof ProductOps;
export type NormalizationName = keyof NormalizationOps;
export type ActivationName = keyof ActivationOps;
export type RotaryName = keyof RotaryOps;
export type AttentionName = keyof AttentionOps;
export type CachedAttentionName = keyof CachedAttentionOps;
export type ControlName = keyof ControlOps;
export type ChunkedName = keyof ChunkedOps;

/** One use of an operation of this name. An input that is undefined is an optional one left out. */
export interface CallOf<Name extends OpName> {
  readonly op: Name;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: OpAttributes[Name];
  readonly outputs: readonly Tensor[];
}

/** One use of some operation; `op` tells which, and with it the attributes. */
export type Call = { readonly [Name in OpName]: CallOf<Name> }[OpName];

/** Makes a call with outputs of the given types. Rows' builder functions go through here. */
export function makeCall<Name extends OpName>(
  op: Name,
  inputs: readonly (Tensor | undefined)[],
  attributes: OpAttributes[Name],
  types: readonly TensorType[],
): Call {
  const outputs: Tensor[] = [];
  const made: CallOf<Name> = {
    op,
    inputs: Object.freeze([...inputs]),
    attributes: frozenCopy(attributes),
    outputs,
  };
  // For the compiler a call of one name, not known which, is not yet one of the calls by name.
  const call = Object.freeze(made) as Call;
  types.forEach(({ dtype, shape }, index) =>
    outputs.push(Object.freeze({ call, index, dtype, shape: Object.freeze([...shape]) })),
  );
  Object.freeze(outputs);
  return call;
}

function frozenCopy<T extends object>(value: T): T {
  const copy = { ...value };
  Object.freeze(copy);
  return copy;
}

/** The tensors that a call reads; what a loop's body reads from outside is among them. */
export const inputsOf = ({ inputs }: Pick<Call, "inputs">): readonly Tensor[] =>
  inputs.filter((tensor) => tensor !== undefined);

/** A type as text. @example showType({ dtype: "f32", shape: ["B", 4] }); // "f32[B,4]" */
export const showType = ({ dtype, shape }: TensorType): string => `${dtype}${showShape(shape)}`;
