/** Arithmetic, comparisons and choices, element by element with broadcasting. A plain number stands for a scalar. */
import type { None, PlainOpName, Tensor } from "../call.ts";
import { broadcast, type DType } from "../shape.ts";
import { sumTo } from "./broadcasting.ts";
import { apply, check, required, type Gradient, type Op, type Sample, type OpRows } from "./op.ts";
import { scalar } from "./sources.ts";

interface ElementwiseOps {
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Min: None;
  Max: None;
  Pow: None;
  Neg: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Reciprocal: None;
  Abs: None;
  Sigmoid: None;
  Tanh: None;
  Sin: None;
  Cos: None;
  Round: None;
  Clip: { readonly low: number; readonly high: number };
  Less: None;
  LessOrEqual: None;
  Greater: None;
  GreaterOrEqual: None;
  Equal: None;
  And: None;
  Or: None;
  Not: None;
  Where: None;
  Cast: { readonly to: DType };
  Identity: None;
  StopGradient: None;
}

declare module "../call.ts" {
  interface OpAttributes extends ElementwiseOps {}
}

/** A tensor, or a number that becomes a scalar of the other operand's type. */
export type Operand = Tensor | number;

/** One derivative formula over (dy, a, b, y); what was stretched is summed back. */
type BinaryRule = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor];

/** Operations of elements that need no attributes. */
type PlainName = keyof ElementwiseOps & PlainOpName;

const binaryRow = <Name extends PlainName>(
  name: Name,
  rule: BinaryRule | "none",
  samples: readonly Sample[],
  result?: DType,
): Op<Name> => ({
  types: ([a, b]) => {
    check(a!.dtype === b!.dtype, name, "operands of one type", a, b);
    return [{ dtype: result ?? a!.dtype, shape: broadcast(name, a!.shape, b!.shape) }];
  },
  gradient: rule === "none" ? "none" : backThroughBroadcast(rule),
  onnx: () => ({ type: name }),
  samples,
});

function backThroughBroadcast<Name extends PlainName>(rule: BinaryRule): Gradient<Name> {
  return (dy, call) => {
    const [a, b] = [required(call, 0), required(call, 1)];
    const [da, db] = rule(dy, a, b, call.outputs[0]!);
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  };
}

/** One derivative formula over (dy, x, y). */
const unaryRow = <Name extends PlainName>(
  name: Name,
  rule: ((dy: Tensor, x: Tensor, y: Tensor) => Tensor) | "none",
  samples: readonly Sample[],
): Op<Name> => ({
  types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  gradient:
    rule === "none" ? "none" : (dy, call) => [rule(dy, required(call, 0), call.outputs[0]!)],
  onnx: () => ({ type: name }),
  samples,
});

const pair = (build: (a: Tensor, b: Tensor) => Tensor, low: number, high: number): Sample[] => [
  {
    inputs: [
      { shape: [2, 3], low, high },
      { shape: [2, 3], low, high },
    ],
    build: (a, b) => build(a!, b!),
  },
  {
    inputs: [
      { shape: [2, 1, 3], low, high },
      { shape: [4, 1], low, high },
    ],
    build: (a, b) => build(a!, b!),
  },
  {
    inputs: [
      { shape: [3], low, high },
      { shape: [], low, high },
    ],
    build: (a, b) => build(a!, b!),
  },
];
const one = (
  build: (x: Tensor) => Tensor,
  values: readonly number[],
  expected?: readonly number[],
): Sample => ({
  inputs: [{ shape: [values.length], values }],
  build: (x) => build(x!),
  ...(expected === undefined ? {} : { expected }),
});
const two = (
  build: (a: Tensor, b: Tensor) => Tensor,
  a: readonly number[],
  b: readonly number[],
  expected: readonly number[],
  dtype: DType = "f32",
): Sample => ({
  inputs: [
    { shape: [a.length], values: a, dtype },
    { shape: [b.length], values: b, dtype },
  ],
  build: (x, y) => build(x!, y!),
  expected,
});
const compareRow = <Name extends PlainName>(
  name: Name,
  build: (a: Tensor, b: Tensor) => Tensor,
  expected: readonly number[],
): Op<Name> => binaryRow(name, "none", [two(build, [1, 2, 3], [2, 2, 2], expected)], "bool");

