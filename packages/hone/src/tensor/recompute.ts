/**
 * Gradient checkpointing: keep a few tensors, compute what lies between them again on the way back.
 *
 * Checkpoints cut the forward pass into segments; a segment is what depends on its checkpoint and not on the next. When
 * the walk back enters a segment, the calls of that segment are copied, and the copies start from the kept tensor plus
 * zero times the derivative that just arrived. Without that dependence ONNX Runtime would merge the copies with the
 * originals, or run them early, and nothing would be saved. What lies before the first checkpoint and after the last is
 * not copied.
 *
 * @source Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost (arXiv:1604.06174)
 */
import { reshape } from "./ops/broadcasting.ts";
import { add, mul } from "./ops/elementwise.ts";
import { slice } from "./ops/shaping.ts";
import { inputsOf, makeCall, type Call, type Tensor } from "./call.ts";

export interface Recomputation {
  /** The call whose values the derivative of `call` may use; `arrived` is the derivative at it. */
  copyOf(call: Call, arrived: Tensor): Call;
}

/** @param checkpoints tensors to keep, in the order of computation; none: nothing is computed again */
export function recomputation(
  calls: readonly Call[],
  checkpoints: readonly Tensor[],
): Recomputation {
  if (checkpoints.length < 2) return { copyOf: (call) => call };
  const kept = new Map(checkpoints.map((tensor, i) => [tensor, i + 1]));
  const segments = segmentsOf(calls, kept);
  const gates = new Map<number, Tensor>();
  const copies = new Map<Call, Call>();
  const gated = new Map<Tensor, Tensor>();

  const copyTensor = (tensor: Tensor, segment: number): Tensor => {
    if (kept.get(tensor) === segment) {
      const known = gated.get(tensor) ?? add(tensor, gates.get(segment)!);
      gated.set(tensor, known);
      return known;
    }
    if (kept.has(tensor) || segments.get(tensor.call) !== segment) return tensor;
    return copyCall(tensor.call, segment).outputs[tensor.index]!;
  };
  const copyCall = (call: Call, segment: number): Call => {
    const known = copies.get(call);
    if (known !== undefined) return known;
    const inputs = call.inputs.map((tensor) =>
      tensor === undefined ? undefined : copyTensor(tensor, segment),
    );
    const copy = makeCall(call.op, inputs, call.attributes, call.outputs);
    copies.set(call, copy);
    return copy;
  };
  return {
    copyOf(call, arrived) {
      const segment = segments.get(call) ?? 0;
      if (segment === 0 || segment === checkpoints.length) return call;
      if (!gates.has(segment)) gates.set(segment, zeroFrom(arrived));
      return copyCall(call, segment);
    },
  };
}

/** 0 as a scalar, in a way that the runtime cannot know before `tensor` is there. */
function zeroFrom(tensor: Tensor): Tensor {
  const corner = tensor.shape.reduce<Tensor>((part, _, axis) => slice(part, axis, 0, 1), tensor);
  return mul(reshape(corner, []), 0);
}

/** How many checkpoints each call depends on, the deepest one counted. */
function segmentsOf(calls: readonly Call[], kept: ReadonlyMap<Tensor, number>): Map<Call, number> {
  const segments = new Map<Call, number>();
  for (const call of calls) {
    const depths = inputsOf(call).map(
      (tensor) => kept.get(tensor) ?? segments.get(tensor.call) ?? 0,
    );
    segments.set(call, Math.max(0, ...depths));
  }
  return segments;
}
