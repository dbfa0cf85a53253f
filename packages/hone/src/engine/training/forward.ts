/**
 * The forward pass over whole rows, with adapters and dropout, up to the log-probs of the targets (or the values).
 *
 * Legend: R rows of T tokens, N = R·T flat, U prefixes of P tokens, K = P + T keys a token may see, M positions that count,
 * D width, V vocabulary. In chunks: M = C·S.
 */
import { attention, mergeHeads, splitHeads } from "../../tensor/ops/attention.ts";
import { rotary } from "../../tensor/ops/rotary.ts";
import { packedLength, unpackBits } from "../../tensor/ops/bits.ts";
import { reshape, unsqueeze } from "../../tensor/ops/broadcasting.ts";
import { chunkedLogProbs, MASKED_LOGIT } from "../../tensor/ops/chunked-log-probs.ts";
import { mul, where } from "../../tensor/ops/elementwise.ts";
import { gather, pickRows } from "../../tensor/ops/indexing.ts";
import { targetLogProbs } from "../../tensor/ops/normalization.ts";
import { linear, matmul } from "../../tensor/ops/products.ts";
import { dropout } from "../../tensor/ops/random.ts";
import { concat } from "../../tensor/ops/shaping.ts";
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import { type Dim, type Shape, times } from "../../tensor/shape.ts";
import { adaptedProjection } from "../lora/adapted-projection.ts";
import type { LoraConfig } from "../lora/lora.ts";
import {
  type Architecture,
  type AttentionKind,
  type LinearModule,
  headName,
  linearModules,
} from "../models/architecture.ts";
import { type Head, valueHeadName } from "../models/heads.ts";
import { ropeInputs } from "../models/program-inputs.ts";
import { decoder, type DecoderHooks } from "../models/transformer.ts";

export interface ForwardOptions {
  readonly architecture: Architecture;
  readonly lora: LoraConfig | undefined;
  readonly head: Head;
  /** A parameter of the base model or the adapter, as an input. */
  readonly weight: (name: string) => Tensor;
  readonly hasTemperature: boolean;
  /** Some positions can have some tokens only; then there are inverse temperatures, too. */
  readonly hasBounds: boolean;
  readonly hasDropout: boolean;
  /** The positions that count come as C chunks of S, so that the logits of one chunk live at a time. */
  readonly hasChunks: boolean;
  /** No position is read twice. */
  readonly hasDistinctPlaces: boolean;
  /** Rows continue prefixes that are computed once. */
  readonly hasPrefixes: boolean;
}

export interface ForwardPass {
  /** [M] or [C·S]: log-probs of the targets, or values. */
  readonly result: Tensor;
  readonly boundaries: readonly Tensor[];
}

/**
 * Inputs besides the weights: tokens [N], positions [R,T], places [M], targets [M] (or [C,S]), allowed [M,⌈V/8⌉] (bits) with bounds, and masks and rope tables by
 * kind; with prefixes also prefix_tokens [U·P], prefix_positions [U,P], prefix_owners [R,U] and prefix masks.
 */
export function forwardPass(options: ForwardOptions): ForwardPass {
  const { architecture: a, lora, weight } = options;
  const keys = options.hasDropout ? input("dropout_keys", "u32", ["R*T"]) : undefined;
  // One stream per place that drops, so no two layers share a mask.
  const stream = (layer: number, module: LinearModule): number =>
    layer * linearModules.length + linearModules.indexOf(module);
  const project = adaptedProjection(a, lora, weight, (x, layer, module) =>
    keys === undefined || lora === undefined
      ? x
      : dropout(x, lora.dropout, keys, stream(layer, module)),
  );
  const tables = ropeInputsByKind(a, options.hasPrefixes ? "K" : "T");
  const prefixes = options.hasPrefixes ? prefixPass(a, { weight, project }, tables) : undefined;
  const tokens = input("tokens", "i64", ["R*T"]);
  const attend = rowAttention(a, tables, prefixes);
  const { hidden, boundaries } = decoder(a, tokens, { weight, project, attend });
  const places = input("places", "i64", [entryCount(options)]);
  const picked = (options.hasDistinctPlaces ? pickRows : gather)(hidden, places);
  return {
    result: headOutput(options, picked),
    // In the order of computation: a layer of the rows reads that layer of the prefixes.
    boundaries: boundaries.flatMap((boundary, layer) =>
      prefixes === undefined ? [boundary] : [prefixes.boundaries[layer]!, boundary],
    ),
  };
}

type Projections = Pick<DecoderHooks, "weight" | "project">;
type RopeTables = ReadonlyMap<AttentionKind, ReturnType<typeof ropeInputs>>;

const ropeInputsByKind = (a: Architecture, positions: Dim): RopeTables =>
  new Map(
    Array.from(
      new Set(a.attentionKinds),
      (kind) => [kind, ropeInputs(a, kind, positions)] as const,
    ),
  );

