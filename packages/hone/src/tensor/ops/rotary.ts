/** Rotary positions: each pair of a head's numbers turns by an angle that grows with the token's position. */
import type { None, Tensor } from "../call.ts";
import { sameShape } from "../shape.ts";
import { neg } from "./elementwise.ts";
import { apply, check, required, type OpRows } from "./op.ts";

interface RotaryOps {
  Rotary: None;
}

declare module "../call.ts" {
  interface OpAttributes extends RotaryOps {}
}

const rotaryTables = [{ shape: [4, 2] }, { shape: [4, 2] }];

export const rotaryOps: OpRows<keyof RotaryOps> = {
  Rotary: {
    types: ([x, positions, cos, sin]) => {
      const half = (x!.shape.at(-1) as number) / 2;
      const fits =
        x!.shape.length === 4 && positions!.dtype === "i64" && positions!.shape.length === 2;
      check(
        fits && cos!.shape[1] === half && sameShape(cos!.shape, sin!.shape),
        "rotary",
        `x [B,H,T,D], positions [B,T], tables [P,${half}]`,
        x,
        positions,
        cos,
        sin,
      );
      return [{ dtype: x!.dtype, shape: x!.shape }];
    },
    // A rotation's transpose is the rotation by the opposite angle.
    gradient: (dy, call) => [
      rotary(dy, required(call, 1), required(call, 2), neg(required(call, 3))),
      undefined,
      undefined,
      undefined,
    ],
    constantInputs: [2, 3],
    onnx: () => ({
      type: "RotaryEmbedding",
      domain: "com.microsoft",
      attributes: { interleaved: 0 },
    }),
    samples: [
      {
        inputs: [
          { shape: [1, 1, 1, 2], values: [3, 4] },
          { shape: [1, 1], dtype: "i64", values: [0] },
          { shape: [1, 1], values: [0] },
          { shape: [1, 1], values: [1] },
        ],
        build: (x, positions, cos, sin) => rotary(x!, positions!, cos!, sin!),
        expected: [-4, 3],
      },
      {
        inputs: [
          { shape: [2, 3, 2, 4] },
          { shape: [2, 2], dtype: "i64", values: [0, 3, 2, 1] },
          ...rotaryTables,
        ],
        build: (x, positions, cos, sin) => rotary(x!, positions!, cos!, sin!),
      },
    ],
  },
};

/**
 * Rotates pairs (i, i + D/2) of each head by the angle of its position.
 * x [B,H,T,D], positions i64 [B,T], cos and sin [P, D/2] where P exceeds every position. Tables carry no derivative.
 * @source Su et al. 2021, RoFormer (arXiv:2104.09864)
 */
export const rotary = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply("Rotary", rotaryOps.Rotary, [x, positions, cos, sin]);
