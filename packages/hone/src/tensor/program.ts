/**
 * Tensor programs as plain frozen data: a tensor is one output of a call, a call is an operation with its inputs.
 *
 * There is no builder object and no hidden state: functions make tensors from tensors, and a program is what its
 * outputs reach. What an operation means (shape, derivative, ONNX node) stands in its row in `ops/`.
 */
import { assert, HoneError } from "../core/errors.ts";
import type { OpName } from "./ops/op.ts";
import { showShape, type DType, type Shape, type TypedArray } from "./shape.ts";

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One output of a call. */
export interface Tensor extends TensorType {
  readonly call: Call;
  readonly index: number;
}

/** The body of a loop: results as a function of parameters; what it uses from outside it uses by reference. */
export interface Body {
  readonly parameters: readonly Tensor[];
  readonly results: readonly Tensor[];
}

export type Attribute = number | string | boolean | readonly number[] | Shape | TypedArray | Body;
export type Attributes = Readonly<Record<string, Attribute>>;

/** One use of an operation. An input that is undefined is an optional one left out. */
export interface Call {
  readonly op: OpName;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

/** A named set of outputs and everything they are computed from. */
export interface Program {
  readonly name: string;
  /** The inputs by name, in the order in which the walk meets them. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Every call in an order where inputs come first. */
  readonly calls: readonly Call[];
}

/** Makes a call with outputs of the given types. Rows' builder functions go through here. */
export function makeCall(
  op: OpName,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes,
  types: readonly TensorType[],
): Call {
  const outputs: Tensor[] = [];
  const call: Call = Object.freeze({
    op,
    inputs: Object.freeze([...inputs]),
    attributes: Object.freeze({ ...attributes }),
    outputs,
  });
  types.forEach(({ dtype, shape }, index) =>
    outputs.push(Object.freeze({ call, index, dtype, shape: Object.freeze([...shape]) })),
  );
  Object.freeze(outputs);
  return call;
}

/** The tensors in front of a call: its inputs, and for a loop what its body reaches is among them already. */
export const inputsOf = (call: Call): readonly Tensor[] =>
  call.inputs.filter((tensor) => tensor !== undefined);

/** Every call that these tensors are computed from, inputs before users. Depth has no limit (no recursion). */
export function callsOf(tensors: readonly Tensor[]): Call[] {
  const order: Call[] = [];
  const state = new Map<Call, "open" | "done">();
  const stack: Call[] = tensors.map((tensor) => tensor.call).reverse();
  while (stack.length > 0) {
    const call = stack[stack.length - 1]!;
    if (state.get(call) === undefined) {
      state.set(call, "open");
      const inputs = inputsOf(call);
      for (let i = inputs.length - 1; i >= 0; i--) {
        const next = inputs[i]!.call;
        if (state.get(next) === undefined) stack.push(next);
      }
    } else {
      stack.pop();
      if (state.get(call) === "open") order.push(call);
      state.set(call, "done");
    }
  }
  return order;
}

/**
 * A program that computes these outputs.
 * @throws SHAPE_MISMATCH when two different inputs carry one name
 * @example program("double", { y: add(x, x) })
 */
export function program(name: string, outputs: Readonly<Record<string, Tensor>>): Program {
  const calls = callsOf(Object.values(outputs));
  const inputs: Record<string, Tensor> = {};
  for (const call of calls) {
    if (call.op !== "Input") continue;
    const key = call.attributes.name as string;
    const tensor = call.outputs[0]!;
    const other = inputs[key];
    if (other !== undefined && other !== tensor) {
      throw new HoneError("SHAPE_MISMATCH", {
        where: `program "${name}"`,
        expected: `one tensor behind the input "${key}"`,
        got: `${showType(other)} and ${showType(tensor)}, made by two calls of input()`,
      });
    }
    inputs[key] = tensor;
  }
  assert(
    !calls.some((call) => call.op === "Parameter"),
    `${name} uses a loop's parameter outside its body`,
  );
  return Object.freeze({
    name,
    inputs: Object.freeze(inputs),
    outputs: Object.freeze({ ...outputs }),
    calls: Object.freeze(calls),
  });
}

export const showType = ({ dtype, shape }: TensorType): string => `${dtype}${showShape(shape)}`;
