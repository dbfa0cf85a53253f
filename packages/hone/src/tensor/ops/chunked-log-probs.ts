/**
 * Log-probs of targets over a vocabulary too wide to hold all logits at once: a loop over chunks of positions, in which
 * the logits of one chunk live at a time. The way back computes each chunk's logits again.
 *
 * Legend: C chunks of S positions, N = C·S, D width, V vocabulary; H hidden [N,D], W [V,D], s scales, t targets. Logits of tokens
 * that are not allowed count as −∞: their share of the sum and of the derivative is 0.
 *
 *     z = s·(H·Wᵀ)       lse = log Σ eᶻ       y = z[t] − lse
 *     dz = s·(onehot(t) − e^(z − lse))·dy     dH = dz·W     dW = dzᵀ·H, summed over chunks
 *
 * @source Chen et al. 2016 (arXiv:1604.06174) for computing again; the closed form is softmax's derivative
 */
import type { CallOf, Tensor, TensorType } from "../call.ts";
import { sameShape, times, type Dim } from "../shape.ts";
import { packedLength, unpackBits } from "./bits.ts";
import { reshape } from "./broadcasting.ts";
import { loop } from "./control.ts";
import { exp, mul, neg, sub, where } from "./elementwise.ts";
import { gather, gatherElements, scatterElementsAdd } from "./indexing.ts";
import { logSoftmax } from "./normalization.ts";
import { apply, check, required, type OpRows } from "./op.ts";
import { gemm, linear, matmul } from "./products.ts";
import { dimensionOf, fill } from "./sources.ts";

interface ChunkedOps {
  ChunkedLogProbs: { readonly chunks: Dim; readonly size: Dim };
}

declare module "../call.ts" {
  interface OpAttributes extends ChunkedOps {}
}

export const chunkedOps: OpRows<keyof ChunkedOps> = {
  ChunkedLogProbs: {
    types: ([hidden, weight, targets, scales, allowed], { chunks, size }) => {
      const positions = times(chunks, size);
      const fits =
        hidden!.shape.length === 2 &&
        hidden!.shape[0] === positions &&
        hidden!.shape[1] === weight!.shape[1] &&
        [targets!, scales].every((row) => row === undefined || sameShape(row.shape, [positions])) &&
        (allowed === undefined || sameShape(allowed.shape, [positions, maskBytes(weight!)]));
      const expected = `hidden [${positions},D], a weight [V,D], i64 targets and scales [${positions}], u8 bits [${positions},V/8]`;
      check(
        fits && targets!.dtype === "i64" && (allowed === undefined || allowed.dtype === "u8"),
        "chunkedLogProbs",
        expected,
        hidden,
        weight,
        targets,
        scales,
        allowed,
      );
      const row = { dtype: hidden!.dtype, shape: [positions] };
      return [row, row];
    },
    gradient: (dy, call, _dys, isWanted) => {
      const [hidden, weight] = backward(dy, call, isWanted[1] === true);
      return [hidden, weight, undefined, undefined, undefined];
    },
    constantInputs: [3],
    onnx: { expand: (call) => forward(call) },
    samples: [
      {
        inputs: [
          { shape: [2, 1], values: [1, 1] },
          { shape: [2, 1], values: [0, Math.log(3)] },
          { shape: [2], dtype: "i64", values: [1, 0] },
        ],
        build: (h, w, t) => chunkedLogProbs(h!, w!, t!, { chunks: 2, size: 1 }),
        expected: [Math.log(0.75), Math.log(0.25)],
      },
      {
        inputs: [
          { shape: [6, 3] },
          { shape: [5, 3] },
          { shape: [6], dtype: "i64", values: [1, 0, 4, 4, 2, 3] },
          { shape: [6], low: 0.5, high: 2 },
        ],
        build: (h, w, t, scales) => chunkedLogProbs(h!, w!, t!, { chunks: 3, size: 2, scales }),
      },
      {
        inputs: [
          { shape: [2, 1], values: [1, 1] },
          { shape: [3, 1], values: [0, Math.log(3), 5] },
          { shape: [2], dtype: "i64", values: [1, 0] },
          { shape: [2], values: [1, 1] },
          { shape: [2, 1], dtype: "u8", values: [0b011, 0b001] },
        ],
        build: (h, w, t, scales, allowed) =>
          chunkedLogProbs(h!, w!, t!, { chunks: 2, size: 1, scales, allowed }),
        expected: [Math.log(0.75), 0],
      },
    ],
  },
};

interface ChunkOptions {
  /** C: how many chunks. */
  readonly chunks: Dim;
  /** S, positions of a chunk. */
  readonly size: Dim;
  /** [N] factors of the logits, such as inverse temperatures; carry no derivative. */
  readonly scales?: Tensor | undefined;
  /** u8 [N,⌈V/8⌉] bits of the tokens that each position can have (`unpackBits`); the logits of the others count as −∞. Only with `scales`. */
  readonly allowed?: Tensor | undefined;
}

