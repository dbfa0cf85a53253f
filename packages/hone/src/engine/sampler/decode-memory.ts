/** What the decode program reads and writes beside weights and caches, over the turns of one chunk. */
import { type KeptSet, packKept } from "../../core/kept-tokens.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import type { ChoiceKinds } from "./choose-token.ts";
import { type FormatState, writeDrawable } from "../grammar/formats.ts";
import { cutsSampling } from "../../core/kept-tokens.ts";
import type { RowTurns, Sequence } from "./sequence.ts";

export interface RowResult extends RowTurns {
  /** How many turns' tokens are known to be drawn from the right distribution; fewer than asked only with filters. */
  readonly exactCount: number;
}

/** A row that counts, as it grows over the turns. */
interface GrowingRow {
  readonly tokens: number[];
  readonly logProbs: number[];
  readonly samplingLogProbs: number[];
  readonly entropies: number[];
  readonly kept: KeptSet[];
  exactCount: number;
  hasEnded: boolean;
  /** How far its text has come in its format. */
  format: FormatState | undefined;
}

export class DecodeMemory {
  readonly feeds: Readonly<Record<string, TypedArray>>;
  readonly places: Readonly<Record<string, TypedArray>>;
  readonly #sequences: readonly Sequence[];
  readonly #rows: readonly GrowingRow[];
  readonly #tokens: BigInt64Array;
  readonly #lengths: Int32Array;
  readonly #total: Int32Array;
  readonly #uniforms: Float32Array;
  readonly #chosen: BigInt64Array;
  readonly #logProbs: Float32Array;
  readonly #samplingLogProbs: Float32Array;
  readonly #entropies: Float32Array;
  readonly #isExact: Uint8Array | undefined;
  /** [B,K] ids and [B] how many of the first of them a filter left; undefined where no row wants to know. */
  readonly #kept: { readonly candidates: Int32Array; readonly counts: Int32Array } | undefined;
  /** [B,V] which tokens may be chosen next; undefined where no row has a format. */
  readonly #allowed: Uint8Array | undefined;
  readonly #vocabularySize: number;

