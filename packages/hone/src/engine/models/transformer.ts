/**
 * The decoder: token ids in, hidden states out, the same for every family, for training and for decoding.
 *
 * What differs between those two comes in through hooks: how queries meet keys (`attend`), and where linear layers get
 * their weights and adapters (`project`). N is the number of tokens of all rows, flat.
 *
 *     x = embed[tokens]                                    [N, D]
 *     per layer:  x += O(attend(Q(n), K(n), V(n))),  n = norm(x);   x += down(act(gate(m)) ⊙ up(m)),  m = norm(x)
 */
import { geluTanh, silu } from "../../tensor/ops/activation.ts";
import { reshape } from "../../tensor/ops/broadcasting.ts";
import { add, mul } from "../../tensor/ops/elementwise.ts";
import { gather } from "../../tensor/ops/indexing.ts";
import { rmsNorm } from "../../tensor/ops/normalization.ts";
import type { Tensor } from "../../tensor/call.ts";
import type { Dim } from "../../tensor/shape.ts";
import type { Architecture, LinearModule } from "./architecture.ts";

export interface DecoderHooks {
  /** A parameter by its Hugging Face name. */
  readonly weight: (name: string) => Tensor;
  /** x·Wᵀ of a linear layer with its bias and adapter, plus `residual` where given. */
  readonly project: (layer: number, module: LinearModule, x: Tensor, residual?: Tensor) => Tensor;
  /** Queries [N, H·d], keys and values [N, KV·d], before rotation → [N, H·d]. */
  readonly attend: (layer: number, queries: Tensor, keys: Tensor, values: Tensor) => Tensor;
}

export interface DecoderOutput {
  /** [N, D] after the last norm. */
  readonly hidden: Tensor;
  /** [N, D] what enters each layer: where recomputation may cut. */
  readonly boundaries: readonly Tensor[];
}

/** @param tokens [N] i64 */
export function decoder(a: Architecture, tokens: Tensor, hooks: DecoderHooks): DecoderOutput {
  const embedded = gather(hooks.weight("model.embed_tokens.weight"), tokens);
  let x = a.embeddingScale === 1 ? embedded : mul(embedded, a.embeddingScale);
  const boundaries: Tensor[] = [];
  for (let layer = 0; layer < a.layerCount; layer++) {
    boundaries.push(x);
    x = feedForward(a, hooks, layer, attention(a, hooks, layer, x));
  }
  return { hidden: norm(a, hooks, "model.norm", x), boundaries };
}

function norm(a: Architecture, hooks: DecoderHooks, name: string, x: Tensor): Tensor {
  const stored = hooks.weight(`${name}.weight`);
  return rmsNorm(x, a.normOffset === 0 ? stored : add(stored, a.normOffset), a.normEpsilon);
}

function attention(a: Architecture, hooks: DecoderHooks, layer: number, x: Tensor): Tensor {
  const prefix = `model.layers.${layer}`;
  const n = norm(a, hooks, `${prefix}.input_layernorm`, x);
  const queries = headNorm(
    a,
    hooks,
    `${prefix}.self_attn.q_norm`,
    hooks.project(layer, "q_proj", n),
    a.headCount,
  );
  const keys = headNorm(
    a,
    hooks,
    `${prefix}.self_attn.k_norm`,
    hooks.project(layer, "k_proj", n),
    a.keyValueHeadCount,
  );
  const values = hooks.project(layer, "v_proj", n);
  const attended = hooks.attend(layer, queries, keys, values);
  if (!a.hasSandwichNorms) return hooks.project(layer, "o_proj", attended, x);
  return add(
    x,
    norm(a, hooks, `${prefix}.post_attention_layernorm`, hooks.project(layer, "o_proj", attended)),
  );
}

/** RMSNorm of every head by itself: [N, heads·d] seen as [N·heads, d]. */
function headNorm(
  a: Architecture,
  hooks: DecoderHooks,
  name: string,
  x: Tensor,
  heads: number,
): Tensor {
  if (!a.hasQueryKeyNorms) return x;
  const rows: Dim = x.shape[0]!;
  const normed = norm(a, hooks, name, reshape(x, [rows, heads, a.headSize]));
  return reshape(normed, [rows, heads * a.headSize]);
}

function feedForward(a: Architecture, hooks: DecoderHooks, layer: number, x: Tensor): Tensor {
  const prefix = `model.layers.${layer}`;
  const before = a.hasSandwichNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm";
  const n = norm(a, hooks, `${prefix}.${before}`, x);
  const gate = hooks.project(layer, "gate_proj", n);
  const activated = a.activation === "silu" ? silu(gate) : geluTanh(gate);
  const inner = mul(activated, hooks.project(layer, "up_proj", n));
  if (!a.hasSandwichNorms) return hooks.project(layer, "down_proj", inner, x);
  return add(
    x,
    norm(
      a,
      hooks,
      `${prefix}.post_feedforward_layernorm`,
      hooks.project(layer, "down_proj", inner),
    ),
  );
}
