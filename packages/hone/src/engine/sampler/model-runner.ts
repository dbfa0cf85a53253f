/** Runs the sampler's programs on one set of weights: reads tokens into caches, extends rows, scores given tokens. */
import type { TokenIds } from "../../core/rollout.ts";
import type { Program } from "../../tensor/program.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import { ropeTables } from "../models/rope.ts";
import type { SessionPool, Sizes } from "../runtime/session-pool.ts";
import type { ChoiceKinds } from "./choose-token.ts";
import { decodeProgram } from "./decode-program.ts";
import type { ModelWeights } from "./model-weights.ts";
import { type PrefillKind, prefillProgram } from "./prefill-program.ts";
import { extendEntry, type NewColumns, type RowCaches, type RowEntry } from "./row-caches.ts";
import type { RowTurns, Sequence } from "./sequence.ts";

/** Tokens of one row read in one run; bounds the memory of scores and of hidden states. */
const PREFILL_TOKENS = 512;
/** Logits held at once while given tokens are scored. */
const SCORED_LOGITS = 1 << 23;
/** The smallest rope table, so that a growing conversation does not make a new one each turn. */
const ROPE_POSITIONS = 1024;

export interface RowResult extends RowTurns {
  /** How many turns' tokens are known to be drawn from the right distribution; fewer than asked only with filters. */
  readonly exactCount: number;
}

export interface DecodeResult {
  readonly rows: readonly RowResult[];
  readonly columns: NewColumns;
}

/** Runs of each program so far, and the tokens of prompts that were read rather than found. */
export interface RunCounts {
  readonly prefill: number;
  readonly decode: number;
  readonly score: number;
  readonly tokensRead: number;
}

export class ModelRunner {
  readonly #weights: ModelWeights;
  readonly #sessions: SessionPool;
  readonly #programs = new Map<string, Program>();
  #rope:
    | { readonly positions: number; readonly feeds: Readonly<Record<string, Float32Array>> }
    | undefined;
  readonly runCounts = { prefill: 0, decode: 0, score: 0, tokensRead: 0 };

  constructor(weights: ModelWeights, sessions: SessionPool) {
    this.#weights = weights;
    this.#sessions = sessions;
  }

  /** Keys and values of every prompt, all without an earlier entry and of equal padded length, in one run. */
  async readTogether(prompts: readonly TokenIds[], length: number): Promise<RowEntry[]> {
    const { outputs } = await this.#prefill(
      { hasPast: false, hasTargets: false },
      prompts,
      0,
      length,
      undefined,
    );
    const columns = this.#columns(outputs, length);
    return prompts.map((prompt, row) => this.#extend(undefined, columns, row, prompt.length));
  }

