/** A tensor program: named outputs and every call they are computed from, in order. */
import { assert, HoneError } from "../core/errors.ts";
import { inputsOf, showType, type Call, type Tensor } from "./call.ts";

/** A named set of outputs and everything they are computed from. */
export interface Program {
  readonly name: string;
  /** The inputs by name, in the order in which the walk meets them. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Every call in an order where inputs come first. */
  readonly calls: readonly Call[];
}

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
    const key = call.attributes.name;
    const tensor = call.outputs[0]!;
    const other = inputs[key];
    if (other !== undefined && other !== tensor) {
      throw new HoneError("SHAPE_MISMATCH", {
        where: `program "${name}"`,
        expected: `only one input named "${key}"`,
        got: `${showType(other)} and ${showType(tensor)} from two calls of input()`,
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
