/**
 * Tensor programs as plain frozen data: a tensor is one output of a call, a call is one use of an operation with its inputs.
 *
 * There is no builder object and no hidden state: functions make tensors from tensors. The operations are a closed
 * list: each family's file in `ops/` says the names with their attributes, and what each means (shape, derivative, ONNX node)
 * in its row. A name without a row does not compile.
 */
import { showShape, type DType, type Shape } from "./shape.ts";

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
export type None = Readonly<Record<never, never>>;

/** Every operation with its attributes: each family in `ops/` adds its own, beside the rows. */
export interface OpAttributes {}

export type OpName = keyof OpAttributes;
/** Operations without attributes. */
export type PlainOpName = {
  [Name in OpName]: object extends OpAttributes[Name] ? Name : never;
}[OpName];

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
