/**
 * The program that extends every row of a batch by a chunk of tokens in one run.
 *
 * A loop over tokens runs inside the graph. The caches of what came before are read in place and never returned; keys and
 * values made in this run sit in a small cache that the loop carries and extends, and only those are handed out. One run
 * of a small model is mostly the overhead of starting it and of copying outputs, so a chunk costs little more than a token.
 *
 * Legend: B rows, P places of the cache, C turns so far with the present one, K key/value heads, G queries per key,
 * d head size.
 */
import { rotary } from "../../tensor/ops/rotary.ts";
import { expand, reshape } from "../../tensor/ops/broadcasting.ts";
import { loop } from "../../tensor/ops/control.ts";
import { add, and, greater, less, sub, where } from "../../tensor/ops/elementwise.ts";
import { gather } from "../../tensor/ops/indexing.ts";
import { softmax } from "../../tensor/ops/normalization.ts";
import { linear, matmul } from "../../tensor/ops/products.ts";
import { concat, split } from "../../tensor/ops/shaping.ts";
import { constant, fill, input, range } from "../../tensor/ops/sources.ts";
import { type Program, program, type Tensor } from "../../tensor/program.ts";
import type { Architecture, AttentionKind } from "../models/architecture.ts";
import { decoder } from "../models/transformer.ts";
import { type ChoiceInputs, type ChoiceKinds, choiceInputs, chooseToken } from "./choose-token.ts";
import { headName, type ModelWeights, weightHooks } from "./model-weights.ts";

/** What a masked score gets added; e to this power is 0 in f32. */
const MASKED = -1e30;

/**
 * Inputs: tokens [B] to feed first, lengths [B] of what is cached, turns, uniforms [chunk,B], how each row chooses, caches
 * `past_keys.<layer>`, `past_values.<layer>` [B,K,P,d], rope tables by kind, weights.
 * Outputs: tokens, log_probs, sampling_log_probs (and is_exact) [turns,B,1], `keys.<layer>`, `values.<layer>` [B,K,turns,d].
 */
export function decodeProgram(weights: ModelWeights, kinds: ChoiceKinds, chunk: number): Program {
  const { architecture: a } = weights;
  const hooks = weightHooks(weights);
  const choose = choiceInputs();
  const context = new DecodeContext(a);
  const uniforms = input("uniforms", "f32", [chunk, "B"]);
  const empty = fill(["B", a.keyValueHeadCount, 0, a.headSize], 0);
  const caches = Array.from({ length: 2 * a.layerCount }, () => empty);
  const made = { dtype: "f32", shape: ["B", a.keyValueHeadCount, "T", a.headSize] } as const;
  const tokenInput = input("tokens", "i64", ["B"]);

  const { state, scan } = loop({
    count: input("turns", "i64", []),
    state: [tokenInput, constant([0], "i64"), ...caches],
    types: [tokenInput, { dtype: "i64", shape: ["C"] }, ...caches.map(() => made)],
    body: (turn, [tokens, turnsSoFar, ...carried]) => {
      const extended: Tensor[] = [];
      const step = context.at(turn, turnsSoFar!);
      const { hidden } = decoder(a, tokens!, {
        ...hooks,
        attend: (layer, queries, keys, values) => {
          const chunkCaches = { keys: carried[2 * layer]!, values: carried[2 * layer + 1]! };
          const { output, chunkKeys, chunkValues } = step.attend(
            layer,
            queries,
            keys,
            values,
            chunkCaches,
          );
          extended.push(chunkKeys, chunkValues);
          return output;
        },
      });
      const logits = linear(hidden, hooks.weight(headName(a)));
      const uniform = reshape(gather(uniforms, turn), ["B", 1]);
      const turnsToCome = concat([turnsSoFar!, reshape(add(turn, 1), [1])], 0, "C2");
      return turnResults(logits, uniform, choose, kinds, [turnsToCome, ...extended]);
    },
  });
  return program("decode", named(a, state.slice(2), scan));
}

function turnResults(
  logits: Tensor,
  uniform: Tensor,
  inputs: ChoiceInputs,
  kinds: ChoiceKinds,
  carried: readonly Tensor[],
) {
  const { token, logProb, samplingLogProb, isExact } = chooseToken(logits, uniform, inputs, kinds);
  const scan = [token, logProb, samplingLogProb, ...(isExact === undefined ? [] : [isExact])];
  return { state: [reshape(token, ["B"]), ...carried], scan };
}

