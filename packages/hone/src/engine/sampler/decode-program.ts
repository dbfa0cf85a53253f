/**
 * The program that extends every row of a batch by one token. It runs again and again on the same memory: keys and values
 * are written into the caches in place, and the caller feeds what was chosen.
 *
 * Legend: B rows, P places of the cache, R positions of rope tables, H heads, K key/value heads, d head size of caches.
 */
import { reshape } from "../../tensor/ops/broadcasting.ts";
import { groupQueryAttention } from "../../tensor/ops/cached-attention.ts";
import { cast } from "../../tensor/ops/elementwise.ts";
import { linear } from "../../tensor/ops/products.ts";
import { rotary } from "../../tensor/ops/rotary.ts";
import { pad, slice } from "../../tensor/ops/shaping.ts";
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import { type Program, program } from "../../tensor/program.ts";
import { cachedHeadSize, headName } from "../models/architecture.ts";
import { ropeInputs } from "../models/program-inputs.ts";
import { decoder } from "../models/transformer.ts";
import { type ChoiceKinds, choiceInputs, chooseToken } from "./choose-token.ts";
import { type ModelWeights, weightHooks } from "./model-weights.ts";

/** The runtime's attention rotates heads of a multiple of this size itself, and refuses to rotate others. */
const ROTATED_INSIDE = 16;

/**
 * Inputs: tokens [B] to feed, lengths i32 [B] of what is cached, total i32 [1]: the longest length with the new token,
 * uniforms [B,1], how each row chooses, caches `past_keys.<layer>`, `past_values.<layer>` [B,K,P,d], rope tables by kind,
 * weights. Outputs: chosen, log_probs, sampling_log_probs, entropies (and is_exact, kept_count) [B,1], kept_candidates [B,K] where the kinds tell what was kept, and `keys.<layer>`, `values.<layer>`
 * [B,K,P,d], which are to be bound to the memory of the caches.
 */
export function decodeProgram(weights: ModelWeights, kinds: ChoiceKinds): Program {
  const { architecture: a, excluded } = weights;
  const hooks = weightHooks(weights);
  const lengths = input("lengths", "i32", ["B"]);
  const total = input("total", "i32", [1]);
  const { headSize } = a;
  const cachedSize = cachedHeadSize(a);
  const shape = ["B", a.keyValueHeadCount, "P", cachedSize];
  const isRotatedInside = headSize % ROTATED_INSIDE === 0;
  const positions = reshape(cast(lengths, "i64"), ["B", 1]);
  const outputs: Record<string, Tensor> = {};

  const tables = new Map(
    [...new Set(a.attentionKinds)].map((kind) => [kind, ropeInputs(a, kind, "R")]),
  );

  const attend = (layer: number, queries: Tensor, keys: Tensor, values: Tensor): Tensor => {
    const kind = a.attentionKinds[layer]!;
    const { cosines: cos, sines: sin } = tables.get(kind)!;
    const apart = (x: Tensor, heads: number): Tensor => reshape(x, ["B", heads, 1, headSize]);
    // Zeros after a head change no score, and what they add to the output is cut off again.
    const rows = (x: Tensor, heads: number): Tensor => {
      const whole = cachedSize === headSize ? x : pad(apart(x, heads), 3, 0, cachedSize - headSize);
      return reshape(whole, ["B", 1, heads * cachedSize]);
    };
    const rotated = (x: Tensor, heads: number): Tensor =>
      rows(isRotatedInside ? x : rotary(apart(x, heads), positions, cos, sin), heads);
    const { output, presentK, presentV } = groupQueryAttention({
      q: rotated(queries, a.headCount),
      k: rotated(keys, a.keyValueHeadCount),
      v: rows(values, a.keyValueHeadCount),
      pastK: input(`past_keys.${layer}`, "f32", shape),
      pastV: input(`past_values.${layer}`, "f32", shape),
      lengths,
      total,
      ...(isRotatedInside ? { rotaryTables: { cos, sin } } : {}),
      heads: a.headCount,
      keyValueHeads: a.keyValueHeadCount,
      scale: a.attentionScale,
      ...(kind === "local" ? { window: a.window } : {}),
    });
    outputs[`keys.${layer}`] = presentK;
    outputs[`values.${layer}`] = presentV;
    if (cachedSize === headSize) return reshape(output, ["B", a.headCount * headSize]);
    const heads = reshape(output, ["B", a.headCount, cachedSize]);
    return reshape(slice(heads, 2, 0, headSize), ["B", a.headCount * headSize]);
  };
  const { hidden } = decoder(a, input("tokens", "i64", ["B"]), { ...hooks, attend });
  const logits = linear(hidden, hooks.weight(headName(a)));
  const uniforms = input("uniforms", "f32", ["B", 1]);
  const choice = chooseToken(logits, uniforms, choiceInputs(a.vocabularySize), {
    ...kinds,
    excluded,
  });
  outputs["chosen"] = choice.token;
  outputs["log_probs"] = choice.logProb;
  outputs["sampling_log_probs"] = choice.samplingLogProb;
  outputs["entropies"] = choice.entropy;
  if (choice.isExact !== undefined) outputs["is_exact"] = choice.isExact;
  if (choice.kept !== undefined) {
    outputs["kept_candidates"] = choice.kept.candidates;
    outputs["kept_count"] = choice.kept.count;
  }
  return program("decode", outputs);
}
