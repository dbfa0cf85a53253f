/** RMS normalization, softmax, and the log-probabilities of chosen tokens. All along the last axis. */
import { assert } from "../../core/errors.ts";
import type { None, Tensor } from "../call.ts";
import { reshape, sum } from "./broadcasting.ts";
import { exp, mul, neg, sub } from "./elementwise.ts";
import { gatherElements, scatterElementsAdd } from "./indexing.ts";
import { apply, applyAll, check, required, type OpRows } from "./op.ts";
import { matmul } from "./products.ts";

interface NormalizationOps {
  RmsNorm: { readonly epsilon: number };
  Softmax: None;
  LogSoftmax: None;
  TargetLogProbs: None;
}

declare module "../call.ts" {
  interface OpAttributes extends NormalizationOps {}
}

export const normalization: OpRows<keyof NormalizationOps> = {
  RmsNorm: {
    types: ([x, weight]) => {
      check(
        weight!.shape.length === 1 && weight!.shape[0] === x!.shape.at(-1),
        "rmsNorm",
        "a weight as long as the last axis",
        x,
        weight,
      );
      return [
        { dtype: x!.dtype, shape: x!.shape },
        { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), 1] },
      ];
    },
    gradient: (dy, call, dys) => {
      assert(dys[1] === undefined, "nothing is differentiated through the inverse deviation");
      return rmsNormGradient(dy, call.outputs[1]!, required(call, 0), required(call, 1));
    },
    onnx: ({ attributes }) => ({
      type: "SimplifiedLayerNormalization",
      attributes: { axis: -1, epsilon: { float: attributes.epsilon } },
    }),
    samples: [
      {
        inputs: [
          { shape: [1, 2], values: [3, 4] },
          { shape: [2], values: [1, 2] },
        ],
        build: (x, w) => rmsNorm(x!, w!, 0),
        expected: [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)],
      },
      { inputs: [{ shape: [2, 5] }, { shape: [5] }], build: (x, w) => rmsNorm(x!, w!, 1e-5) },
      { inputs: [{ shape: [2, 3, 2, 4] }, { shape: [4] }], build: (x, w) => rmsNorm(x!, w!, 1e-5) },
    ],
  },
  Softmax: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // dx = (dy − Σ dy·y) · y
    gradient: (dy, call) => {
      const y = call.outputs[0]!;
      return [mul(sub(dy, sum(mul(dy, y), [-1], { keep: true })), y)];
    },
    onnx: () => ({ type: "Softmax", attributes: { axis: -1 } }),
    samples: [
      {
        inputs: [{ shape: [1, 2], values: [0, Math.log(3)] }],
        build: (x) => softmax(x!),
        expected: [0.25, 0.75],
      },
      { inputs: [{ shape: [2, 2, 4] }], build: (x) => softmax(x!) },
    ],
  },
  LogSoftmax: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // dx = dy − eʸ · Σ dy
    gradient: (dy, call) => [sub(dy, mul(exp(call.outputs[0]!), sum(dy, [-1], { keep: true })))],
    onnx: () => ({ type: "LogSoftmax", attributes: { axis: -1 } }),
    samples: [
      {
        inputs: [{ shape: [1, 2], values: [0, Math.log(3)] }],
        build: (x) => logSoftmax(x!),
        expected: [Math.log(0.25), Math.log(0.75)],
      },
      { inputs: [{ shape: [2, 4] }], build: (x) => logSoftmax(x!) },
    ],
  },
  TargetLogProbs: {
    types: ([logits, targets]) => {
      check(
        targets!.dtype === "i64" && targets!.shape.length === logits!.shape.length,
        "targetLogProbs",
        "logits [N,V] and i64 targets [N,K]",
        logits,
        targets,
      );
      return [
        { dtype: logits!.dtype, shape: targets!.shape },
        { dtype: logits!.dtype, shape: logits!.shape },
      ];
    },
    // dlogits = onehot(target)·dy − softmax · Σ dy: one pass over the vocabulary fewer than through gather and log-softmax.
    gradient: (dy, call, dys) => {
      const [targets, all] = [required(call, 1), call.outputs[1]!];
      const total = sum(dy, [-1], { keep: true });
      assert(
        dys[1] === undefined,
        "differentiate logSoftmax itself where all log-probabilities enter a loss",
      );
      return [scatterElementsAdd(mul(exp(all), neg(total)), targets, dy), undefined];
    },
    onnx: {
      expand: (call) => {
        const all = logSoftmax(required(call, 0));
        return [gatherElements(all, required(call, 1)), all];
      },
    },
    samples: [
      {
        inputs: [
          { shape: [2, 2], values: [0, Math.log(3), 0, 0] },
          { shape: [2, 1], dtype: "i64", values: [1, 0] },
        ],
        build: (x, t) => targetLogProbs(x!, t!).chosen,
        expected: [Math.log(0.75), Math.log(0.5)],
      },
      {
        inputs: [{ shape: [3, 5] }, { shape: [3, 2], dtype: "i64", values: [1, 0, 4, 4, 2, 3] }],
        build: (x, t) => targetLogProbs(x!, t!).chosen,
      },
    ],
  },
};

/**
 * With r = 1/√(mean(x²) + ε) and n the width:
 *
 *     dx = r · (dy·w − x · Σ(dy·w·x) · r²/n)        dw = Σ_rows dy · x · r
 */
function rmsNormGradient(dy: Tensor, inverse: Tensor, x: Tensor, weight: Tensor): [Tensor, Tensor] {
  const width = weight.shape[0] as number;
  const rows = (tensor: Tensor, columns: number): Tensor => reshape(tensor, [-1, columns]);
  const [dy2, x2, r] = [rows(dy, width), rows(x, width), rows(inverse, 1)];
  const product = mul(dy2, x2);
  // Both sums over products are matrix products, which run faster than a reduction.
  const dWeight = reshape(matmul(r, product, { transposeA: true }), [width]);
  const dot = matmul(product, reshape(weight, [width, 1]));
  const pull = mul(x2, mul(dot, mul(mul(r, r), 1 / width)));
  return [reshape(mul(sub(mul(dy2, weight), pull), r), x.shape), dWeight];
}

/**
 * x · w / √(mean(x²) + ε) over the last axis (width known in numbers), w [width].
 * @source Zhang and Sennrich 2019, Root Mean Square Layer Normalization (arXiv:1910.07467)
 */
export const rmsNorm = (x: Tensor, weight: Tensor, epsilon: number): Tensor =>
  apply("RmsNorm", normalization.RmsNorm, [x, weight], { epsilon });

/** eˣ / Σ eˣ along the last axis. */
export const softmax = (x: Tensor): Tensor => apply("Softmax", normalization.Softmax, [x]);

/** x − log Σ eˣ along the last axis. */
export const logSoftmax = (x: Tensor): Tensor => apply("LogSoftmax", normalization.LogSoftmax, [x]);

/**
 * Log-probabilities (nats) of chosen tokens: logits [N,V], targets i64 [N,K] → `chosen` [N,K]; `all` [N,V] holds every
 * token's and carries no derivative.
 */
export function targetLogProbs(
  logits: Tensor,
  targets: Tensor,
): { readonly chosen: Tensor; readonly all: Tensor } {
  const [chosen, all] = applyAll("TargetLogProbs", normalization.TargetLogProbs, [logits, targets]);
  return { chosen: chosen!, all: all! };
}
