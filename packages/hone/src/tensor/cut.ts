/**
 * A program cut in two: the first half computes some of its outputs, the second the others, from what the first has computed.
 *
 * Training that must know the log-probs before it knows the loss needs it: between the halves the runtime is left, and what the
 * derivative reads of the forward pass (the held tensors) stays in the runtime's memory instead of being computed again.
 */
import { assert } from "../core/errors.ts";
import { input } from "./ops/sources.ts";
import type { Call, Tensor } from "./call.ts";
import { callsOf, program, type Program } from "./program.ts";
import { expandMacros } from "./rewrites.ts";
import { transform } from "./transform.ts";

export interface CutProgram {
  /** The outputs that were named, and the held tensors. */
  readonly first: Program;
  /** The other outputs; the held tensors are inputs of the same names. */
  readonly second: Program;
  /** Names of the held tensors. */
  readonly held: readonly string[];
}

/** Operations that move nothing: the second half does them again, so that a tensor is not held under two shapes. */
const views: ReadonlySet<string> = new Set(["Reshape"]);

/**
 * Cuts a program behind what `names` are computed from. Outputs that both halves would compute are the first half's.
 * @param names  outputs of the first half; the second half has all others
 * @example cutProgram(training, ["log_probs"])
 */
export function cutProgram(source: Program, names: readonly string[]): CutProgram {
  const whole = expandMacros(source);
  const outputs = Object.entries(whole.outputs);
  const firstOutputs = outputs.filter(([name]) => names.includes(name));
  assert(firstOutputs.length === names.length, `${source.name} lacks one of ${names.join(", ")}`);
  const rest = outputs.filter(([name]) => !names.includes(name));
  const isHeld = heldCalls(firstOutputs.map(([, tensor]) => tensor));
  const places = new Map<Tensor, Tensor>();
  const placeOf = (tensor: Tensor): Tensor => {
    const place = input(`held:${places.size}`, tensor.dtype, tensor.shape);
    places.set(place, tensor);
    return place;
  };
  const second = transform(
    program(`${source.name}, second half`, Object.fromEntries(rest)),
    ({ call }) => (isHeld(call) ? call.outputs.map(placeOf) : undefined),
  );
  const held = [...places].flatMap(([place, tensor]) => {
    const { name } = (place.call as Extract<Call, { op: "Input" }>).attributes;
    return second.inputs[name] === place ? [[name, tensor] as const] : [];
  });
  return {
    first: program(`${source.name}, first half`, Object.fromEntries([...firstOutputs, ...held])),
    second,
    held: held.map(([name]) => name),
  };
}

/** Whether a call belongs to what these tensors are computed from, is no source, and has outputs worth holding. */
function heldCalls(tensors: readonly Tensor[]): (call: Call) => boolean {
  const before = new Set(callsOf(tensors));
  return (call) => before.has(call) && call.inputs.length > 0 && !views.has(call.op);
}
