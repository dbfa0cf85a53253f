/** Moving elements without computing: transpose, concat, split, slice, pad. */
import { assert } from "../../core/errors.ts";
import type { Tensor } from "../call.ts";
import { axisOf, divide, type Dim, type Shape } from "../shape.ts";
import { apply, applyAll, check, required, type OpRows } from "./op.ts";
import { fill } from "./sources.ts";

interface ShapingOps {
  Transpose: { readonly order: readonly number[] };
  Concat: { readonly axis: number; readonly size: Dim };
  Split: { readonly axis: number; readonly sizes: Shape };
  Slice: { readonly axis: number; readonly start: number; readonly end: number };
  Pad: { readonly axis: number; readonly before: number; readonly after: number };
}

declare module "../call.ts" {
  interface OpAttributes extends ShapingOps {}
}

const withSize = (shape: Shape, axis: number, size: Dim): Shape =>
  shape.map((dim, i) => (i === axis ? size : dim));

export const shaping: OpRows<keyof ShapingOps> = {
  Transpose: {
    types: ([x], { order }) => [{ dtype: x!.dtype, shape: order.map((axis) => x!.shape[axis]!) }],
    gradient: (dy, call) => {
      const order = call.attributes.order;
      return [
        transpose(
          dy,
          order.map((_, i) => order.indexOf(i)),
        ),
      ];
    },
    onnx: (call) => ({
      type: "Transpose",
      attributes: { perm: call.attributes.order },
    }),
    samples: [
      {
        inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
        build: (x) => transpose(x!, [1, 0]),
        expected: [1, 3, 2, 4],
      },
      { inputs: [{ shape: [2, 3, 2] }], build: (x) => transpose(x!, [2, 0, 1]) },
    ],
  },
  Concat: {
    types: (inputs, { axis, size }) => [
      { dtype: inputs[0]!.dtype, shape: withSize(inputs[0]!.shape, axis, size) },
    ],
    gradient: (dy, call) => {
      const axis = call.attributes.axis;
      return split(
        dy,
        axis,
        call.inputs.map((input) => input!.shape[axis]!),
      );
    },
    onnx: (call) => ({ type: "Concat", attributes: { axis: call.attributes.axis } }),
    samples: [
      {
        inputs: [
          { shape: [2, 1], values: [1, 2] },
          { shape: [2, 2], values: [3, 4, 5, 6] },
        ],
        build: (a, b) => concat([a!, b!], 1),
        expected: [1, 3, 4, 2, 5, 6],
      },
    ],
  },
  Split: {
    types: ([x], { axis, sizes }) =>
      sizes.map((size) => ({
        dtype: x!.dtype,
        shape: withSize(x!.shape, axis, size),
      })),
    // A part that nothing was computed from contributes zeros.
    gradient: (_dy, call, dys) => {
      const axis = call.attributes.axis;
      const parts = dys.map((dy, i) => dy ?? fill(call.outputs[i]!.shape, 0));
      return [concat(parts, axis, required(call, 0).shape[axis]!)];
    },
    onnx: (call, lowering) => ({
      type: "Split",
      inputs: [lowering.name(call.inputs[0]), lowering.shape(call.attributes.sizes)],
      attributes: { axis: call.attributes.axis },
    }),
    samples: [
      {
        inputs: [{ shape: [1, 4], values: [1, 2, 3, 4] }],
        build: (x) => split(x!, 1, [1, 3])[1]!,
        expected: [2, 3, 4],
      },
      { inputs: [{ shape: [4, 2] }], build: (x) => concat(split(x!, 0, 2).toReversed(), 1) },
    ],
  },
  Slice: {
    types: ([x], { axis, start, end }) => [
      {
        dtype: x!.dtype,
        shape: withSize(x!.shape, axis, end - start),
      },
    ],
    gradient: (dy, call) => {
      const { axis, start, end } = call.attributes;
      const size = required(call, 0).shape[axis]!;
      assert(typeof size === "number", "the derivative of a slice needs a size known in numbers");
      return [pad(dy, axis, start, size - end)];
    },
    onnx: (call, lowering) => ({
      type: "Slice",
      inputs: [
        lowering.name(call.inputs[0]),
        ...[call.attributes.start, call.attributes.end, call.attributes.axis].map((v) =>
          lowering.integers([v]),
        ),
      ],
    }),
    samples: [
      {
        inputs: [{ shape: [4], values: [1, 2, 3, 4] }],
        build: (x) => slice(x!, 0, 1, 3),
        expected: [2, 3],
      },
      { inputs: [{ shape: [2, 5] }], build: (x) => slice(x!, -1, 2, 5) },
    ],
  },
  Pad: {
    types: ([x], { axis, before, after }) => [
      {
        dtype: x!.dtype,
        shape: withSize(x!.shape, axis, (x!.shape[axis] as number) + before + after),
      },
    ],
    gradient: (dy, call) => {
      const { axis, before } = call.attributes;
      return [slice(dy, axis, before, before + (required(call, 0).shape[axis] as number))];
    },
    // Every axis is given: moving a transpose past a Pad of some axes, ONNX Runtime 1.2x mistakes one axis for another.
    onnx: (call, lowering) => {
      const { axis, before, after } = call.attributes;
      const at = (size: number): number[] =>
        required(call, 0).shape.map((_, i) => (i === axis ? size : 0));
      const pads = lowering.integers([...at(before), ...at(after)]);
      return { type: "Pad", inputs: [lowering.name(call.inputs[0]), pads] };
    },
    samples: [
      {
        inputs: [{ shape: [2], values: [1, 2] }],
        build: (x) => pad(x!, 0, 1, 2),
        expected: [0, 1, 2, 0, 0],
      },
      {
        inputs: [{ shape: [1, 2, 3, 2] }],
        build: (x) => transpose(pad(transpose(x!, [0, 2, 1, 3]), 3, 0, 2), [0, 2, 1, 3]),
      },
    ],
  },
};