  /** The entry extended by tokens, in as many runs as their number takes. */
  async read(entry: RowEntry | undefined, tokens: TokenIds): Promise<RowEntry | undefined> {
    let extended = entry;
    for (let at = 0; at < tokens.length; at += PREFILL_TOKENS) {
      const part = tokens.slice(at, at + PREFILL_TOKENS);
      const kind = { hasPast: extended !== undefined, hasTargets: false };
      const { outputs } = await this.#prefill(
        kind,
        [part],
        extended?.length ?? 0,
        part.length,
        extended,
      );
      extended = this.#extend(extended, this.#columns(outputs, part.length), 0, part.length);
    }
    return extended;
  }

  /** [T] log-prob of each token given those before it; the first is 0. */
  async logProbs(tokens: TokenIds): Promise<Float32Array> {
    const logProbs = new Float32Array(tokens.length);
    const { vocabularySize } = this.#weights.architecture;
    const step = Math.min(PREFILL_TOKENS, Math.max(16, Math.floor(SCORED_LOGITS / vocabularySize)));
    let entry: RowEntry | undefined;
    for (let at = 0; at < tokens.length - 1; at += step) {
      const part = tokens.slice(at, Math.min(at + step, tokens.length - 1));
      const targets = BigInt64Array.from(tokens.slice(at + 1, at + 1 + part.length), BigInt);
      const { outputs } = await this.#prefill(
        { hasPast: at > 0, hasTargets: true },
        [part],
        at,
        part.length,
        entry,
        targets,
      );
      logProbs.set(outputs["log_probs"] as Float32Array, at + 1);
      entry = this.#extend(entry, this.#columns(outputs, part.length), 0, part.length);
    }
    return logProbs;
  }

  /** Extends every row by `turns` tokens. Row i of the caches belongs to `sequences[i]`. */
  async decode(
    sequences: readonly Sequence[],
    caches: RowCaches,
    kinds: ChoiceKinds,
    chunk: number,
    turns: number,
  ): Promise<DecodeResult> {
    this.runCounts.decode++;
    const { greedy, plain, filtered, tempered, candidates } = kinds;
    const name = `decode ${[chunk, greedy, plain, filtered, tempered, candidates].join(" ")}`;
    const uniforms = new Float32Array(chunk * sequences.length);
    sequences.forEach((sequence, b) => {
      for (let t = 0; t < turns; t++) uniforms[t * sequences.length + b] = sequence.uniform(t);
    });
    const columnOf = (value: (sequence: Sequence) => number): Float32Array =>
      Float32Array.from(sequences, value);
    const flags = (value: (sequence: Sequence) => boolean): Uint8Array =>
      Uint8Array.from(sequences, (s) => (value(s) ? 1 : 0));
    const integers = (value: (sequence: Sequence) => number): BigInt64Array =>
      BigInt64Array.from(sequences, (s) => BigInt(value(s)));
    const feeds = {
      ...caches.feeds(sequences.length),
      tokens: integers((s) => s.nextInput),
      lengths: integers((s) => s.cachedLength),
      turns: BigInt64Array.of(BigInt(turns)),
      uniforms,
      inverse_temperature: columnOf((s) =>
        s.params.temperature === 0 ? 1 : 1 / s.params.temperature,
      ),
      is_greedy: flags((s) => s.params.temperature === 0),
      is_filtered: flags(isFiltered),
      top_k: integers((s) => s.params.topK),
      // A running sum may round up to 1 before the last token; 1 means no cut.
      top_p: columnOf((s) => (s.params.topP === 1 ? 2 : s.params.topP)),
      min_p: columnOf((s) => s.params.minP),
      ...this.#ropeFeeds(Math.max(...sequences.map((s) => s.cachedLength)) + chunk),
    };
    const sizes = { B: sequences.length, P: caches.places, R: this.#rope!.positions };
    const outputs = await this.#run(
      name,
      () => decodeProgram(this.#weights, kinds, chunk),
      feeds,
      sizes,
    );
    return {
      rows: rowResults(outputs, sequences.length, turns),
      columns: this.#columns(outputs, turns),
    };
  }

  async #prefill(
    kind: PrefillKind,
    rows: readonly TokenIds[],
    past: number,
    length: number,
    entry: RowEntry | undefined,
    targets?: BigInt64Array,
  ) {
    this.runCounts[kind.hasTargets ? "score" : "prefill"]++;
    if (!kind.hasTargets)
      this.runCounts.tokensRead += rows.reduce((sum, row) => sum + row.length, 0);
    const tokens = new BigInt64Array(rows.length * length);
    rows.forEach((row, b) => row.forEach((token, t) => (tokens[b * length + t] = BigInt(token))));
    const feeds: Record<string, TypedArray> = {
      tokens,
      positions: BigInt64Array.from(tokens, (_, i) => BigInt(past + (i % length))),
      key_positions: BigInt64Array.from({ length: past + length }, (_, i) => BigInt(i)),
      ...this.#ropeFeeds(past + length),
    };
    entry?.keys.forEach((keys, layer) => (feeds[`past_keys.${layer}`] = keys));
    entry?.values.forEach((values, layer) => (feeds[`past_values.${layer}`] = values));
    if (targets !== undefined) feeds["targets"] = targets;
    const sizes = {
      B: rows.length,
      S: length,
      P: past,
      K: past + length,
      R: this.#rope!.positions,
    };
    const name = `prefill ${kind.hasPast} ${kind.hasTargets}`;
    return {
      outputs: await this.#run(name, () => prefillProgram(this.#weights, kind), feeds, sizes),
    };
  }

  async #run(
    name: string,
    make: () => Program,
    feeds: Readonly<Record<string, TypedArray>>,
    sizes: Sizes,
  ) {
    const { lora, arrays } = this.#weights;
    // Clients of one engine share sessions; programs differ by the adapter's shape.
    const key = `sampler ${name} ${JSON.stringify(lora ?? null)}`;
    const known = this.#programs.get(key) ?? make();
    this.#programs.set(key, known);
    const session = await this.#sessions.open(key, () => known);
    const bound = Object.fromEntries(
      Object.keys(known.inputs).map((input) => [input, feeds[input] ?? arrays.get(input)!]),
    );
    const outputs = await session.run(bound, sizes);
    return Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, data]));
  }

  #columns(outputs: Readonly<Record<string, TypedArray>>, count: number): NewColumns {
    const layers = Array.from(
      { length: this.#weights.architecture.layerCount },
      (_, layer) => layer,
    );
    const of = (name: string): Float32Array[] =>
      layers.map((layer) => outputs[`${name}.${layer}`] as Float32Array);
    return { count, keys: of("keys"), values: of("values") };
  }

  #extend(entry: RowEntry | undefined, columns: NewColumns, row: number, count: number): RowEntry {
    const { keyValueHeadCount: heads, headSize } = this.#weights.architecture;
    return extendEntry(entry, columns, { row, count, heads, headSize });
  }

  #ropeFeeds(positions: number): Readonly<Record<string, Float32Array>> {
    if (this.#rope !== undefined && this.#rope.positions >= positions) return this.#rope.feeds;
    const { attentionKinds, rope, headSize } = this.#weights.architecture;
    const size = Math.max(ROPE_POSITIONS, 2 ** Math.ceil(Math.log2(positions)));
    const feeds: Record<string, Float32Array> = {};
    for (const kind of new Set(attentionKinds)) {
      const { cosines, sines } = ropeTables(rope[kind], headSize, size);
      feeds[`cosines_${kind}`] = cosines;
      feeds[`sines_${kind}`] = sines;
    }
    this.#rope = { positions: size, feeds };
    return feeds;
  }
}

/** True where a filter may cut the distribution. */
export const isFiltered = ({ params }: Sequence): boolean =>
  params.temperature > 0 && (params.topK > 0 || params.topP < 1 || params.minP > 0);

function rowResults(
  outputs: Readonly<Record<string, TypedArray>>,
  rows: number,
  turns: number,
): RowResult[] {
  const chosen = outputs["chosen"] as BigInt64Array;
  const logProbs = outputs["log_probs"] as Float32Array;
  const samplingLogProbs = outputs["sampling_log_probs"] as Float32Array;
  const isExact = outputs["is_exact"] as Uint8Array | undefined;
  return Array.from({ length: rows }, (_, b) => {
    const places = Array.from({ length: turns }, (__, t) => t * rows + b);
    const firstInexact = isExact === undefined ? -1 : places.findIndex((i) => isExact[i] === 0);
    return {
      tokens: places.map((i) => Number(chosen[i])),
      logProbs: places.map((i) => logProbs[i]!),
      samplingLogProbs: places.map((i) => samplingLogProbs[i]!),
      exactCount: firstInexact < 0 ? turns : firstInexact,
    };
  });
}
