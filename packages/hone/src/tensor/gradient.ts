/**
 * Reverse mode in one walk: from the derivatives of outputs to the derivatives of what they were computed from.
 *
 * The result is ordinary tensors, so it can be printed, rewritten, and differentiated again where rows allow.
 */
import { assert } from "../core/errors.ts";
import { add } from "./ops/elementwise.ts";
import { check } from "./ops/op.ts";
import { fill } from "./ops/sources.ts";
import { rowOf } from "./ops/table.ts";
import { inputsOf, type Call, type Tensor } from "./call.ts";
import { callsOf } from "./program.ts";
import { recomputation, type Recomputation } from "./recompute.ts";
import { sameShape } from "./shape.ts";

/** An output and the derivative that arrives at it; 1 when left out. */
export interface Seed {
  readonly output: Tensor;
  readonly derivative?: Tensor;
}

export interface GradientOptions {
  /**
   * For a tensor of `wrt`: what its derivative is added to. The sum then ends in one Gemm (or scatter) that reads the
   * accumulator and writes the result, so both may be bound to the same memory.
   */
  readonly accumulators?: ReadonlyMap<Tensor, Tensor>;
  /** Tensors to keep; what lies between them is computed again on the way back. See `recompute.ts`. */
  readonly checkpoints?: readonly Tensor[];
}

/**
 * Σ over seeds of derivative · ∂output/∂wrt, one tensor per entry of `wrt`; zeros (or the accumulator) where nothing
 * leads to it.
 * @throws SHAPE_MISMATCH when a seed's derivative has another shape than its output
 * @example const [dw] = gradient([{ output: loss }], [w]);
 */
export function gradient(
  seeds: readonly Seed[],
  wrt: readonly Tensor[],
  { accumulators = new Map(), checkpoints = [] }: GradientOptions = {},
): Tensor[] {
  const calls = callsOf(seeds.map((seed) => seed.output));
  const leading = callsThatLeadTo(wrt, calls);
  const found = new Map<Tensor, Tensor>(accumulators);
  const accumulate = (tensor: Tensor, derivative: Tensor): void => {
    check(
      sameShape(tensor.shape, derivative.shape),
      `the derivative of ${tensor.call.op}`,
      `[${tensor.shape.join(",")}]`,
      derivative,
    );
    const sum = found.get(tensor);
    found.set(tensor, sum === undefined ? derivative : add(sum, derivative));
  };
  for (const { output, derivative } of seeds)
    accumulate(output, derivative ?? fill(output.shape, 1));
  const wanted = new Set(wrt);
  const again = recomputation(calls, checkpoints);
  for (const call of calls.toReversed()) {
    if (leading.has(call)) walk(call, { found, leading, wanted, again, accumulate });
  }
  return wrt.map((tensor) => found.get(tensor) ?? fill(tensor.shape, 0));
}

interface Walk {
  readonly found: ReadonlyMap<Tensor, Tensor>;
  readonly leading: ReadonlySet<Call>;
  readonly wanted: ReadonlySet<Tensor>;
  readonly again: Recomputation;
  readonly accumulate: (tensor: Tensor, derivative: Tensor) => void;
}

function walk(call: Call, { found, leading, wanted, again, accumulate }: Walk): void {
  const dys = call.outputs.map((output) => found.get(output));
  const isWanted = call.inputs.map(
    (tensor) => tensor !== undefined && (leading.has(tensor.call) || wanted.has(tensor)),
  );
  if (!isWanted.includes(true)) return;
  const first = dys.find((dy) => dy !== undefined);
  if (first === undefined) return;
  const { gradient: rule } = rowOf(call);
  assert(rule !== "none", `${call.op} has no derivative; cut it off with stopGradient`);
  const derivatives = rule(
    dys[0] ?? fill(call.outputs[0]!.shape, 0),
    again.copyOf(call, first),
    dys,
    isWanted,
  );
  call.inputs.forEach((tensor, i) => {
    const derivative = derivatives[i];
    if (tensor !== undefined && derivative !== undefined && isWanted[i] === true)
      accumulate(tensor, derivative);
  });
}

/** Calls with an output on a way to one of these tensors. */
function callsThatLeadTo(wrt: readonly Tensor[], calls: readonly Call[]): Set<Call> {
  const leading = new Set(wrt.map((tensor) => tensor.call));
  for (const call of calls) {
    if (call.op !== "StopGradient" && inputsOf(call).some((tensor) => leading.has(tensor.call)))
      leading.add(call);
  }
  return leading;
}
