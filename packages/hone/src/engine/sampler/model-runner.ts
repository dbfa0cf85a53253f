/** Runs the sampler's programs on one set of weights: reads tokens into caches, extends rows, scores given tokens. */
import { HoneError } from "../../core/errors.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { BoundPosition } from "../grammar/bound-tokens.ts";
import type { TopLogProbs } from "../../ports/sampling-client.ts";
import type { Program } from "../../tensor/program.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import { cachedHeadSize } from "../models/architecture.ts";
import { ropeFeeds } from "../models/rope-feeds.ts";
import type { SessionPool, Sizes } from "../runtime/session-pool.ts";
import type { ChoiceKinds } from "./choose-token.ts";
import { DecodeMemory, type RowResult } from "./decode-memory.ts";
import { decodeProgram } from "./decode-program.ts";
import type { ModelWeights } from "./model-weights.ts";
import { type PrefillKind, prefillProgram } from "./prefill-program.ts";
import { TOKENS_TOGETHER } from "./read-together.ts";
import { extendEntry, type NewColumns, type RowCaches, type RowEntry } from "./row-caches.ts";
import type { Sequence } from "./sequence.ts";

/** Tokens of one row read in one run; bounds the memory of scores and of hidden states. */
export const PREFILL_TOKENS = 512;
/** Logits held at once while given tokens are scored. */
const SCORED_LOGITS = 1 << 23;

/** Which distribution given tokens are scored by. */
export interface ScoredAs {
  readonly temperature: number;
  /** What could follow at positions where not every token could; undefined where all could everywhere. */
  readonly bound: ReadonlyMap<number, BoundPosition> | undefined;
}

/** How many runs of its programs a sampler has made so far. */
export interface RunCounts {
  /** Runs that read prompts. */
  readonly prefill: number;
  /** Chunks, each as many runs of the decode program as tokens that its longest row was extended by. */
  readonly decode: number;
  /** Runs that scored given tokens. */
  readonly score: number;
  /** Tokens of prompts that were read rather than found. */
  readonly tokensRead: number;
}

/** @throws LOGITS_NOT_FINITE naming the first position without a number @param first  the position of the first log-prob */
export function checkFinite(logProbs: Float32Array, first: number): void {
  const bad = logProbs.findIndex((logProb) => !Number.isFinite(logProb));
  if (bad < 0) return;
  const got = String(logProbs[bad]);
  const facts = { where: "logProbs", row: "the given tokens", position: first + bad, got };
  throw new HoneError("LOGITS_NOT_FINITE", facts);
}

export class ModelRunner {
  readonly #weights: ModelWeights;
  readonly #sessions: SessionPool;
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

