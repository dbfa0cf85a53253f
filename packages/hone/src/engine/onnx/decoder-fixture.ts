/**
 * A decoder of the qwen2 kind with its loss and gradients, for tests of whole training graphs.
 *
 * B rows of T tokens, D width, H heads over K key-value heads of width D/H, F inner width, V vocabulary.
 */
import { gradient } from "../../tensor/gradient.ts";
import {
  attention,
  gather,
  input,
  linear,
  mergeHeads,
  mul,
  neg,
  reshape,
  rmsNorm,
  rotary,
  silu,
  splitHeads,
  sum,
  targetLogProbs,
} from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/call.ts";
import { program, type Program } from "../../tensor/program.ts";
import type { Shape } from "../../tensor/shape.ts";

export interface DecoderSizes {
  readonly V: number;
  readonly D: number;
  readonly L: number;
  readonly H: number;
  readonly K: number;
  readonly F: number;
}

export interface TrainingGraph {
  readonly program: Program;
  /** Parameters by name, each with the accumulator `acc:<name>` and the output `g:<name>`. */
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** Forward, weighted cross-entropy summed over tokens, gradients added to accumulators. */
export function trainingGraph(
  sizes: DecoderSizes,
  options: { readonly recompute?: boolean } = {},
): TrainingGraph {
  const parameters = new Map<string, Tensor>();
  const weight = (name: string, shape: Shape): Tensor => {
    const tensor = parameters.get(name) ?? input(name, "f32", shape);
    parameters.set(name, tensor);
    return tensor;
  };
  const embedding = weight("embed", [sizes.V, sizes.D]);
  const tokens = input("tokens", "i64", ["B", "T"]);
  const boundaries = [reshape(gather(embedding, tokens), [-1, sizes.D])];
  const shared = sharedInputs(sizes);
  for (let layer = 0; layer < sizes.L; layer++)
    boundaries.push(
      block(sizes, shared, (key, shape) => weight(`${layer}.${key}`, shape), boundaries.at(-1)!),
    );
  const hidden = rmsNorm(boundaries.at(-1)!, weight("norm", [sizes.D]), 1e-6);
  const { chosen } = targetLogProbs(linear(hidden, embedding), input("targets", "i64", ["B*T", 1]));
  const loss = neg(sum(mul(chosen, input("weights", "f32", ["B*T", 1]))));

  const names = [...parameters.keys()];
  const trained = [...parameters.values()];
  const accumulators = new Map(
    names.map((name, i) => [trained[i]!, input(`acc:${name}`, "f32", trained[i]!.shape)]),
  );
  const gradients = gradient([{ output: loss }], trained, {
    accumulators,
    ...(options.recompute === true ? { checkpoints: boundaries } : {}),
  });
  const outputs = Object.fromEntries(names.map((name, i) => [`g:${name}`, gradients[i]!]));
  return { program: program("train", { loss, logProbs: chosen, ...outputs }), parameters };
}

interface SharedInputs {
  readonly positions: Tensor;
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly mask: Tensor;
}

const sharedInputs = ({ D, H }: DecoderSizes): SharedInputs => ({
  positions: input("positions", "i64", ["B", "T"]),
  cos: input("cos", "f32", ["T", D / H / 2]),
  sin: input("sin", "f32", ["T", D / H / 2]),
  mask: input("mask", "f32", ["T", "T"]),
});

function block(
  { D, H, K, F }: DecoderSizes,
  { positions, cos, sin, mask }: SharedInputs,
  weight: (key: string, shape: Shape) => Tensor,
  x: Tensor,
): Tensor {
  const width = D / H;
  const n = rmsNorm(x, weight("n1", [D]), 1e-6);
  const heads = (key: string, count: number): Tensor =>
    splitHeads(
      linear(n, weight(`w${key}`, [count * width, D]), weight(`b${key}`, [count * width])),
      "B",
      "T",
      count,
    );
  const q = rotary(heads("q", H), positions, cos, sin);
  const k = rotary(heads("k", K), positions, cos, sin);
  const attended = mergeHeads(
    attention(q, k, heads("v", K), { scale: 1 / Math.sqrt(width), mask }),
  );
  const middle = linear(attended, weight("wo", [D, D]), undefined, { residual: x });
  const m = rmsNorm(middle, weight("n2", [D]), 1e-6);
  const inner = mul(silu(linear(m, weight("wg", [F, D]))), linear(m, weight("wu", [F, D])));
  return linear(inner, weight("wd", [D, F]), undefined, { residual: middle });
}