function named(
  a: Architecture,
  caches: readonly Tensor[],
  scan: readonly Tensor[],
): Record<string, Tensor> {
  const [tokens, logProbs, samplingLogProbs, isExact] = scan;
  const outputs: Record<string, Tensor> = {
    chosen: tokens!,
    log_probs: logProbs!,
    sampling_log_probs: samplingLogProbs!,
  };
  if (isExact !== undefined) outputs["is_exact"] = isExact;
  for (let layer = 0; layer < a.layerCount; layer++) {
    outputs[`keys.${layer}`] = caches[2 * layer]!;
    outputs[`values.${layer}`] = caches[2 * layer + 1]!;
  }
  return outputs;
}

interface ChunkCaches {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** What attention reads in every turn. */
class DecodeContext {
  readonly #a: Architecture;
  readonly #lengths = input("lengths", "i64", ["B"]);
  readonly #past: readonly ChunkCaches[];
  readonly #tables = new Map<AttentionKind, { readonly cosines: Tensor; readonly sines: Tensor }>();

  constructor(a: Architecture) {
    this.#a = a;
    const shape = ["B", a.keyValueHeadCount, "P", a.headSize];
    this.#past = Array.from({ length: a.layerCount }, (_, layer) => ({
      keys: input(`past_keys.${layer}`, "f32", shape),
      values: input(`past_values.${layer}`, "f32", shape),
    }));
    for (const kind of new Set(a.attentionKinds)) this.#tables.set(kind, ropeInputs(a, kind));
  }

  /** Attention of one turn: masks and positions are made once for all layers. `turnsSoFar` is [C]: 0 … turn. */
  at(turn: Tensor, turnsSoFar: Tensor) {
    const a = this.#a;
    const group = a.headCount / a.keyValueHeadCount;
    const positions = reshape(add(this.#lengths, turn), ["B", 1]);
    const biases = new Map<AttentionKind, Tensor>();
    for (const kind of this.#tables.keys())
      biases.set(kind, this.#bias(kind, turn, turnsSoFar, positions));

    const attend = (
      layer: number,
      queries: Tensor,
      keys: Tensor,
      values: Tensor,
      chunk: ChunkCaches,
    ) => {
      const kind = a.attentionKinds[layer]!;
      const { cosines, sines } = this.#tables.get(kind)!;
      const past = this.#past[layer]!;
      const heads = (x: Tensor, count: number): Tensor => reshape(x, ["B", count, 1, a.headSize]);
      const q = reshape(rotary(heads(queries, a.headCount), positions, cosines, sines), [
        "B",
        a.keyValueHeadCount,
        group,
        a.headSize,
      ]);
      const key = rotary(heads(keys, a.keyValueHeadCount), positions, cosines, sines);
      const chunkKeys = concat([chunk.keys, key], 2, "C");
      const chunkValues = concat([chunk.values, heads(values, a.keyValueHeadCount)], 2, "C");
      const product = { transposeB: true, alpha: a.attentionScale };
      const scores = concat(
        [matmul(q, past.keys, product), matmul(q, chunkKeys, product)],
        -1,
        "PC",
      );
      const shares = softmax(add(scores, biases.get(kind)!));
      const [sharesOfPast, sharesOfChunk] = split(shares, -1, ["P", "C"]);
      const mixed = add(matmul(sharesOfPast!, past.values), matmul(sharesOfChunk!, chunkValues));
      return { output: reshape(mixed, ["B", a.headCount * a.headSize]), chunkKeys, chunkValues };
    };
    return { attend };
  }

  /** [B,1,1,P+C]: 0 where the token of this turn sees a place, else so low that its share is 0. */
  #bias(kind: AttentionKind, turn: Tensor, turnsSoFar: Tensor, positions: Tensor): Tensor {
    const places = reshape(range("P"), [1, 1, 1, "P"]);
    const column = (x: Tensor): Tensor => reshape(x, ["B", 1, 1, 1]);
    const isCached = less(places, column(this.#lengths));
    const turns = reshape(turnsSoFar, [1, 1, 1, "C"]);
    // A local layer sees keys after its own position − window; a global one everything.
    const { window } = this.#a;
    const isLocal = kind === "local";
    const seenPast = isLocal
      ? and(isCached, greater(places, sub(column(positions), window)))
      : isCached;
    const seenTurns = greater(turns, isLocal ? sub(turn, window) : -1);
    const turnBias = expand(where(seenTurns, 0, MASKED), ["B", 1, 1, "C"]);
    return concat([where(seenPast, 0, MASKED), turnBias], -1, "PC");
  }
}

/** Rope tables of one kind of layer, [R, d/2] for positions below R. */
export const ropeInputs = (a: Architecture, kind: AttentionKind) => ({
  cosines: input(`cosines_${kind}`, "f32", ["R", a.headSize / 2]),
  sines: input(`sines_${kind}`, "f32", ["R", a.headSize / 2]),
});