export const elementwise: OpRows<keyof ElementwiseOps> = {
  Add: binaryRow("Add", (dy) => [dy, dy], [
    ...pair((a, b) => add(a, b), -2, 2),
    two((a, b) => add(a, b), [1, 2], [3, 4], [4, 6]),
  ]),
  Sub: binaryRow(
    "Sub",
    (dy) => [dy, neg(dy)],
    pair((a, b) => sub(a, b), -2, 2),
  ),
  Mul: binaryRow(
    "Mul",
    (dy, a, b) => [mul(dy, b), mul(dy, a)],
    pair((a, b) => mul(a, b), -2, 2),
  ),
  // d(a/b) = da/b − (a/b)·db/b
  Div: binaryRow(
    "Div",
    (dy, _a, b, y) => [div(dy, b), neg(div(mul(dy, y), b))],
    pair((a, b) => div(a, b), 0.5, 2),
  ),
  // The derivative goes to the smaller operand, and to the first where both are equal.
  Min: binaryRow(
    "Min",
    (dy, a, b) => {
      const first = lessOrEqual(a, b);
      return [where(first, dy, 0), where(first, 0, dy)];
    },
    pair((a, b) => minimum(a, b), -2, 2),
  ),
  Max: binaryRow(
    "Max",
    (dy, a, b) => {
      const first = greaterOrEqual(a, b);
      return [where(first, dy, 0), where(first, 0, dy)];
    },
    pair((a, b) => maximum(a, b), -2, 2),
  ),
  // d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln(a)·db, for a > 0
  Pow: binaryRow(
    "Pow",
    (dy, a, b, y) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(a)))],
    pair((a, b) => pow(a, b), 0.5, 2),
  ),

  Neg: unaryRow("Neg", (dy) => neg(dy), [one((x) => neg(x), [2, -0.5], [-2, 0.5])]),
  Exp: unaryRow("Exp", (dy, _x, y) => mul(dy, y), [one((x) => exp(x), [0, 1.5, -3])]),
  Log: unaryRow("Log", (dy, x) => div(dy, x), [one((x) => log(x), [0.1, 1, 7])]),
  // d√x = dx / (2√x)
  Sqrt: unaryRow("Sqrt", (dy, _x, y) => div(mul(dy, 0.5), y), [
    one((x) => sqrt(x), [0.25, 4], [0.5, 2]),
  ]),
  // d(1/x) = −dx/x²
  Reciprocal: unaryRow("Reciprocal", (dy, _x, y) => neg(mul(dy, mul(y, y))), [
    one((x) => reciprocal(x), [0.5, -2], [2, -0.5]),
  ]),
  Abs: unaryRow("Abs", (dy, x) => where(less(x, 0), neg(dy), dy), [
    one((x) => abs(x), [-2, 3], [2, 3]),
  ]),
  Sigmoid: unaryRow("Sigmoid", (dy, _x, y) => mul(dy, mul(y, sub(1, y))), [
    one((x) => sigmoid(x), [0, 2, -3]),
  ]),
  Tanh: unaryRow("Tanh", (dy, _x, y) => mul(dy, sub(1, mul(y, y))), [
    one((x) => tanh(x), [0, 0.7, -1.3]),
  ]),
  Sin: unaryRow("Sin", (dy, x) => mul(dy, cos(x)), [one((x) => sin(x), [0, 0.7, -1.3])]),
  Cos: unaryRow("Cos", (dy, x) => neg(mul(dy, sin(x))), [one((x) => cos(x), [0, 0.7, -1.3])]),
  Round: unaryRow("Round", "none", [one((x) => round(x), [0.5, 1.5, -1.2], [0, 2, -1])]),
  Identity: unaryRow("Identity", (dy) => dy, [one((x) => identity(x), [1, 2], [1, 2])]),
  StopGradient: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    gradient: "none",
    onnx: () => ({ type: "Identity" }),
    samples: [one((x) => stopGradient(x), [1, 2], [1, 2])],
  },
  Clip: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // Inside the range, its ends included, the derivative passes; outside it stops.
    gradient: (dy, call) => {
      const x = required(call, 0);
      const { low, high } = call.attributes;
      return [where(and(greaterOrEqual(x, low), lessOrEqual(x, high)), dy, 0)];
    },
    onnx: (call, lowering) => {
      const x = required(call, 0);
      const bounds = [call.attributes.low, call.attributes.high].map((v) =>
        lowering.scalar(v, x.dtype),
      );
      return { type: "Clip", inputs: [lowering.name(x), ...bounds] };
    },
    samples: [one((x) => clip(x, -1, 1), [-2, -0.5, 0.5, 3], [-1, -0.5, 0.5, 1])],
  },

  Less: compareRow("Less", (a, b) => less(a, b), [1, 0, 0]),
  LessOrEqual: compareRow("LessOrEqual", (a, b) => lessOrEqual(a, b), [1, 1, 0]),
  Greater: compareRow("Greater", (a, b) => greater(a, b), [0, 0, 1]),
  GreaterOrEqual: compareRow("GreaterOrEqual", (a, b) => greaterOrEqual(a, b), [0, 1, 1]),
  Equal: compareRow("Equal", (a, b) => equal(a, b), [0, 1, 0]),
  And: binaryRow("And", "none", [
    two((a, b) => and(a, b), [1, 1, 0], [1, 0, 0], [1, 0, 0], "bool"),
  ]),
  Or: binaryRow("Or", "none", [two((a, b) => or(a, b), [1, 1, 0], [1, 0, 0], [1, 1, 0], "bool")]),
  Not: unaryRow("Not", "none", [
    {
      inputs: [{ shape: [2], dtype: "bool", values: [1, 0] }],
      build: (x) => not(x!),
      expected: [0, 1],
    },
  ]),
  Where: {
    types: ([condition, a, b]) => {
      check(
        condition!.dtype === "bool" && a!.dtype === b!.dtype,
        "where",
        "a bool and two of one type",
        condition,
        a,
        b,
      );
      return [{ dtype: a!.dtype, shape: broadcast("where", condition!.shape, a!.shape, b!.shape) }];
    },
    gradient: (dy, call) => {
      const [condition, a, b] = [required(call, 0), required(call, 1), required(call, 2)];
      return [
        undefined,
        sumTo(where(condition, dy, 0), a.shape),
        sumTo(where(condition, 0, dy), b.shape),
      ];
    },
    onnx: () => ({ type: "Where" }),
    samples: [
      {
        inputs: [
          { shape: [2, 1], dtype: "bool", values: [1, 0] },
          { shape: [3] },
          { shape: [2, 3] },
        ],
        build: (condition, a, b) => where(condition!, a!, b!),
      },
    ],
  },
  Cast: {
    types: ([x], { to }) => [{ dtype: to, shape: x!.shape }],
    gradient: (dy, call) => [required(call, 0).dtype === "f32" ? dy : undefined],
    onnx: (call) => ({ type: "Cast", attributes: { to: onnxTypes[call.attributes.to] } }),
    samples: [
      {
        inputs: [{ shape: [3], dtype: "i64", values: [1, 0, -4] }],
        build: (x) => cast(x!, "f32"),
        expected: [1, 0, -4],
      },
      {
        inputs: [{ shape: [3], dtype: "i64", values: [1, 0, -4] }],
        build: (x) => cast(x!, "bool"),
        expected: [1, 0, 1],
      },
    ],
  },
};

