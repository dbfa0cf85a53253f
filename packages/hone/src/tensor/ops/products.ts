/**
 * Matrix products. M rows, K inner, N columns; leading dimensions of both sides are equal (no broadcasting here).
 *
 * Weight gradients come out as Xᵀ-products and input gradients as plain ones, so that with `rewrites.ts` a summed
 * gradient is one Gemm whose C is the accumulator.
 */
import type { Tensor, TensorType } from "../call.ts";
import { sameShape, times, type Shape } from "../shape.ts";
import { reshape, sumTo } from "./broadcasting.ts";
import { add } from "./elementwise.ts";
import { apply, check, required, type OpRows } from "./op.ts";

/** How the operands of a matrix product are read, and a factor on the product. */
interface ProductFlags {
  /** Swap the last two axes of the first operand. */
  readonly transposeA: boolean;
  /** Swap the last two axes of the second operand. */
  readonly transposeB: boolean;
  readonly alpha: number;
}

interface ProductOps {
  MatMul: Readonly<ProductFlags>;
  Gemm: Readonly<ProductFlags>;
}

declare module "../call.ts" {
  interface OpAttributes extends ProductOps {}
}

/** Defaults: nothing transposed, alpha 1. */
type ProductOptions = Partial<ProductFlags>;

function productShape(
  where: string,
  a: TensorType,
  b: TensorType,
  { transposeA, transposeB }: ProductFlags,
): Shape {
  const swap = (shape: Shape, on: boolean): Shape =>
    on ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
  const [x, y] = [swap(a.shape, transposeA), swap(b.shape, transposeB)];
  const fits =
    x.length >= 2 &&
    x.length === y.length &&
    x.at(-1) === y.at(-2) &&
    sameShape(x.slice(0, -2), y.slice(0, -2));
  check(
    fits,
    where,
    "[…,M,K] times […,K,N]",
    { dtype: a.dtype, shape: x },
    { dtype: b.dtype, shape: y },
  );
  return [...x.slice(0, -1), y.at(-1)!];
}

/** dA and dB of alpha·op(A)·op(B). */
function productGradient(
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB, alpha }: ProductFlags,
): [Tensor, Tensor] {
  return [
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, alpha })
      : matmul(dy, b, { transposeB: !transposeB, alpha }),
    transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA, alpha })
      : matmul(a, dy, { transposeA: !transposeA, alpha }),
  ];
}

const gemmAttributes = ({
  transposeA,
  transposeB,
  alpha,
}: ProductFlags): Record<string, number | { float: number }> => ({
  ...(transposeA ? { transA: 1 } : {}),
  ...(transposeB ? { transB: 1 } : {}),
  ...(alpha === 1 ? {} : { alpha: { float: alpha } }),
});
const isPlain = (flags: ProductFlags): boolean =>
  !flags.transposeA && !flags.transposeB && flags.alpha === 1;

const orientations = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);
const operandShapes = (
  lead: number[],
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
) => [
  { shape: [...lead, ...(transposeA ? [3, 2] : [2, 3])] },
  { shape: [...lead, ...(transposeB ? [4, 3] : [3, 4])] },
];