  /** @param countingRows how many of the first rows are wanted; those after them are copies that are only computed */
  constructor(
    sequences: readonly Sequence[],
    kinds: ChoiceKinds,
    {
      countingRows,
      vocabularySize,
    }: { readonly countingRows: number; readonly vocabularySize: number },
  ) {
    const count = sequences.length;
    this.#sequences = sequences;
    this.#vocabularySize = vocabularySize;
    this.#allowed = kinds.formatted ? new Uint8Array(count * vocabularySize) : undefined;
    this.#rows = sequences.slice(0, countingRows).map(({ format }) => ({
      format,
      tokens: [],
      logProbs: [],
      samplingLogProbs: [],
      entropies: [],
      kept: [],
      exactCount: 0,
      hasEnded: false,
    }));
    this.#tokens = BigInt64Array.from(sequences, (s) => BigInt(s.nextInput));
    this.#lengths = Int32Array.from(sequences, (s) => s.cachedLength);
    this.#total = Int32Array.of(Math.max(...this.#lengths) + 1);
    this.#uniforms = new Float32Array(count);
    this.#chosen = new BigInt64Array(count);
    this.#logProbs = new Float32Array(count);
    this.#samplingLogProbs = new Float32Array(count);
    this.#entropies = new Float32Array(count);
    this.#isExact = kinds.filtered ? new Uint8Array(count) : undefined;
    this.#kept = kinds.tellsKept
      ? {
          candidates: new Int32Array(count * kinds.candidates),
          counts: new Int32Array(count),
        }
      : undefined;
    this.feeds = {
      tokens: this.#tokens,
      lengths: this.#lengths,
      total: this.#total,
      uniforms: this.#uniforms,
      ...choiceFeeds(sequences),
      ...(this.#allowed === undefined ? {} : { allowed: this.#allowed }),
    };
    this.places = {
      chosen: this.#chosen,
      log_probs: this.#logProbs,
      sampling_log_probs: this.#samplingLogProbs,
      entropies: this.#entropies,
      ...(this.#isExact === undefined ? {} : { is_exact: this.#isExact }),
      ...(this.#kept === undefined
        ? {}
        : { kept_candidates: this.#kept.candidates, kept_count: this.#kept.counts }),
    };
  }

  /** Whether every row that counts has its last token, so that further turns would be for nothing. */
  get haveAllEnded(): boolean {
    return this.#rows.every((row) => row.hasEnded);
  }

  /** Feeds what the last turn chose. */
  begin(turn: number): void {
    this.#sequences.forEach((sequence, b) => (this.#uniforms[b] = sequence.uniform(turn)));
    if (this.#allowed !== undefined) this.#allow(this.#allowed);
    if (turn === 0) return;
    this.#tokens.set(this.#chosen);
    for (let b = 0; b < this.#lengths.length; b++) this.#lengths[b]!++;
    this.#total[0]!++;
  }

  /** Writes which tokens each row may be given next. A row that has ended keeps what it had. */
  #allow(allowed: Uint8Array): void {
    this.#sequences.forEach(({ params }, b) => {
      const { format, hasEnded } = this.#rows[b % this.#rows.length]!;
      if (format === undefined || hasEnded) return;
      const at = b * this.#vocabularySize;
      writeDrawable(format, params.stopTokens, allowed.subarray(at, at + this.#vocabularySize));
    });
  }

  /** Takes what a turn chose. */
  end(): void {
    this.#rows.forEach((row, b) => {
      const token = Number(this.#chosen[b]);
      const isExact = this.#isExact === undefined || this.#isExact[b] !== 0;
      if (isExact && row.exactCount === row.tokens.length) row.exactCount++;
      row.tokens.push(token);
      row.logProbs.push(this.#logProbs[b]!);
      row.samplingLogProbs.push(this.#samplingLogProbs[b]!);
      row.entropies.push(this.#entropies[b]!);
      row.kept.push(this.#keptBy(b));
      row.format = row.format?.after(token);
      row.hasEnded ||= this.#sequences[b]!.endsWith(token, row.tokens.length, row.format);
    });
  }

  /** The tokens that the filters of row b left; "" where it has none, or does not want to know. */
  #keptBy(b: number): KeptSet {
    const { params } = this.#sequences[b]!;
    if (this.#kept === undefined || !params.tellsKept || !cutsSampling(params)) return "";
    const { candidates, counts } = this.#kept;
    const start = (b * candidates.length) / counts.length;
    return packKept(candidates.slice(start, start + counts[b]!).toSorted());
  }

  /** What the rows that count were given. */
  rows(): readonly RowResult[] {
    return this.#rows;
  }
}

/** How each row chooses, [B,1] each. */
function choiceFeeds(sequences: readonly Sequence[]): Record<string, TypedArray> {
  const params = sequences.map((sequence) => sequence.params);
  return {
    inverse_temperature: Float32Array.from(params, ({ temperature }) =>
      temperature === 0 ? 1 : 1 / temperature,
    ),
    is_greedy: Uint8Array.from(params, ({ temperature }) => (temperature === 0 ? 1 : 0)),
    is_filtered: Uint8Array.from(params, (one) => (cutsSampling(one) ? 1 : 0)),
    top_k: BigInt64Array.from(params, ({ topK }) => BigInt(topK)),
    // A running sum may round up to 1 before the last token; 1 means no cut.
    top_p: Float32Array.from(params, ({ topP }) => (topP === 1 ? 2 : topP)),
    min_p: Float32Array.from(params, ({ minP }) => minP),
    is_formatted: Uint8Array.from(sequences, ({ hasFormat }) => (hasFormat ? 1 : 0)),
  };
}
