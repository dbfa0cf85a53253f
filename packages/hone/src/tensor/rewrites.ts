/**
 * Rewrites: a program in, an equal one that runs faster out. Each rule is a function from one call to its replacement.
 *
 * Fusing an addition into the product beside it saves a pass over memory, and makes an accumulated weight gradient one
 * Gemm that reads the accumulator and writes the sum, which is what lets both share memory.
 */
import { scatterElementsAdd } from "./ops/indexing.ts";
import { required } from "./ops/op.ts";
import { gemm, matmul } from "./ops/products.ts";
import { rowOf } from "./ops/table.ts";
import type { Tensor } from "./call.ts";
import type { Program } from "./program.ts";
import { sameShape } from "./shape.ts";
import { transform, type Rule, type Site } from "./transform.ts";

/** The two operands in both orders, the second one first: a later addend meets the sum so far. */
const orders = [
  [1, 0],
  [0, 1],
] as const;

/** a·b + c → one Gemm, where nothing else reads a·b and c has the result's shape or is a bias. */
const addIntoProduct: Rule = ({ call, inputs, isOnlyReaderOf }) => {
  if (call.op !== "Add" || call.outputs[0]!.shape.length !== 2) return undefined;
  for (const [at, other] of orders) {
    const [product, summand] = [inputs[at]!, inputs[other]!];
    if (product.call.op !== "MatMul" || !isOnlyReaderOf(at)) continue;
    const { shape } = call.outputs[0]!;
    if (!sameShape(product.shape, shape)) continue;
    const isBias = summand.shape.length === 1 && summand.shape[0] === shape[1];
    if (!isBias && !sameShape(summand.shape, shape)) continue;
    const [a, b] = [required(product.call, 0), required(product.call, 1)];
    return [gemm(a, b, summand, product.call.attributes)];
  }
  return undefined;
};

const isZero = (tensor: Tensor): boolean =>
  tensor.call.op === "Fill" && tensor.call.attributes.value === 0;

/** x + scatter(0, i, rows) → scatter(x, i, rows). */
const addIntoScatter: Rule = ({ call, inputs, isOnlyReaderOf }) => {
  if (call.op !== "Add") return undefined;
  for (const [at, other] of orders) {
    const [scattered, summand] = [inputs[at]!, inputs[other]!];
    if (scattered.call.op !== "ScatterElementsAdd" || !isOnlyReaderOf(at)) continue;
    const { inputs: parts, attributes } = scattered.call;
    if (!isZero(parts[0]!) || !sameShape(summand.shape, call.outputs[0]!.shape)) continue;
    return [scatterElementsAdd(summand, parts[1]!, parts[2]!, attributes.axis)];
  }
  return undefined;
};

/** 0 + x → x, of equal shape. */
const addZero: Rule = ({ call, inputs }) => {
  if (call.op !== "Add") return undefined;
  for (const [at, other] of orders) {
    const rest = inputs[other]!;
    if (isZero(inputs[at]!) && sameShape(rest.shape, call.outputs[0]!.shape)) return [rest];
  }
  return undefined;
};

const constantScalar = ({ call, dtype, shape }: Tensor): number | undefined =>
  call.op === "Constant" && dtype === "f32" && shape.length === 0
    ? Number(call.attributes.values[0])
    : undefined;

/** (a·b) · number → the product's alpha. */
const scaleIntoProduct: Rule = ({ call, inputs, isOnlyReaderOf }: Site) => {
  if (call.op !== "Mul") return undefined;
  for (const [at, other] of orders) {
    const [product, factor] = [inputs[at]!, constantScalar(inputs[other]!)];
    if (factor === undefined || product.call.op !== "MatMul" || !isOnlyReaderOf(at)) continue;
    const [a, b] = [required(product.call, 0), required(product.call, 1)];
    const flags = product.call.attributes;
    return [matmul(a, b, { ...flags, alpha: flags.alpha * factor })];
  }
  return undefined;
};

/** Every fusing rule, in the order in which they are tried at a call. */
const fusions: readonly Rule[] = [addZero, scaleIntoProduct, addIntoScatter, addIntoProduct];

/** The program after the fusing rules. */
export const fuse = (source: Program, rules: readonly Rule[] = fusions): Program =>
  transform(source, (site) => {
    for (const rule of rules) {
      const made = rule(site);
      if (made !== undefined) return made;
    }
    return undefined;
  });

/** The program with operations that have no ONNX node of their own written in terms of others. */
export const expandMacros = (source: Program): Program =>
  transform(source, ({ call, inputs }) => {
    const { onnx } = rowOf(call);
    return typeof onnx === "function" ? undefined : onnx.expand({ ...call, inputs });
  });
