/** Attention of new tokens over a cache of keys and values, for decoding. No derivative. */
import type { Tensor } from "../call.ts";
import { sameShape } from "../shape.ts";
import { applyAll, check, type OnnxAttribute, type OpRows } from "./op.ts";

interface CachedAttentionOps {
  GroupQueryAttention: {
    readonly heads: number;
    readonly keyValueHeads: number;
    readonly scale: number;
    readonly rotary: boolean;
    /** Keys each query sees; −1 for all. */
    readonly window: number;
  };
}

declare module "../call.ts" {
  interface OpAttributes extends CachedAttentionOps {}
}

export const cachedAttention: OpRows<keyof CachedAttentionOps> = {
  GroupQueryAttention: {
    types: ([q, , , pastK, pastV]) => {
      check(
        q!.shape.length === 3 && pastK!.shape.length === 4 && sameShape(pastK!.shape, pastV!.shape),
        "groupQueryAttention",
        "q [B,T,H·D] and caches [B,K,S,D]",
        q,
        pastK,
        pastV,
      );
      return [
        { dtype: q!.dtype, shape: q!.shape },
        { dtype: q!.dtype, shape: pastK!.shape },
        { dtype: q!.dtype, shape: pastV!.shape },
      ];
    },
    gradient: "none",
    onnx: ({ attributes: a }) => {
      const attributes: Record<string, OnnxAttribute> = {
        num_heads: a.heads,
        kv_num_heads: a.keyValueHeads,
        scale: { float: a.scale },
        do_rotary: a.rotary === true ? 1 : 0,
        rotary_interleaved: 0,
        local_window_size: a.window,
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

export interface GroupQueryAttentionParts {
  /** [B,T,H·D] */
  readonly q: Tensor;
  /** [B,T,K·D], of the new tokens. */
  readonly k: Tensor;
  readonly v: Tensor;
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
  } = parts;
  const row = cachedAttention.GroupQueryAttention;
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
    { heads, keyValueHeads, scale, rotary: tables !== undefined, window },
  );
  return { output: output!, presentK: presentK!, presentV: presentV! };
}
