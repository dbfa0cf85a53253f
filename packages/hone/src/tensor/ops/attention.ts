/**
 * Attention over whole sequences, with its derivative. Decoding uses `cached-attention.ts`.
 *
 * B rows, H query heads, K key-value heads, G = H/K queries per key, T queries, S keys, D head width.
 */
import { assert } from "../../core/errors.ts";
import type { CallOf, Tensor } from "../call.ts";
import { sameShape, times, type Dim } from "../shape.ts";
import { reshape, sum } from "./broadcasting.ts";
import { add, mul, sub, tanh } from "./elementwise.ts";
import { softmax } from "./normalization.ts";
import { apply, check, required, type OpRows } from "./op.ts";
import { matmul } from "./products.ts";
import { transpose } from "./shaping.ts";

interface AttentionOps {
  /** `softcap` 0 stands for none. */
  Attention: { readonly scale: number; readonly softcap: number };
}

declare module "../call.ts" {
  interface OpAttributes extends AttentionOps {}
}

export const attentionOps: OpRows<keyof AttentionOps> = {
  Attention: {
    types: ([q, k, v, mask]) => {
      const [b, heads, t, d] = q!.shape;
      const kv = k!.shape[1];
      const groups = (heads as number) / (kv as number);
      check(
        q!.shape.length === 4 &&
          Number.isInteger(groups) &&
          sameShape(k!.shape, v!.shape) &&
          k!.shape[0] === b &&
          k!.shape[3] === d,
        "attention",
        "q [B,H,T,D], k and v [B,K,S,D] with H a multiple of K",
        q,
        k,
        v,
      );
      check(
        mask === undefined || mask.shape.length <= 4,
        "attention",
        "a mask that stretches to [B,1,T,S]",
        mask,
      );
      return [
        { dtype: q!.dtype, shape: q!.shape },
        { dtype: q!.dtype, shape: [b!, kv!, times(groups, t!), k!.shape[2]!] },
      ];
    },
    gradient: (dy, call, dys) => {
      assert(dys[1] === undefined, "nothing is differentiated through the attention weights");
      return attentionGradient(dy, call);
    },
    constantInputs: [3],
    onnx: {
      expand: (call) => {
        const { o, p } = attend(call);
        return [o, p];
      },
    },
    samples: [
      {
        inputs: [{ shape: [2, 4, 3, 2] }, { shape: [2, 2, 3, 2] }, { shape: [2, 2, 3, 2] }],
        build: (q, k, v) => attention(q!, k!, v!, { scale: 0.7 }),
      },
      {
        inputs: [
          { shape: [1, 2, 2, 2] },
          { shape: [1, 2, 2, 2] },
          { shape: [1, 2, 2, 2] },
          { shape: [2, 2], dtype: "f32", values: [0, -1, 0, 0] },
        ],
        build: (q, k, v, mask) => attention(q!, k!, v!, { scale: 0.7, mask: mask! }),
      },
      {
        inputs: [{ shape: [1, 2, 2, 2] }, { shape: [1, 1, 2, 2] }, { shape: [1, 1, 2, 2] }],
        build: (q, k, v) => attention(q!, k!, v!, { scale: 1, softcap: 2 }),
      },
      {
        // Both keys alike: the value is the mean of the values.
        inputs: [
          { shape: [1, 1, 1, 1], values: [3] },
          { shape: [1, 1, 2, 1], values: [1, 1] },
          { shape: [1, 1, 2, 1], values: [10, 20] },
        ],
        build: (q, k, v) => attention(q!, k!, v!, { scale: 1 }),
        expected: [15],
      },
    ],
  },
};

/** Queries of one key head lie one under the other, [B,K,G·T,D]: grouped attention is then one plain product. */
const grouped = (q: Tensor, k: Tensor): Tensor =>
  reshape(q, [q.shape[0]!, k.shape[1]!, -1, q.shape[3]!]);

function attend(call: CallOf<"Attention">) {
  const { scale, softcap } = call.attributes;
  const [q, k, v] = [required(call, 0), required(call, 1), required(call, 2)];
  const mask = call.inputs[3];
  const [b, heads, t] = q.shape;
  const raw = matmul(grouped(q, k), k, {
    transposeB: true,
    alpha: softcap === 0 ? scale : scale / softcap,
  });
  const bounded = softcap === 0 ? undefined : tanh(raw);
  const scores = bounded === undefined ? raw : mul(bounded, softcap);
  const p =
    mask === undefined
      ? softmax(scores)
      : reshape(softmax(add(reshape(scores, [b!, heads!, t!, k.shape[2]!]), mask)), scores.shape);
  return { o: reshape(matmul(p, v), q.shape), p, bounded };
}

/**
 * With P = softmax(S), S = scale·QKᵀ + mask, O = PV:
 *
 *     dV = PᵀdO      dS = P ∘ (dO·Vᵀ − rowsum(dO ∘ O))      dQ = scale·dS·K      dK = scale·dSᵀ·Q
 *
 * The row sum over dO ∘ O has head width, where the textbook's over dP ∘ P has one entry per key.
 * @source Dao et al. 2022, FlashAttention, appendix B.2 (arXiv:2205.14135)
 */
function attentionGradient(dy: Tensor, call: CallOf<"Attention">): (Tensor | undefined)[] {
  const [q, k, v] = [required(call, 0), required(call, 1), required(call, 2)];
  const [o, p] = call.outputs;
  const { scale, softcap } = call.attributes;
  const [q2, do2, o2] = [grouped(q, k), grouped(dy, k), grouped(o!, k)];
  const dV = matmul(p!, do2, { transposeA: true });
  const dP = matmul(do2, v, { transposeB: true });
  let dS = mul(sub(dP, sum(mul(do2, o2), [-1], { keep: true })), p!);
  if (softcap !== 0) {
    const { bounded } = attend(call);
    dS = mul(dS, sub(1, mul(bounded!, bounded!)));
  }
  const dQ = reshape(matmul(dS, k, { alpha: scale }), q.shape);
  const dK = matmul(dS, q2, { transposeA: true, alpha: scale });
  return [dQ, dK, dV, undefined];
}

/**
 * softmax(scale · q·kᵀ + mask) · v with grouped heads, [B,H,T,D] in and out; k and v [B,K,S,D]. The mask is added to the
 * scores, stretches to [B,H,T,S] and carries no derivative; `softcap` c bounds scores to c·tanh(s/c) before it.
 * @source Vaswani et al. 2017 (arXiv:1706.03762); Ainslie et al. 2023 for groups (arXiv:2305.13245)
 */
export const attention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  {
    scale,
    mask,
    softcap = 0,
  }: { readonly scale: number; readonly mask?: Tensor | undefined; readonly softcap?: number },
): Tensor =>
  apply("Attention", attentionOps.Attention, mask === undefined ? [q, k, v] : [q, k, v, mask], {
    scale,
    softcap,
  });

/** Tokens [B·T, heads·D] as heads [B,heads,T,D]. */
export const splitHeads = (x: Tensor, batch: Dim, tokens: Dim, heads: number): Tensor =>
  transpose(reshape(x, [batch, tokens, heads, -1]), [0, 2, 1, 3]);

/** Heads [B,heads,T,D] as tokens [B·T, heads·D]. */
export function mergeHeads(x: Tensor): Tensor {
  const [b, heads, t, d] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [times(b!, t!), times(heads!, d!)]);
}
