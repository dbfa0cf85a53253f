/**
 * The words of the tensor language: functions that make tensors from tensors. Rows of the table of operations are in `ops/`.
 */
export { geluTanh, silu } from "./ops/activation.ts";
export { attention, mergeHeads, splitHeads } from "./ops/attention.ts";
export { bitXor, shiftLeft, shiftRight } from "./ops/bits.ts";
export { groupQueryAttention, type GroupQueryAttentionParts } from "./ops/cached-attention.ts";
export { expand, reshape, squeeze, sum, unsqueeze } from "./ops/broadcasting.ts";
export { chunkedLogProbs } from "./ops/chunked-log-probs.ts";
export { loop, type LoopParts } from "./ops/control.ts";
export {
  abs,
  add,
  and,
  cast,
  clip,
  cos,
  div,
  equal,
  exp,
  greater,
  greaterOrEqual,
  identity,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  round,
  sigmoid,
  sin,
  sqrt,
  stopGradient,
  sub,
  tanh,
  where,
  type Operand,
} from "./ops/elementwise.ts";
export { gather, gatherElements, scatterElementsAdd, scatterRowsAdd } from "./ops/indexing.ts";
export { logSoftmax, rmsNorm, softmax, targetLogProbs } from "./ops/normalization.ts";
export { gemm, linear, matmul } from "./ops/products.ts";
export { dropout, randomUniform } from "./ops/random.ts";
export { argMax, cumSum, max, mean, topK } from "./ops/reduce.ts";
export { rotary } from "./ops/rotary.ts";
export { concat, pad, slice, split, transpose } from "./ops/shaping.ts";
export { constant, dimensionOf, external, fill, input, range, scalar } from "./ops/sources.ts";