/** Axes in another order: `order[i]` is the axis of x that becomes axis i. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  check(
    order.length === x.shape.length && new Set(order).size === order.length,
    "transpose",
    `an order of axes like [${order.join(",")}]`,
    x,
  );
  return apply("Transpose", shaping.Transpose, [x], { order });
}

/** Tensors one after the other along an axis; `size` names the resulting dimension where the parts are symbols. */
export function concat(parts: readonly Tensor[], axis: number, size?: Dim): Tensor {
  const [first] = parts;
  assert(first !== undefined, "concat of nothing");
  const at = axisOf("concat", first.shape, axis);
  check(
    parts.every(
      (part) =>
        part.shape.length === first.shape.length &&
        part.shape.every((dim, i) => i === at || dim === first.shape[i]),
    ),
    "concat",
    `shapes that differ at axis ${at} only`,
    ...parts,
  );
  const sizes = parts.map((part) => part.shape[at]!);
  const total =
    size ??
    (sizes.every((dim) => typeof dim === "number") ? sizes.reduce((a, b) => a + b, 0) : undefined);
  check(
    total !== undefined,
    "concat",
    "the name of the resulting size, since its parts are symbols",
    ...parts,
  );
  return parts.length === 1
    ? first
    : apply("Concat", shaping.Concat, parts, { axis: at, size: total! });
}

/** Parts along an axis: as many equal ones, or of the given sizes. */
export function split(x: Tensor, axis: number, parts: number | Shape): readonly Tensor[] {
  const at = axisOf("split", x.shape, axis);
  const size = typeof parts === "number" ? divide(x.shape[at]!, parts) : undefined;
  check(
    typeof parts !== "number" || size !== undefined,
    "split",
    `a size at axis ${at} that divides by ${String(parts)}`,
    x,
  );
  const sizes = typeof parts === "number" ? Array.from({ length: parts }, () => size!) : parts;
  return sizes.length === 1 ? [x] : applyAll("Split", shaping.Split, [x], { axis: at, sizes });
}

/** The part of a tensor from index `start` up to and without `end` along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf("slice", x.shape, axis);
  const size = x.shape[at]!;
  check(
    start >= 0 && end >= start && (typeof size === "string" || end <= size),
    "slice",
    `a size at axis ${at} of at least ${end}`,
    x,
  );
  return apply("Slice", shaping.Slice, [x], { axis: at, start, end });
}

/** Zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const at = axisOf("pad", x.shape, axis);
  check(typeof x.shape[at] === "number", "pad", `a size at axis ${at} known in numbers`, x);
  return apply("Pad", shaping.Pad, [x], { axis: at, before, after });
}