/** The numbers of TensorProto.DataType, which the runtime's C interface uses too. */
export const onnxTypes: Readonly<Record<DType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  u32: 12,
};

function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "f32" : b.dtype) : a.dtype;
  return [
    typeof a === "number" ? scalar(a, dtype) : a,
    typeof b === "number" ? scalar(b, dtype) : b,
  ];
}
const binary =
  <Name extends PlainName>(name: Name) =>
  (a: Operand, b: Operand): Tensor =>
    apply(name, elementwise[name], operands(a, b));
const unary =
  <Name extends PlainName>(name: Name) =>
  (x: Tensor): Tensor =>
    apply(name, elementwise[name], [x]);

type Binary = (a: Operand, b: Operand) => Tensor;
type Unary = (x: Tensor) => Tensor;

export const add: Binary = binary("Add");
export const sub: Binary = binary("Sub");
export const mul: Binary = binary("Mul");
export const div: Binary = binary("Div");
export const minimum: Binary = binary("Min");
export const maximum: Binary = binary("Max");
/** aᵇ; its derivative needs a > 0. */
export const pow: Binary = binary("Pow");
export const neg: Unary = unary("Neg");
export const exp: Unary = unary("Exp");
export const log: Unary = unary("Log");
export const sqrt: Unary = unary("Sqrt");
export const reciprocal: Unary = unary("Reciprocal");
export const abs: Unary = unary("Abs");
export const sigmoid: Unary = unary("Sigmoid");
export const tanh: Unary = unary("Tanh");
export const sin: Unary = unary("Sin");
export const cos: Unary = unary("Cos");
/** To the nearest whole number, ties to even. */
export const round: Unary = unary("Round");
export const identity: Unary = unary("Identity");
/** The same value, through which nothing is differentiated. */
export const stopGradient: Unary = unary("StopGradient");
export const less: Binary = binary("Less");
export const lessOrEqual: Binary = binary("LessOrEqual");
export const greater: Binary = binary("Greater");
export const greaterOrEqual: Binary = binary("GreaterOrEqual");
export const equal: Binary = binary("Equal");
export const and = (a: Tensor, b: Tensor): Tensor => apply("And", elementwise.And, [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => apply("Or", elementwise.Or, [a, b]);
export const not: Unary = unary("Not");
/** x held between two numbers. */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  apply("Clip", elementwise.Clip, [x], { low, high });
/** a where the condition holds, else b. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  apply("Where", elementwise.Where, [condition, ...operands(a, b)]);
/** The same values in another type. */
export const cast = (x: Tensor, to: DType): Tensor =>
  x.dtype === to ? x : apply("Cast", elementwise.Cast, [x], { to });
