/**
 * The forward pass over whole rows, with adapters and dropout, up to the log-probs of the targets (or the values).
 *
 * Legend: B rows of T tokens, N = B·T flat, M positions that count, D width, V vocabulary. In chunks: M = C·S.
 */
import { attention, mergeHeads, splitHeads } from "../../tensor/ops/attention.ts";
import { rotary } from "../../tensor/ops/rotary.ts";
import { reshape, unsqueeze } from "../../tensor/ops/broadcasting.ts";
import { chunkedLogProbs } from "../../tensor/ops/chunked-log-probs.ts";
import { mul } from "../../tensor/ops/elementwise.ts";
import { gather } from "../../tensor/ops/indexing.ts";
import { targetLogProbs } from "../../tensor/ops/normalization.ts";
import { linear } from "../../tensor/ops/products.ts";
import { dropout } from "../../tensor/ops/random.ts";
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/program.ts";
import { type Dim, times } from "../../tensor/shape.ts";
import { adaptedProjection } from "../lora/adapted-projection.ts";
import type { LoraConfig } from "../lora/lora.ts";
import {
  type Architecture,
  type AttentionKind,
  type LinearModule,
  headName,
  linearModules,
} from "../models/architecture.ts";
import { ropeInputs } from "../models/program-inputs.ts";
import { decoder } from "../models/transformer.ts";

export type Head = "lm" | "value";

export const valueHeadName = "value_head.weight";

export interface ForwardOptions {
  readonly architecture: Architecture;
  readonly lora: LoraConfig | undefined;
  readonly head: Head;
  /** A parameter of the base model or the adapter, as an input. */
  readonly weight: (name: string) => Tensor;
  readonly hasTemperature: boolean;
  readonly hasDropout: boolean;
  /** The positions that count come as C chunks of S, so that the logits of one chunk live at a time. */
  readonly hasChunks: boolean;
}

export interface ForwardPass {
  /** [M] or [C·S]: log-probs of the targets, or values. */
  readonly result: Tensor;
  readonly boundaries: readonly Tensor[];
}

/** Inputs besides the weights: tokens [N], positions [B,T], places [M], targets [M] (or [C,S]), masks and rope tables by kind. */
export function forwardPass(options: ForwardOptions): ForwardPass {
  const { architecture: a, lora, weight } = options;
  const positions = input("positions", "i64", ["B", "T"]);
  const keys = options.hasDropout ? input("dropout_keys", "u32", ["B*T"]) : undefined;
  const contexts = new Map<AttentionKind, AttentionContext>();
  for (const kind of new Set(a.attentionKinds)) contexts.set(kind, attentionContext(a, kind));

  const attend = (layer: number, queries: Tensor, keysOf: Tensor, values: Tensor): Tensor => {
    const { cosines, sines, mask } = contexts.get(a.attentionKinds[layer]!)!;
    const q = rotary(splitHeads(queries, "B", "T", a.headCount), positions, cosines, sines);
    const k = rotary(splitHeads(keysOf, "B", "T", a.keyValueHeadCount), positions, cosines, sines);
    const v = splitHeads(values, "B", "T", a.keyValueHeadCount);
    return mergeHeads(attention(q, k, v, { scale: a.attentionScale, mask }));
  };
  // One stream per place that drops, so no two layers share a mask.
  const stream = (layer: number, module: LinearModule): number =>
    layer * linearModules.length + linearModules.indexOf(module);
  const project = adaptedProjection(a, lora, weight, (x, layer, module) =>
    keys === undefined || lora === undefined
      ? x
      : dropout(x, lora.dropout, keys, stream(layer, module)),
  );

  const tokens = input("tokens", "i64", ["B*T"]);
  const { hidden, boundaries } = decoder(a, tokens, { weight, project, attend });
  const picked = gather(hidden, input("places", "i64", [entryCount(options)]));
  return { result: headOutput(options, picked), boundaries };
}

interface AttentionContext {
  readonly cosines: Tensor;
  readonly sines: Tensor;
  readonly mask: Tensor;
}

function attentionContext(a: Architecture, kind: AttentionKind): AttentionContext {
  return {
    ...ropeInputs(a, kind, "T"),
    mask: input(`mask_${kind}`, "f32", ["T", "T"]),
  };
}

const entryCount = ({ hasChunks }: ForwardOptions): Dim => (hasChunks ? times("C", "S") : "M");

/** hidden [M, D] → [M] */
function headOutput(options: ForwardOptions, hidden: Tensor): Tensor {
  const { architecture: a, head, weight, hasTemperature, hasChunks } = options;
  const entries = entryCount(options);
  if (head === "value") return reshape(linear(hidden, weight(valueHeadName)), [entries]);
  const embeddings = weight(headName(a));
  const scales = hasTemperature ? input("inverse_temperatures", "f32", [entries]) : undefined;
  if (hasChunks) {
    const targets = reshape(input("targets", "i64", ["C", "S"]), [entries]);
    return chunkedLogProbs(hidden, embeddings, targets, { chunks: "C", size: "S", scales });
  }
  const logits = linear(hidden, embeddings);
  const scaled = scales === undefined ? logits : mul(logits, unsqueeze(scales, 1));
  const targets = unsqueeze(input("targets", "i64", [entries]), 1);
  return reshape(targetLogProbs(scaled, targets).chosen, [entries]);
}