export const products: OpRows<keyof ProductOps> = {
  MatMul: {
    types: ([a, b], flags) => [{ dtype: a!.dtype, shape: productShape("matmul", a!, b!, flags) }],
    gradient: (dy, call) =>
      productGradient(dy, required(call, 0), required(call, 1), call.attributes),
    onnx: (call) => {
      const flags = call.attributes;
      if (isPlain(flags)) return { type: "MatMul" };
      return required(call, 0).shape.length === 2
        ? { type: "Gemm", attributes: gemmAttributes(flags) }
        : { type: "FusedMatMul", domain: "com.microsoft", attributes: gemmAttributes(flags) };
    },
    samples: [
      {
        inputs: [
          { shape: [2, 2], values: [1, 2, 3, 4] },
          { shape: [2, 1], values: [5, 6] },
        ],
        build: (a, b) => matmul(a!, b!),
        expected: [17, 39],
      },
      ...orientations.flatMap((orientation) => [
        {
          inputs: operandShapes([], orientation),
          build: (a: Tensor, b: Tensor) => matmul(a, b, { ...orientation, alpha: 0.5 }),
        },
        {
          inputs: operandShapes([2, 2], orientation),
          build: (a: Tensor, b: Tensor) => matmul(a, b, { ...orientation, alpha: 2 }),
        },
      ]),
      {
        inputs: [{ shape: [2, 2, 3] }, { shape: [4, 3] }],
        build: (a, b) => matmul(a!, b!, { transposeB: true }),
      },
    ],
  },
  Gemm: {
    types: ([a, b, c], flags) => {
      const shape = productShape("gemm", a!, b!, flags);
      const fits =
        shape.length === 2 &&
        c!.shape.length <= 2 &&
        [...c!.shape].reverse().every((dim, i) => dim === 1 || dim === shape.at(-1 - i));
      check(fits, "gemm", `a summand that stretches to [${shape.join(",")}]`, c);
      return [{ dtype: a!.dtype, shape }];
    },
    gradient: (dy, call) => [
      ...productGradient(dy, required(call, 0), required(call, 1), call.attributes),
      sumTo(dy, required(call, 2).shape),
    ],
    onnx: (call) => ({ type: "Gemm", attributes: gemmAttributes(call.attributes) }),
    samples: [
      {
        inputs: [
          { shape: [1, 2], values: [1, 2] },
          { shape: [2, 2], values: [1, 2, 3, 4] },
          { shape: [2], values: [10, 20] },
        ],
        build: (a, b, c) => gemm(a!, b!, c!, { transposeB: true }),
        expected: [15, 31],
      },
      ...orientations.map((orientation) => ({
        inputs: [...operandShapes([], orientation), { shape: [2, 4] }],
        build: (a: Tensor, b: Tensor, c: Tensor) => gemm(a, b, c, { ...orientation, alpha: 0.5 }),
      })),
      {
        inputs: [{ shape: [2, 3] }, { shape: [3, 4] }, { shape: [2, 1] }],
        build: (a, b, c) => gemm(a!, b!, c!),
      },
    ],
  },
};

const complete = ({
  transposeA = false,
  transposeB = false,
  alpha = 1,
}: ProductOptions): ProductFlags => ({ transposeA, transposeB, alpha });

/**
 * alpha · op(a) · op(b), […,M,K] · […,K,N] → […,M,N]. A two-dimensional b is applied to every row of a.
 * @throws SHAPE_MISMATCH when inner or leading dimensions differ
 */
export function matmul(a: Tensor, b: Tensor, options: ProductOptions = {}): Tensor {
  const flags = complete(options);
  if (a.shape.length > 2 && b.shape.length === 2 && !flags.transposeA) {
    const rows = reshape(a, [times(...a.shape.slice(0, -1)), a.shape.at(-1)!]);
    const y = matmul(rows, b, flags);
    return reshape(y, [...a.shape.slice(0, -1), y.shape.at(-1)!]);
  }
  return apply("MatMul", products.MatMul, [a, b], { ...flags });
}

/** alpha · op(a) · op(b) + c in two dimensions; c stretches over rows or columns. */
export const gemm = (
  a: Tensor,
  b: Tensor,
  c: Tensor | undefined,
  options: ProductOptions = {},
): Tensor =>
  c === undefined
    ? matmul(a, b, options)
    : apply("Gemm", products.Gemm, [a, b, c], { ...complete(options) });

/**
 * A linear layer as Hugging Face stores it: x · Wᵀ + bias, x [rows, in], W [out, in], bias [out] → [rows, out].
 * `residual`, of the shape of the result, is added in the same product.
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: LinearOptions = {},
): Tensor {
  const { residual, alpha = 1 } = options;
  const rows = x.shape.length === 2 ? x : reshape(x, [-1, x.shape.at(-1)!]);
  const c = residual === undefined ? bias : reshape(residual, [-1, weight.shape[0]!]);
  const y = gemm(rows, weight, c, { transposeB: true, alpha });
  const sum = residual !== undefined && bias !== undefined ? add(y, bias) : y;
  return x.shape.length === 2 ? sum : reshape(sum, [...x.shape.slice(0, -1), weight.shape[0]!]);
}

interface LinearOptions {
  readonly residual?: Tensor | undefined;
  readonly alpha?: number;
}
