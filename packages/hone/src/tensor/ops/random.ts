/**
 * Random numbers as a function of keys, made inside the graph from whole-number operations.
 *
 * The value at (row, column) depends on that row's key and the column only: not on the batch, the packing or the order
 * of evaluation. The mixer is MurmurHash3's 32-bit finalizer (Appleby, public domain), applied to each key in turn.
 */
import type { Tensor } from "../call.ts";
import type { Dim } from "../shape.ts";
import { bitXor, shiftRight } from "./bits.ts";
import { unsqueeze } from "./broadcasting.ts";
import { add, cast, greaterOrEqual, mul, where } from "./elementwise.ts";
import { check } from "./op.ts";
import { range } from "./sources.ts";

function mix(x: Tensor): Tensor {
  const once = mul(bitXor(x, shiftRight(x, 16)), 0x85ebca6b);
  const twice = mul(bitXor(once, shiftRight(once, 13)), 0xc2b2ae35);
  return bitXor(twice, shiftRight(twice, 16));
}

/** Uniform numbers in [0, 1), exact in f32 (24 bits): keys u32 [N], `columns` C → [N,C]. No derivative. */
export function randomUniform(keys: Tensor, columns: Dim, stream = 0): Tensor {
  check(keys.dtype === "u32" && keys.shape.length === 1, "randomUniform", "u32 keys [N]", keys);
  const rows = unsqueeze(mix(add(keys, stream)), 1);
  const column = mix(add(cast(range(columns), "u32"), 0x9e3779b9));
  return mul(cast(shiftRight(mix(bitXor(rows, column)), 8), "f32"), 1 / 0x100_0000);
}

/**
 * Inverted dropout of x [N,C]: each element is 0 with probability `rate`, else x / (1 − rate). One key per row; `stream`
 * tells apart the places of a model that drop.
 * @source Srivastava et al. 2014, Dropout, JMLR 15
 */
export function dropout(x: Tensor, rate: number, keys: Tensor, stream: number): Tensor {
  if (rate === 0) return x;
  const kept = greaterOrEqual(randomUniform(keys, x.shape[1]!, stream), rate);
  return mul(x, where(kept, 1 / (1 - rate), 0));
}
