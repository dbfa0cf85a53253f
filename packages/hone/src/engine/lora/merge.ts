/** W + s·B·A: an adapter folded into the weight it adapts. */

/** @returns a new [out, in] weight; A [r, in], B [out, r] */
export function mergedWeight(
  weight: Float32Array,
  {
    a,
    b,
    rank,
    scale,
  }: {
    readonly a: Float32Array;
    readonly b: Float32Array;
    readonly rank: number;
    readonly scale: number;
  },
): Float32Array {
  const merged = weight.slice();
  const columns = a.length / rank;
  const rows = b.length / rank;
  for (let row = 0; row < rows; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[row * rank + r]!;
      if (factor === 0) continue;
      for (let column = 0; column < columns; column++) {
        merged[row * columns + column]! += factor * a[r * columns + column]!;
      }
    }
  }
  return merged;
}