  /**
   * The entry extended by tokens, in as many runs as their number takes.
   * @param made  called with the keys and values of each run's tokens
   */
  async read(
    entry: RowEntry | undefined,
    tokens: TokenIds,
    made: (part: RowEntry) => void = () => undefined,
  ): Promise<RowEntry | undefined> {
    let extended = entry;
    for (let at = 0; at < tokens.length; at += PREFILL_TOKENS) {
      const part = tokens.slice(at, at + PREFILL_TOKENS);
      const kind = { hasPast: extended !== undefined, hasTargets: false };
      const past = extended?.length ?? 0;
      const { outputs } = await this.#prefill(kind, [part], past, part.length, extended);
      const columns = this.#columns(outputs, part.length);
      made(this.#extend(undefined, columns, 0, part.length));
      extended = this.#extend(extended, columns, 0, part.length);
    }
    return extended;
  }

  /** One entry of parts that follow one another; undefined of none. */
  joined(parts: readonly RowEntry[]): RowEntry | undefined {
    return parts.reduce<RowEntry | undefined>(
      (entry, { length, keys, values }) =>
        this.#extend(entry, { count: length, keys, values }, 0, length),
      undefined,
    );
  }

  /** Tokens of one row that are scored in one run. */
  get #scoredTokens(): number {
    return Math.min(PREFILL_TOKENS, Math.max(16, this.#logitRows));
  }

  /** Positions whose logits may be there at once. */
  get #logitRows(): number {
    return Math.floor(SCORED_LOGITS / this.#weights.architecture.vocabularySize);
  }

  /** Whether rows of this padded length can be scored in one run each, and so together. */
  canScore(length: number): boolean {
    return length <= this.#scoredTokens;
  }

  /** How many rows of this padded length are scored in one run. */
  rowsScoredTogether(length: number): number {
    return Math.max(1, Math.floor(Math.min(TOKENS_TOGETHER, this.#logitRows) / length));
  }

  /** For each row [T − 1] the log-probs of its second token and all that follow, in one run. @param length  of all rows, padded */
  async logProbsTogether(rows: readonly TokenIds[], length: number): Promise<Float32Array[]> {
    const targets = new BigInt64Array(rows.length * length);
    rows.forEach((row, b) => {
      for (let t = 1; t < row.length; t++) targets[b * length + t - 1] = BigInt(row[t]!);
    });
    const read = rows.map((row) => row.slice(0, -1));
    const kind = { hasPast: false, hasTargets: true, hasCaches: false };
    const { outputs } = await this.#prefill(kind, read, 0, length, undefined, { targets });
    const scored = outputs["log_probs"] as Float32Array;
    return rows.map((row, b) => scored.slice(b * length, b * length + row.length - 1));
  }

  /** [T·K] the likeliest next tokens after each token, and their log-probs. */
  async topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs> {
    const top = {
      tokens: new Int32Array(tokens.length * count),
      logProbs: new Float32Array(tokens.length * count),
    };
    const step = this.#scoredTokens;
    let entry: RowEntry | undefined;
    for (let at = 0; at < tokens.length; at += step) {
      const part = tokens.slice(at, at + step);
      const kind = { hasPast: at > 0, hasTargets: false, topCount: count };
      const { outputs } = await this.#prefill(kind, [part], at, part.length, entry);
      const logProbs = outputs["top_log_probs"] as Float32Array;
      checkFinite(logProbs, at);
      top.logProbs.set(logProbs, at * count);
      const ids = outputs["top_tokens"] as BigInt64Array;
      ids.forEach((id, i) => (top.tokens[at * count + i] = Number(id)));
      entry = this.#extend(entry, this.#columns(outputs, part.length), 0, part.length);
    }
    return top;
  }

  /** [T] log-prob of each token given those before it; the first is 0. */
  async logProbs(
    tokens: TokenIds,
    { temperature, bound }: ScoredAs = { temperature: 1, bound: undefined },
  ): Promise<Float32Array> {
    const logProbs = new Float32Array(tokens.length);
    const { vocabularySize } = this.#weights.architecture;
    const step = this.#scoredTokens;
    let entry: RowEntry | undefined;
    for (let at = 0; at < tokens.length - 1; at += step) {
      const part = tokens.slice(at, Math.min(at + step, tokens.length - 1));
      const targets = BigInt64Array.from(tokens.slice(at + 1, at + 1 + part.length), BigInt);
      const hasBounds = temperature !== 1 || bound !== undefined;
      const allowed = hasBounds ? new Uint8Array(part.length * vocabularySize).fill(1) : undefined;
      for (let t = 0; allowed !== undefined && t < part.length; t++) {
        const start = t * vocabularySize;
        bound?.get(at + t)?.writeAllowed(allowed.subarray(start, start + vocabularySize));
      }
      const { outputs } = await this.#prefill(
        { hasPast: at > 0, hasTargets: true, hasBounds },
        [part],
        at,
        part.length,
        entry,
        {
          targets,
          ...(allowed && { allowed, inverse_temperature: Float32Array.of(1 / temperature) }),
        },
      );
      const scored = outputs["log_probs"] as Float32Array;
      checkFinite(scored, at + 1);
      logProbs.set(scored, at + 1);
      entry = this.#extend(entry, this.#columns(outputs, part.length), 0, part.length);
    }
    return logProbs;
  }

  /**
   * Extends rows by up to `turns` tokens, one run each, on the same memory; fewer when the first `countingRows`, which alone
   * are handed out, have all ended. Row i of the caches belongs to `sequences[i]`.
   */
  async decode(
    sequences: readonly Sequence[],
    caches: RowCaches,
    kinds: ChoiceKinds,
    turns: number,
    countingRows = sequences.length,
  ): Promise<readonly RowResult[]> {
    this.runCounts.decode++;
    const { greedy, plain, filtered, formatted, tempered, candidates, tellsKept } = kinds;
    const how = [greedy, plain, filtered, formatted, tempered, candidates, tellsKept];
    const name = `decode ${how.join(" ")}`;
    const memory = new DecodeMemory(sequences, kinds, {
      countingRows,
      vocabularySize: this.#weights.architecture.vocabularySize,
    });
    const longest = Math.max(...sequences.map((s) => s.cachedLength)) + turns;
    const rope = ropeFeeds(this.#weights.architecture, longest);
    const feeds = { ...caches.feeds(sequences.length), ...memory.feeds, ...rope.feeds };
    const sizes = { B: sequences.length, P: caches.places, R: rope.positions };
    const places = { ...caches.writes(sequences.length), ...memory.places };
    const { session, bound } = await this.#open(
      name,
      () => decodeProgram(this.#weights, kinds),
      feeds,
    );
    await session.repeat(bound, sizes, places, (run) => {
      for (let turn = 0; turn < turns && !memory.haveAllEnded; turn++) {
        memory.begin(turn);
        run();
        memory.end();
      }
    });
    return memory.rows();
  }

  async #prefill(
    kind: PrefillKind,
    rows: readonly TokenIds[],
    past: number,
    length: number,
    entry: RowEntry | undefined,
    scoring: Readonly<Record<string, TypedArray>> = {},
  ) {
    const isScore = kind.hasTargets || kind.topCount !== undefined;
    this.runCounts[isScore ? "score" : "prefill"]++;
    if (!isScore) this.runCounts.tokensRead += rows.reduce((sum, row) => sum + row.length, 0);
    const tokens = new BigInt64Array(rows.length * length);
    rows.forEach((row, b) => row.forEach((token, t) => (tokens[b * length + t] = BigInt(token))));
    const rope = ropeFeeds(this.#weights.architecture, past + length);
    const feeds: Record<string, TypedArray> = {
      tokens,
      positions: BigInt64Array.from(tokens, (_, i) => BigInt(past + (i % length))),
      key_positions: BigInt64Array.from({ length: past + length }, (_, i) => BigInt(i)),
      ...rope.feeds,
      ...scoring,
    };
    entry?.keys.forEach((keys, layer) => (feeds[`past_keys.${layer}`] = keys));
    entry?.values.forEach((values, layer) => (feeds[`past_values.${layer}`] = values));
    const sizes = {
      B: rows.length,
      S: length,
      P: past,
      K: past + length,
      R: rope.positions,
    };
    const top = kind.topCount === undefined ? "" : ` top ${kind.topCount}`;
    const { hasPast, hasTargets, hasBounds = false, hasCaches = true } = kind;
    const name = `prefill ${hasPast} ${hasTargets} ${hasBounds} ${hasCaches}${top}`;
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
    const { session, bound } = await this.#open(name, make, feeds);
    const outputs = await session.run(bound, sizes);
    return Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, data]));
  }

  async #open(name: string, make: () => Program, feeds: Readonly<Record<string, TypedArray>>) {
    const { lora, arrays } = this.#weights;
    // Clients of one engine share sessions; programs differ by the adapter's shape.
    const key = `sampler ${name} ${JSON.stringify(lora ?? null)}`;
    const session = await this.#sessions.open(key, make);
    const bound = Object.fromEntries(
      Object.keys(session.program.inputs).map((input) => [
        input,
        feeds[input] ?? arrays.get(input)!,
      ]),
    );
    return { session, bound };
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
    const { architecture } = this.#weights;
    const heads = architecture.keyValueHeadCount;
    return extendEntry(entry, columns, {
      row,
      count,
      heads,
      headSize: cachedHeadSize(architecture),
    });
  }
}
