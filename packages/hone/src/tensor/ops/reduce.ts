/** Means, maxima, positions of maxima, running sums. The plain sum lives in `broadcasting.ts`. */
import type { Tensor } from "../call.ts";
import { axisOf, times } from "../shape.ts";
import { axesOf, reducedShape, reshape, sum } from "./broadcasting.ts";
import { cast, div, equal, mul } from "./elementwise.ts";
import { apply, applyAll, required, type OpRows } from "./op.ts";
import { dimensionOf } from "./sources.ts";

interface ReduceOps {
  ReduceMax: { readonly axes: readonly number[]; readonly keep: boolean };
  ArgMax: { readonly axis: number; readonly keep: boolean };
  CumSum: { readonly axis: number; readonly reverse: boolean };
  TopK: { readonly axis: number; readonly count: number };
}

declare module "../call.ts" {
  interface OpAttributes extends ReduceOps {}
}

export const reduce: OpRows<keyof ReduceOps> = {
  ReduceMax: {
    types: ([x], { axes, keep }) => [
      { dtype: x!.dtype, shape: reducedShape(x!.shape, axes, keep) },
    ],
    // Every element that reaches the maximum gets an equal share.
    gradient: (dy, call) => {
      const x = required(call, 0);
      const axes = call.attributes.axes;
      const kept = reducedShape(x.shape, axes, true);
      const winner = cast(equal(x, reshape(call.outputs[0]!, kept)), "f32");
      return [mul(winner, div(reshape(dy, kept), sum(winner, axes, { keep: true })))];
    },
    onnx: (call, lowering) => ({
      type: "ReduceMax",
      inputs: [lowering.name(call.inputs[0]), lowering.integers(call.attributes.axes)],
      attributes: { keepdims: call.attributes.keep === true ? 1 : 0 },
    }),
    samples: [
      {
        inputs: [{ shape: [2, 2], values: [1, 4, 3, 2] }],
        build: (x) => max(x!, [1]),
        expected: [4, 3],
      },
      { inputs: [{ shape: [3, 4] }], build: (x) => max(x!, [0], { keep: true }) },
    ],
  },
  ArgMax: {
    types: ([x], { axis, keep }) => [{ dtype: "i64", shape: reducedShape(x!.shape, [axis], keep) }],
    gradient: "none",
    onnx: ({ attributes: { axis, keep } }) => ({
      type: "ArgMax",
      attributes: { axis, keepdims: keep === true ? 1 : 0 },
    }),
    samples: [
      {
        inputs: [{ shape: [2, 3], values: [1, 4, 4, 9, 2, 0] }],
        build: (x) => argMax(x!, -1),
        expected: [1, 0],
      },
    ],
  },
  CumSum: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // Each element is part of every later sum: the derivative is the running sum from the other end.
    gradient: (dy, call) => [
      apply("CumSum", reduce.CumSum, [dy], {
        axis: call.attributes.axis!,
        reverse: call.attributes.reverse !== true,
      }),
    ],
    onnx: (call, lowering) => ({
      type: "CumSum",
      inputs: [lowering.name(call.inputs[0]), lowering.scalar(call.attributes.axis, "i64")],
      attributes: { reverse: call.attributes.reverse === true ? 1 : 0 },
    }),
    samples: [
      {
        inputs: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
        build: (x) => cumSum(x!, -1),
        expected: [1, 3, 6, 4, 9, 15],
      },
    ],
  },
  TopK: {
    types: ([x], { axis, count }) => {
      const shape = x!.shape.map((dim, i) => (i === axis ? count : dim));
      return [
        { dtype: x!.dtype, shape },
        { dtype: "i64", shape },
      ];
    },
    gradient: "none",
    onnx: (call, lowering) => ({
      type: "TopK",
      inputs: [lowering.name(call.inputs[0]), lowering.integers([call.attributes.count])],
      attributes: { axis: call.attributes.axis },
    }),
    samples: [
      {
        inputs: [{ shape: [1, 4], values: [1, 9, 3, 7] }],
        build: (x) => topK(x!, 2).values,
        expected: [9, 7],
      },
      {
        inputs: [{ shape: [1, 4], values: [1, 9, 3, 7] }],
        build: (x) => topK(x!, 2).indices,
        expected: [1, 3],
      },
    ],
  },
};

/** The largest value over axes (all when left out). */
export const max = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply("ReduceMax", reduce.ReduceMax, [x], { axes: axesOf("max", x.shape, axes), keep });

/** The index of the largest value along an axis, the first at a tie; i64. */
export const argMax = (x: Tensor, axis: number, { keep = false } = {}): Tensor =>
  apply("ArgMax", reduce.ArgMax, [x], { axis: axisOf("argMax", x.shape, axis), keep });

/** The running sum along an axis. */
export const cumSum = (x: Tensor, axis: number): Tensor =>
  apply("CumSum", reduce.CumSum, [x], { axis: axisOf("cumSum", x.shape, axis), reverse: false });

/** The `count` largest along the last axis, largest first, with their places (i64). */
export function topK(
  x: Tensor,
  count: number,
): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = applyAll("TopK", reduce.TopK, [x], { axis: x.shape.length - 1, count });
  return { values: values!, indices: indices! };
}

/** The mean over axes (all when left out). */
export function mean(x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor {
  const normal = axesOf("mean", x.shape, axes);
  const count = times(...normal.map((axis) => x.shape[axis]!));
  const total = sum(x, normal, { keep });
  return typeof count === "number"
    ? mul(total, 1 / count)
    : div(total, cast(dimensionOf(count), "f32"));
}
