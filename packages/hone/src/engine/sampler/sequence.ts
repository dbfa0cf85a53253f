/** One sequence being sampled: what it has, and when it ends. */
import type { KeptSet } from "../../core/kept-tokens.ts";
import { uniform } from "../../core/random.ts";
import type { StopReason, TokenIds } from "../../core/rollout.ts";
import type { FormatState } from "../grammar/formats.ts";
import { cutsSampling } from "../../core/kept-tokens.ts";
import type { CompleteParams } from "./sampling-request.ts";

/** A uniform number stays this much below 1, so that a rounded product with a total never reaches the total. */
const BELOW_ONE = 1 - 2 ** -22;

/** A token may take several characters, and a character several tokens of up to one byte each. */
const TOKENS_PER_CHARACTER = 4;

export type DecodeText = (tokens: TokenIds) => string;

/** What a chunk gave one row: a token for each run of the decode program, in order. */
export interface RowTurns {
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
  readonly samplingLogProbs: readonly number[];
  readonly entropies: readonly number[];
  /** The tokens that filters left; "" where that is not wanted. */
  readonly kept: readonly KeptSet[];
}

/** What a sequence knows of texts. */
export interface SequenceText {
  /** Tokens to text, for stop strings. */
  readonly decodeText?: DecodeText | undefined;
  /** The beginning of the format that its text is bound to. */
  readonly format?: FormatState | undefined;
}

export class Sequence {
  readonly prompt: TokenIds;
  readonly params: CompleteParams;
  /** Its place among the samples of its request: the second key of its random numbers. */
  readonly index: number;
  readonly tokens: number[] = [];
  readonly logProbs: number[] = [];
  readonly samplingLogProbs: number[] = [];
  readonly entropies: number[] = [];
  /** The tokens that its filters left at each place; undefined where it has none, or does not want to know. */
  readonly kept: KeptSet[] | undefined;
  stopReason: StopReason | undefined;
  /** How far the text has come in its format; undefined without one, and behind the token that ended it. */
  format: FormatState | undefined;
  /** Whether its text is bound to a format. */
  readonly hasFormat: boolean;
  readonly #decodeText: DecodeText | undefined;

  constructor(
    prompt: TokenIds,
    index: number,
    params: CompleteParams,
    { decodeText, format }: SequenceText = {},
  ) {
    this.prompt = prompt;
    this.index = index;
    this.params = params;
    this.kept = params.tellsKept && cutsSampling(params) ? [] : undefined;
    this.#decodeText = decodeText;
    this.format = format;
    this.hasFormat = format !== undefined;
  }

  /** Tokens whose keys and values are cached once the sequence waits for its next token: all but the last. */
  get cachedLength(): number {
    return this.prompt.length + this.tokens.length - 1;
  }

  get nextInput(): number {
    return this.tokens.at(-1) ?? this.prompt.at(-1)!;
  }

  get remaining(): number {
    return this.params.maxTokens - this.tokens.length;
  }

  /** The random number of the token `ahead` places from now. */
  uniform(ahead: number): number {
    return uniform(this.params.seed, this.index, this.tokens.length + ahead) * BELOW_ONE;
  }

  /** Whether its format wants more text, and the model has no token for it. */
  get isStuck(): boolean {
    const { format } = this;
    return format !== undefined && !format.isComplete && !format.canGoOn;
  }

  /** Whether a token that comes as the `count`-th from now is the last one; `format` is how far the text has come with it. */
  endsWith(token: number, count: number, format?: FormatState): boolean {
    const { stopTokens } = this.params;
    return stopTokens.includes(token) || count >= this.remaining || this.#isOver(format);
  }

  /** Whether the text is complete and nothing can follow, where no stop token is to say so. */
  #isOver(format: FormatState | undefined): boolean {
    if (format === undefined || this.params.stopTokens.length > 0) return false;
    return format.isComplete && !format.canGoOn;
  }

  /** Takes the first `count` tokens of a chunk, or fewer when the sequence ends. @returns how many were taken */
  accept(turns: RowTurns, count: number): number {
    const { stopTokens } = this.params;
    const before = this.tokens.length;
    for (let t = 0; t < count && this.stopReason === undefined && !this.isStuck; t++) {
      const token = turns.tokens[t]!;
      this.tokens.push(token);
      this.logProbs.push(turns.logProbs[t]!);
      this.samplingLogProbs.push(turns.samplingLogProbs[t]!);
      this.entropies.push(turns.entropies[t]!);
      this.kept?.push(turns.kept[t]!);
      this.format = this.format?.after(token);
      if (stopTokens.includes(token) || this.#isOver(this.format)) this.stopReason = "stop";
      else if (this.remaining === 0) this.stopReason = "length";
    }
    this.#stopAtText(before);
    return this.tokens.length - before;
  }

  /** Ends after the first token with which the text contains a stop string; later tokens are dropped. */
  #stopAtText(before: number): void {
    const { stopStrings } = this.params;
    if (stopStrings.length === 0 || this.#decodeText === undefined) return;
    const reach = TOKENS_PER_CHARACTER * Math.max(...stopStrings.map((text) => text.length));
    const start = Math.max(0, before - reach);
    const contains = (end: number): boolean => {
      const text = this.#decodeText!(this.tokens.slice(start, end));
      return stopStrings.some((stop) => text.includes(stop));
    };
    if (!contains(this.tokens.length)) return;
    let end = before + 1;
    while (!contains(end)) end++;
    const { tokens, logProbs, samplingLogProbs, entropies, kept = [] } = this;
    for (const list of [tokens, logProbs, samplingLogProbs, entropies, kept])
      list.length = Math.min(list.length, end);
    this.stopReason = "stop";
  }
}