/**
 * Log-probabilities (nats) of targets under softmax(s·H·Wᵀ): hidden [N,D], weight [V,D], targets i64 [N] → [N], N = C·S.
 * The same as `targetLogProbs` of the whole product, with S·V logits in memory instead of N·V.
 */
export const chunkedLogProbs = (
  hidden: Tensor,
  weight: Tensor,
  targets: Tensor,
  { chunks, size, scales, allowed }: ChunkOptions,
): Tensor =>
  apply(
    "ChunkedLogProbs",
    chunkedOps.ChunkedLogProbs,
    [hidden, weight, targets, ...[scales, allowed].filter((one) => one !== undefined)],
    { chunks, size },
  );

/** Bytes of one position's mask. The width of the vocabulary is known in numbers. */
const maskBytes = (weight: TensorType): number => packedLength(weight.shape[0] as number);

/** The logit of a token that is not allowed: e to this power is 0 in f32. */
export const MASKED_LOGIT = -1e30;

type ChunkedCall = CallOf<"ChunkedLogProbs">;

interface ChunkParts {
  readonly weight: Tensor;
  readonly chunks: Dim;
  /** Rows of the chunk that a turn is about: [N] → [S,1]. */
  readonly pick: (rows: Tensor, turn: Tensor) => Tensor;
  /** [S,D] and the scaled logits [S,V] of a turn. */
  readonly logits: (turn: Tensor) => { readonly hidden: Tensor; readonly z: Tensor };
}

function partsOf(call: ChunkedCall): ChunkParts {
  const { chunks, size } = call.attributes;
  const [all, weight] = [required(call, 0), required(call, 1)];
  const [scales, allowed] = [call.inputs[3], call.inputs[4]];
  const width = all.shape[1]!;
  // Shapes are settled outside, so that the body holds nothing but the work itself.
  const stacked = new Map<Tensor, Tensor>();
  const pick = (rows: Tensor, turn: Tensor): Tensor => {
    const stack = stacked.get(rows) ?? reshape(rows, [chunks, size, 1]);
    stacked.set(rows, stack);
    return gather(stack, turn);
  };
  const blocks = reshape(all, [chunks, size, width]);
  const choices = allowed && reshape(allowed, [chunks, size, maskBytes(weight)]);
  const logits = (turn: Tensor) => {
    const hidden = gather(blocks, turn);
    const product = linear(hidden, weight);
    const z = scales === undefined ? product : mul(product, pick(scales, turn));
    if (choices === undefined) return { hidden, z };
    const canBe = unpackBits(gather(choices, turn), weight.shape[0] as number);
    return { hidden, z: where(canBe, z, MASKED_LOGIT) };
  };
  return { weight, chunks, pick, logits };
}

function forward(call: ChunkedCall): readonly Tensor[] {
  const { chunks, pick, logits } = partsOf(call);
  const targets = required(call, 2);
  const { scan } = loop({
    count: dimensionOf(chunks),
    state: [],
    turns: chunks,
    body: (turn) => {
      const { z } = logits(turn);
      const target = pick(targets, turn);
      const chosen = gatherElements(logSoftmax(z), target);
      return { state: [], scan: [chosen, sub(gatherElements(z, target), chosen)] };
    },
  });
  return scan.map((rows, i) => reshape(rows, call.outputs[i]!.shape));
}

/** dH, and dW where it is asked for: carrying it costs one addition of its size per chunk. */
function backward(
  dy: Tensor,
  call: ChunkedCall,
  isWeightWanted: boolean,
): readonly [Tensor, Tensor | undefined] {
  const { weight, chunks, pick, logits } = partsOf(call);
  const [targets, scales, logSums] = [required(call, 2), call.inputs[3], call.outputs[1]!];
  const slopes = scales === undefined ? dy : mul(dy, scales);
  const { state, scan } = loop({
    count: dimensionOf(chunks),
    state: isWeightWanted ? [fill(weight.shape, 0)] : [],
    turns: chunks,
    body: (turn, [sum]) => {
      const { hidden, z } = logits(turn);
      const slope = pick(slopes, turn);
      const pushed = mul(exp(sub(z, pick(logSums, turn))), neg(slope));
      const dz = scatterElementsAdd(pushed, pick(targets, turn), slope);
      const dWeight = sum === undefined ? [] : [gemm(dz, hidden, sum, { transposeA: true })];
      return { state: dWeight, scan: [matmul(dz, weight)] };
    },
  });
  return [reshape(scan[0]!, required(call, 0).shape), state[0]];
}
