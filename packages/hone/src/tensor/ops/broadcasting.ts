/** Reshape, expand and sum: the three that each other's derivatives are made of. */
import { HoneError } from "../../core/errors.ts";
import type { Tensor } from "../call.ts";
import {
  axisOf,
  broadcast,
  divide,
  sameShape,
  showShape,
  sizeOf,
  times,
  type Dim,
  type Shape,
} from "../shape.ts";
import { apply, check, required, type OpRows } from "./op.ts";

interface BroadcastingOps {
  Reshape: { readonly shape: Shape };
  Expand: { readonly shape: Shape };
  Sum: { readonly axes: readonly number[]; readonly keep: boolean };
}

declare module "../call.ts" {
  interface OpAttributes extends BroadcastingOps {}
}

export const broadcasting: OpRows<keyof BroadcastingOps> = {
  Reshape: {
    types: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
    gradient: (dy, call) => [reshape(dy, required(call, 0).shape)],
    onnx: (call, lowering) => ({
      type: "Reshape",
      inputs: [
        lowering.name(call.inputs[0]),
        lowering.shape(call.attributes.shape, { infer: true }),
      ],
    }),
    samples: [{ inputs: [{ shape: [2, 3] }], build: (x) => reshape(x, [3, -1]) }],
  },
  Expand: {
    types: ([x], { shape }) => [{ dtype: x!.dtype, shape: broadcast("expand", x!.shape, shape) }],
    gradient: (dy, call) => [sumTo(dy, required(call, 0).shape)],
    onnx: (call, lowering) => ({
      type: "Expand",
      inputs: [lowering.name(call.inputs[0]), lowering.shape(call.attributes.shape)],
    }),
    samples: [
      {
        inputs: [{ shape: [2, 1], values: [1, 2] }],
        build: (x) => expand(x, [2, 2]),
        expected: [1, 1, 2, 2],
      },
      { inputs: [{ shape: [3] }], build: (x) => expand(x, [2, 3]) },
    ],
  },
  Sum: {
    types: ([x], { axes, keep }) => [
      { dtype: x!.dtype, shape: reducedShape(x!.shape, axes, keep) },
    ],
    gradient: (dy, call) => {
      const { shape } = required(call, 0);
      const kept = reducedShape(shape, call.attributes.axes, true);
      return [expand(reshape(dy, kept), shape)];
    },
    onnx: (call, lowering) => ({
      type: "ReduceSum",
      inputs: [lowering.name(call.inputs[0]), lowering.integers(call.attributes.axes)],
      attributes: { keepdims: call.attributes.keep === true ? 1 : 0 },
    }),
    samples: [
      {
        inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
        build: (x) => sum(x, [0]),
        expected: [4, 6],
      },
      { inputs: [{ shape: [2, 3, 2] }], build: (x) => sum(x, [-1], { keep: true }) },
      { inputs: [{ shape: [2, 3] }], build: (x) => sum(x) },
    ],
  },
};

/** A shape after reducing these axes. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep
    ? shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
    : shape.filter((_, i) => !axes.includes(i));
}

/** Axes counted from the front and sorted; all of them when left out. */
export function axesOf(where: string, shape: Shape, axes: readonly number[] | undefined): number[] {
  return axes === undefined
    ? shape.map((_, i) => i)
    : axes.map((axis) => axisOf(where, shape, axis)).sort((a, b) => a - b);
}

/**
 * The same values in another shape. One entry may be −1: what is left over.
 * @throws SHAPE_MISMATCH when the number of elements differs
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = resolve(x, shape);
  return sameShape(x.shape, target)
    ? x
    : apply("Reshape", broadcasting.Reshape, [x], { shape: target });
}

function resolve(x: Tensor, shape: Shape): Shape {
  const rest = times(...shape.filter((dim) => dim !== -1));
  const open: Dim | undefined = shape.includes(-1) ? divide(sizeOf(x.shape), rest) : 1;
  if (open === undefined || times(rest, open) !== sizeOf(x.shape)) {
    throw new HoneError("SHAPE_MISMATCH", {
      where: "reshape",
      expected: `a shape with as many elements as ${showShape(x.shape)}`,
      got: showShape(shape),
    });
  }
  return shape.map((dim) => (dim === -1 ? open : typeof dim === "string" ? times(dim) : dim));
}

/** Repeats along dimensions of size 1 (and new leading ones) until the shape is reached. */
export function expand(x: Tensor, shape: Shape): Tensor {
  check(
    sameShape(broadcast("expand", x.shape, shape), shape),
    "expand",
    `a shape that stretches to ${showShape(shape)}`,
    x,
  );
  return sameShape(x.shape, shape) ? x : apply("Expand", broadcasting.Expand, [x], { shape });
}

/** The sum over axes (all when left out); `keep` leaves them as 1. */
export function sum(x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor {
  const normal = axesOf("sum", x.shape, axes);
  return normal.length === 0 ? x : apply("Sum", broadcasting.Sum, [x], { axes: normal, keep });
}

/** The derivative of a broadcast: sums over what was stretched. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((dim, i) =>
    i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : [],
  );
  return reshape(sum(dy, axes), shape);
}

/** A new axis of size 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Without an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("squeeze", x.shape, axis);
  check(x.shape[at] === 1, "squeeze", `size 1 at axis ${axis}`, x);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at),
  );
}
