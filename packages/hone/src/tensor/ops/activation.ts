/** The two activations of the supported model families. */
import type { None, Tensor } from "../call.ts";
import { add, mul, sigmoid, sub, tanh } from "./elementwise.ts";
import { apply, required, type OpRows } from "./op.ts";

interface ActivationOps {
  Silu: None;
  GeluTanh: None;
}

declare module "../call.ts" {
  interface OpAttributes extends ActivationOps {}
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

export const activation: OpRows<keyof ActivationOps> = {
  Silu: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // y = x·σ, so dy/dx = σ·(1 + x − y)
    gradient: (dy, call) => {
      const x = required(call, 0);
      return [mul(dy, mul(sigmoid(x), add(sub(x, call.outputs[0]!), 1)))];
    },
    onnx: () => ({
      type: "QuickGelu",
      domain: "com.microsoft",
      attributes: { alpha: { float: 1 } },
    }),
    samples: [
      {
        inputs: [{ shape: [3], values: [0, 1, -2] }],
        build: (x) => silu(x!),
        expected: [0, 0.7310586, -0.2384058],
      },
    ],
  },
  GeluTanh: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    // With t = tanh(√(2/π)(x + 0.044715x³)): dy/dx = ½(1 + t) + ½x(1 − t²)·√(2/π)(1 + 3·0.044715x²)
    gradient: (dy, call) => {
      const x = required(call, 0);
      const square = mul(x, x);
      const t = tanh(mul(mul(x, ROOT), add(mul(square, CUBIC), 1)));
      const slope = mul(mul(sub(1, mul(t, t)), mul(x, 0.5 * ROOT)), add(mul(square, 3 * CUBIC), 1));
      return [mul(dy, add(mul(add(t, 1), 0.5), slope))];
    },
    onnx: () => ({ type: "Gelu", attributes: { approximate: "tanh" } }),
    samples: [
      {
        inputs: [{ shape: [3], values: [0, 1, -2] }],
        build: (x) => geluTanh(x!),
        expected: [0, 0.841192, -0.0454023],
      },
    ],
  },
};

/** x · σ(x), also called swish. @source Elfwing et al. 2017 (arXiv:1702.03118) */
export const silu = (x: Tensor): Tensor => apply("Silu", activation.Silu, [x]);

/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). @source Hendrycks and Gimpel 2016 (arXiv:1606.08415) */
export const geluTanh = (x: Tensor): Tensor => apply("GeluTanh", activation.GeluTanh, [x]);
