/** What a row of the operation table holds. Rows live in the family files beside this one; `table.ts` joins them. */
import { assert, HoneError } from "../../core/errors.ts";
import {
  makeCall,
  showType,
  type Call,
  type CallOf,
  type OpAttributes,
  type OpName,
  type PlainOpName,
  type Tensor,
  type TensorType,
} from "../call.ts";
import type { DType, Shape } from "../shape.ts";

/**
 * The derivative of a call, one per input, built from operations. `dy` belongs to the first output, `dys` to all;
 * an input without a derivative (an index, a mask) gets undefined. `isWanted` says for each input whether its derivative
 * leads anywhere, for rows whose derivatives are computed together.
 */
export type Gradient<Name extends OpName> = (
  dy: Tensor,
  call: CallOf<Name>,
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
export type Lower<Name extends OpName> =
  | ((call: CallOf<Name>, lowering: Lowering) => OnnxNode)
  | { readonly expand: (call: CallOf<Name>) => readonly Tensor[] };

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
  /** The value of the result, worked out by hand; only for samples whose inputs give their `values`. */
  readonly expected?: readonly number[];
}

/** One operation, one row. */
export interface Op<Name extends OpName> {
  /** Types of the outputs. @throws SHAPE_MISMATCH for inputs that do not fit */
  readonly types: (
    inputs: readonly (Tensor | undefined)[],
    attributes: OpAttributes[Name],
  ) => readonly TensorType[];
  /** "none" says that nothing is differentiated through this operation. */
  readonly gradient: Gradient<Name> | "none";
  /** Places of f32 inputs that count as constants, such as tables and masks: they have no derivative. Default none. */
  readonly constantInputs?: readonly number[];
  readonly onnx: Lower<Name>;
  /** Cases for the generic tests; "none" for what has no value of its own: names bound by others, and files. */
  readonly samples: readonly Sample[] | "none";
}

/** The rows of some operations: a name without a row does not compile. */
export type OpRows<Names extends OpName> = { readonly [Name in Names]: Op<Name> };

/** Makes a call by its row and returns its outputs. Attributes are left out where the operation has none. */
export function applyAll<Name extends PlainOpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
): readonly Tensor[];
export function applyAll<Name extends OpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
  attributes: OpAttributes[Name],
): readonly Tensor[];
export function applyAll<Name extends OpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
  attributes = {} as OpAttributes[Name],
): readonly Tensor[] {
  return makeCall(name, inputs, attributes, row.types(inputs, attributes)).outputs;
}

/** The same for an operation with one output. */
export function apply<Name extends PlainOpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
): Tensor;
export function apply<Name extends OpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
  attributes: OpAttributes[Name],
): Tensor;
export function apply<Name extends OpName>(
  name: Name,
  row: Op<Name>,
  inputs: readonly (Tensor | undefined)[],
  attributes = {} as OpAttributes[Name],
): Tensor {
  return applyAll(name, row, inputs, attributes)[0]!;
}

/** An input that the operation cannot do without. */
export function required(call: Pick<Call, "op" | "inputs">, index: number): Tensor {
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
