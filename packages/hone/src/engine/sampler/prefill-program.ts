/**
 * The program that reads tokens given: it makes their keys and values and, where asked, their log-probs.
 *
 * Legend: B rows, S tokens of each, P cached tokens before them, K = P + S keys, M tokens whose log-probs are wanted,
 *         c head size of caches.
 */
import { attention, mergeHeads, splitHeads } from "../../tensor/ops/attention.ts";
import { rotary } from "../../tensor/ops/rotary.ts";
import { reshape } from "../../tensor/ops/broadcasting.ts";
import { and, greater, lessOrEqual, mul, sub, where } from "../../tensor/ops/elementwise.ts";
import { logSoftmax, targetLogProbs } from "../../tensor/ops/normalization.ts";
import { linear } from "../../tensor/ops/products.ts";
import { topK } from "../../tensor/ops/reduce.ts";
import { concat, pad, slice } from "../../tensor/ops/shaping.ts";
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import { type Program, program } from "../../tensor/program.ts";
import { type AttentionKind, cachedHeadSize, headName } from "../models/architecture.ts";
import { ropeInputs } from "../models/program-inputs.ts";
import { decoder } from "../models/transformer.ts";
import { type ModelWeights, weightHooks } from "./model-weights.ts";

const MASKED = -1e30;

export interface PrefillKind {
  /** Earlier tokens are cached; then inputs `past_keys.<layer>`, `past_values.<layer>` [B,KV,P,c] are read. */
  readonly hasPast: boolean;
  /** Log-probs of `targets` [B·S] are wanted. */
  readonly hasTargets: boolean;
  /** With targets: log-probs are those at a temperature, among the tokens that are allowed at each position. Default false. */
  readonly hasBounds?: boolean;
  /** Whether the keys and values of the tokens are wanted. Default true. */
  readonly hasCaches?: boolean;
  /** How many of the likeliest next tokens are wanted with their log-probs. Default: none. */
  readonly topCount?: number;
}

/**
 * Inputs: tokens [B·S], positions [B,S], key_positions [K] (0 … K−1), rope tables by kind, weights; with bounds inverse_temperature []
 * and allowed [B·S,V].
 * Outputs: with caches `keys.<layer>`, `values.<layer>` [B,KV,S,c] of the new tokens; log_probs [B·S,1]; top_tokens and
 * top_log_probs [B·S,topCount], the likeliest first.
 */
export function prefillProgram(
  weights: ModelWeights,
  { hasPast, hasTargets, hasBounds = false, hasCaches = true, topCount = 0 }: PrefillKind,
): Program {
  const { architecture: a } = weights;
  const hooks = weightHooks(weights);
  const keyCount = hasPast ? "K" : "S";
  const positions = input("positions", "i64", ["B", "S"]);
  const keyPositions = reshape(input("key_positions", "i64", [keyCount]), [1, 1, 1, keyCount]);
  const outputs: Record<string, Tensor> = {};

  const kinds = new Map<AttentionKind, { cosines: Tensor; sines: Tensor; mask: Tensor }>();
  for (const kind of new Set(a.attentionKinds)) {
    const own = reshape(positions, ["B", 1, "S", 1]);
    const isBefore = lessOrEqual(keyPositions, own);
    const isSeen =
      kind === "local" ? and(isBefore, greater(keyPositions, sub(own, a.window))) : isBefore;
    kinds.set(kind, { ...ropeInputs(a, kind, "R"), mask: where(isSeen, 0, MASKED) });
  }

  const { headSize } = a;
  const cachedSize = cachedHeadSize(a);
  const asCached = (x: Tensor): Tensor =>
    cachedSize === headSize ? x : pad(x, 3, 0, cachedSize - headSize);
  const fromCached = (x: Tensor): Tensor =>
    cachedSize === headSize ? x : slice(x, 3, 0, headSize);

  const attend = (layer: number, queries: Tensor, keys: Tensor, values: Tensor): Tensor => {
    const { cosines, sines, mask } = kinds.get(a.attentionKinds[layer]!)!;
    const q = rotary(splitHeads(queries, "B", "S", a.headCount), positions, cosines, sines);
    const k = rotary(splitHeads(keys, "B", "S", a.keyValueHeadCount), positions, cosines, sines);
    const v = splitHeads(values, "B", "S", a.keyValueHeadCount);
    if (hasCaches) {
      outputs[`keys.${layer}`] = asCached(k);
      outputs[`values.${layer}`] = asCached(v);
    }
    const all = (name: string, made: Tensor): Tensor => {
      if (!hasPast) return made;
      const past = input(`${name}.${layer}`, "f32", ["B", a.keyValueHeadCount, "P", cachedSize]);
      return concat([fromCached(past), made], 2, "K");
    };
    return mergeHeads(
      attention(q, all("past_keys", k), all("past_values", v), { scale: a.attentionScale, mask }),
    );
  };
  const { hidden } = decoder(a, input("tokens", "i64", ["B*S"]), { ...hooks, attend });
  if (hasTargets) {
    const whole = linear(hidden, hooks.weight(headName(a)));
    const logits = hasBounds ? onlyAllowed(whole, a.vocabularySize) : whole;
    outputs["log_probs"] = targetLogProbs(logits, input("targets", "i64", ["B*S", 1])).chosen;
  }
  if (topCount > 0) {
    const logits = linear(hidden, hooks.weight(headName(a)));
    const { values, indices } = topK(logSoftmax(logits), topCount);
    outputs["top_tokens"] = indices;
    outputs["top_log_probs"] = values;
  }
  return program("prefill", outputs);
}

/** Tempered logits, of the allowed tokens alone. */
function onlyAllowed(logits: Tensor, vocabularySize: number): Tensor {
  const allowed = input("allowed", "bool", ["B*S", vocabularySize]);
  return where(allowed, mul(logits, input("inverse_temperature", "f32", [])), MASKED);
}
