/**
 * Rotary positions, attention over whole sequences (with derivative), attention over a cache (for decoding).
 *
 * B rows, H query heads, K key-value heads, G = H/K queries per key, T tokens, S cache slots, D head width.
 */
import { assert } from "../../core/errors.ts";
import type { Tensor } from "../program.ts";
import { sameShape, times, type Dim } from "../shape.ts";
import { reshape, sum } from "./broadcasting.ts";
import { add, mul, neg, sub, tanh } from "./elementwise.ts";
import { softmax } from "./normalization.ts";
import {
  apply,
  applyAll,
  check,
  required,
  type AttentionName,
  type Op,
  type OnnxAttribute,
} from "./op.ts";
import { matmul } from "./products.ts";
import { transpose } from "./shaping.ts";

const rotaryTables = [{ shape: [4, 2] }, { shape: [4, 2] }];

export const attentionOps: Record<AttentionName, Op> = {
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
      return attentionGradient(
        dy,
        call.inputs as Tensor[],
        call.outputs,
        call.attributes as unknown as AttentionSettings,
      );
    },
    onnx: {
      expand: (call) => {
        const { o, p } = attend(
          call.inputs as Tensor[],
          call.attributes as unknown as AttentionSettings,
        );
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
  GroupQueryAttention: {
    types: ([q, , , pastK, pastV], { width }) => {
      check(
        q!.shape.length === 3 && pastK!.shape.length === 4 && sameShape(pastK!.shape, pastV!.shape),
        "groupQueryAttention",
        "q [B,T,H·D] (or packed) and caches [B,K,S,D]",
        q,
        pastK,
        pastV,
      );
      return [
        { dtype: q!.dtype, shape: [...q!.shape.slice(0, 2), width as Dim] },
        { dtype: q!.dtype, shape: pastK!.shape },
        { dtype: q!.dtype, shape: pastV!.shape },
      ];
    },
    gradient: "none",
    onnx: ({ attributes: a }) => {
      const attributes: Record<string, OnnxAttribute> = {
        num_heads: a.heads as number,
        kv_num_heads: a.keyValueHeads as number,
        scale: { float: a.scale as number },
        do_rotary: a.rotary === true ? 1 : 0,
        rotary_interleaved: 0,
        local_window_size: a.window as number,
        softcap: { float: a.softcap as number },
      };
      return { type: "GroupQueryAttention", domain: "com.microsoft", attributes };
    },
    samples: [
      {
        // One key: the answer is its value.
        inputs: [
          { shape: [1, 1, 8] },
          { shape: [1, 1, 8] },
          { shape: [1, 1, 8], values: [1, 2, 3, 4, 5, 6, 7, 8] },
          { shape: [1, 1, 4, 8] },
          { shape: [1, 1, 4, 8] },
          { shape: [1], dtype: "i32", values: [0] },
          { shape: [1], dtype: "i32", values: [1] },
        ],
        build: (q, k, v, pastK, pastV, lengths, total) =>
          groupQueryAttention({
            q: q!,
            k: k!,
            v: v!,
            pastK: pastK!,
            pastV: pastV!,
            lengths: lengths!,
            total: total!,
            heads: 1,
            keyValueHeads: 1,
            scale: 1,
          }).output,
        expected: [1, 2, 3, 4, 5, 6, 7, 8],
      },
    ],
  },
};

interface AttentionSettings {
  readonly scale: number;
  /** 0 for none. */
  readonly softcap: number;
}

/** Queries of one key head lie one under the other, [B,K,G·T,D]: grouped attention is then one plain product. */
const grouped = (q: Tensor, k: Tensor): Tensor =>
  reshape(q, [q.shape[0]!, k.shape[1]!, -1, q.shape[3]!]);

function attend([q, k, v, mask]: readonly Tensor[], { scale, softcap }: AttentionSettings) {
  const [b, heads, t] = q!.shape;
  const raw = matmul(grouped(q!, k!), k!, {
    transposeB: true,
    alpha: softcap === 0 ? scale : scale / softcap,
  });
  const bounded = softcap === 0 ? undefined : tanh(raw);
  const scores = bounded === undefined ? raw : mul(bounded, softcap);
  const p =
    mask === undefined
      ? softmax(scores)
      : reshape(softmax(add(reshape(scores, [b!, heads!, t!, k!.shape[2]!]), mask)), scores.shape);
  return { o: reshape(matmul(p, v!), q!.shape), p, bounded };
}

/**
 * With P = softmax(S), S = scale·QKᵀ + mask, O = PV:
 *
 *     dV = PᵀdO      dS = P ∘ (dO·Vᵀ − rowsum(dO ∘ O))      dQ = scale·dS·K      dK = scale·dSᵀ·Q
 *
 * The row sum over dO ∘ O has head width, where the textbook's over dP ∘ P has one entry per key.
 * @source Dao et al. 2022, FlashAttention, appendix B.2 (arXiv:2205.14135)
 */
function attentionGradient(
  dy: Tensor,
  inputs: readonly Tensor[],
  [o, p]: readonly Tensor[],
  settings: AttentionSettings,
): (Tensor | undefined)[] {
  const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
  const { scale, softcap } = settings;
  const [q2, do2, o2] = [grouped(q, k), grouped(dy, k), grouped(o!, k)];
  const dV = matmul(p!, do2, { transposeA: true });
  const dP = matmul(do2, v, { transposeB: true });
  let dS = mul(sub(dP, sum(mul(do2, o2), [-1], { keep: true })), p!);
  if (softcap !== 0) {
    const { bounded } = attend(inputs, settings);
    dS = mul(dS, sub(1, mul(bounded!, bounded!)));
  }
  const dQ = reshape(matmul(dS, k, { alpha: scale }), q.shape);
  const dK = matmul(dS, q2, { transposeA: true, alpha: scale });
  return [dQ, dK, dV, undefined];
}

/**
 * Rotates pairs (i, i + D/2) of each head by the angle of its position.
 * x [B,H,T,D], positions i64 [B,T], cos and sin [P, D/2] where P exceeds every position. Tables carry no derivative.
 * @source Su et al. 2021, RoFormer (arXiv:2104.09864)
 */
export const rotary = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply("Rotary", attentionOps.Rotary, [x, positions, cos, sin]);

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

export interface GroupQueryAttentionParts {
  /** [B,T,H·D]; or q, k and v packed as [B,T,(H+2K)·D] with k and v left out. */
  readonly q: Tensor;
  readonly k?: Tensor;
  readonly v?: Tensor;
  /** Caches [B,K,S,D]; the new ones may be bound to the same memory. */
  readonly pastK: Tensor;
  readonly pastV: Tensor;
  /** i32 [B]: index of the last key of each row (its length with the new tokens, minus 1). */
  readonly lengths: Tensor;
  /** i32 [1]: the longest length with the new tokens. */
  readonly total: Tensor;
  readonly rotaryTables?: { readonly cos: Tensor; readonly sin: Tensor };
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly scale: number;
  /** Keys each query sees, itself included; all when left out. */
  readonly window?: number;
  readonly softcap?: number;
}

/** Attention of new tokens over a cache that it extends in place; no derivative. */
export function groupQueryAttention(parts: GroupQueryAttentionParts): {
  readonly output: Tensor;
  readonly presentK: Tensor;
  readonly presentV: Tensor;
} {
  const {
    q,
    k,
    v,
    pastK,
    pastV,
    lengths,
    total,
    rotaryTables: tables,
    heads,
    keyValueHeads,
    scale,
    window = -1,
    softcap = 0,
  } = parts;
  const row = attentionOps.GroupQueryAttention;
  const width = times(heads, pastK.shape[3]!);
  const [output, presentK, presentV] = applyAll(
    "GroupQueryAttention",
    row,
    [
      q,
      k,
      v,
      pastK,
      pastV,
      lengths,
      total,
      ...(tables === undefined ? [] : [tables.cos, tables.sin]),
    ],
    { heads, keyValueHeads, scale, rotary: tables !== undefined, window, softcap, width },
  );
  return { output: output!, presentK: presentK!, presentV: presentV! };
}