/** Queries and keys rotated, all as heads: [rows, heads, tokens, d]. */
function headsOf(
  a: Architecture,
  tables: RopeTables,
  rows: { readonly positions: Tensor; readonly count: Dim; readonly length: Dim },
) {
  const { positions, count, length } = rows;
  return (layer: number, queries: Tensor, keys: Tensor, values: Tensor) => {
    const { cosines, sines } = tables.get(a.attentionKinds[layer]!)!;
    const turned = (x: Tensor, heads: number): Tensor =>
      rotary(splitHeads(x, count, length, heads), positions, cosines, sines);
    return {
      q: turned(queries, a.headCount),
      k: turned(keys, a.keyValueHeadCount),
      v: splitHeads(values, count, length, a.keyValueHeadCount),
    };
  };
}

/** What rows read of their prefixes. */
interface PrefixPass {
  /** By layer, [U, heads, P, d]. */
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
  readonly boundaries: readonly Tensor[];
}

/** The decoder over the prefixes; only its keys and values are used, so its last layer ends with them. */
function prefixPass(a: Architecture, projections: Projections, tables: RopeTables): PrefixPass {
  const positions = input("prefix_positions", "i64", ["U", "P"]);
  const heads = headsOf(a, tables, { positions, count: "U", length: "P" });
  const masks = maskInputs(a, "prefix_mask", ["P", "P"]);
  const [keys, values]: [Tensor[], Tensor[]] = [[], []];
  const attend: DecoderHooks["attend"] = (layer, ...projected) => {
    const { q, k, v } = heads(layer, ...projected);
    keys.push(k);
    values.push(v);
    const mask = masks.get(a.attentionKinds[layer]!)!;
    return mergeHeads(attention(q, k, v, { scale: a.attentionScale, mask }));
  };
  const tokens = input("prefix_tokens", "i64", [times("U", "P")]);
  const { boundaries } = decoder(a, tokens, { ...projections, attend });
  return { keys, values, boundaries };
}

/** Every token sees its row's prefix, if it has one, and its row up to itself. */
function rowAttention(
  a: Architecture,
  tables: RopeTables,
  prefixes: PrefixPass | undefined,
): DecoderHooks["attend"] {
  const positions = input("positions", "i64", ["R", "T"]);
  const heads = headsOf(a, tables, { positions, count: "R", length: "T" });
  const masks = maskInputs(a, "mask", ["T", prefixes === undefined ? "T" : "K"]);
  const owners = prefixes === undefined ? undefined : input("prefix_owners", "f32", ["R", "U"]);
  const behind = (own: Tensor, prefix: Tensor | undefined): Tensor =>
    prefix === undefined ? own : concat([continued(prefix, owners!), own], 2, "K");
  return (layer, ...projected) => {
    const { q, k, v } = heads(layer, ...projected);
    const mask = masks.get(a.attentionKinds[layer]!)!;
    const [keys, values] = [behind(k, prefixes?.keys[layer]), behind(v, prefixes?.values[layer])];
    return mergeHeads(attention(q, keys, values, { scale: a.attentionScale, mask }));
  };
}

/**
 * [U, heads, P, d] → [R, heads, P, d]: each row's prefix, by a product with ones and zeros. It copies exactly, and its
 * derivative, the sum over a prefix's rows, is a product too.
 */
function continued(prefix: Tensor, owners: Tensor): Tensor {
  const [count, ...rest] = prefix.shape;
  const flat = reshape(prefix, [count!, times(...rest)]);
  return reshape(matmul(owners, flat), [owners.shape[0]!, ...rest]);
}

const maskInputs = (
  a: Architecture,
  name: string,
  shape: Shape,
): ReadonlyMap<AttentionKind, Tensor> =>
  new Map(
    Array.from(
      new Set(a.attentionKinds),
      (kind) => [kind, input(`${name}_${kind}`, "f32", shape)] as const,
    ),
  );

const entryCount = ({ hasChunks }: ForwardOptions): Dim => (hasChunks ? times("C", "S") : "M");

/** hidden [M, D] → [M] */
function headOutput(options: ForwardOptions, hidden: Tensor): Tensor {
  const { architecture: a, head, weight, hasTemperature, hasBounds, hasChunks } = options;
  const entries = entryCount(options);
  if (head === "value") return reshape(linear(hidden, weight(valueHeadName)), [entries]);
  const embeddings = weight(headName(a));
  const maskBytes = packedLength(a.vocabularySize);
  const allowed = hasBounds ? input("allowed", "u8", [entries, maskBytes]) : undefined;
  const scales = hasTemperature ? input("inverse_temperatures", "f32", [entries]) : undefined;
  if (hasChunks) {
    const targets = reshape(input("targets", "i64", ["C", "S"]), [entries]);
    return chunkedLogProbs(hidden, embeddings, targets, {
      chunks: "C",
      size: "S",
      scales,
      allowed,
    });
  }
  const logits = linear(hidden, embeddings);
  const tempered = scales === undefined ? logits : mul(logits, unsqueeze(scales, 1));
  const scaled =
    allowed === undefined
      ? tempered
      : where(unpackBits(allowed, a.vocabularySize), tempered, MASKED_LOGIT);
  const targets = unsqueeze(input("targets", "i64", [entries]), 1);
  return reshape(targetLogProbs(scaled, targets).chosen, [entries]);
}
