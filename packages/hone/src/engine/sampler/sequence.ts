/** One sequence being sampled: what it has, and when it ends. */
import { uniform } from "../../core/random.ts";
import type { StopReason, TokenIds } from "../../core/rollout.ts";
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
}

export class Sequence {
  readonly prompt: TokenIds;
  readonly params: CompleteParams;
  /** Its place among the samples of its request: the second key of its random numbers. */
  readonly index: number;
  readonly tokens: number[] = [];
  readonly logProbs: number[] = [];
  readonly samplingLogProbs: number[] = [];
  stopReason: StopReason | undefined;
  readonly #decodeText: DecodeText | undefined;

  constructor(
    prompt: TokenIds,
    index: number,
    params: CompleteParams,
    decodeText: DecodeText | undefined,
  ) {
    this.prompt = prompt;
    this.index = index;
    this.params = params;
    this.#decodeText = decodeText;
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

  /** Whether a token that comes as the `count`-th from now is the last one. */
  endsWith(token: number, count: number): boolean {
    return this.params.stopTokens.includes(token) || count >= this.remaining;
  }

  /** Takes the first `count` tokens of a chunk, or fewer when the sequence ends. @returns how many were taken */
  accept(turns: RowTurns, count: number): number {
    const { stopTokens } = this.params;
    const before = this.tokens.length;
    for (let t = 0; t < count && this.stopReason === undefined; t++) {
      const token = turns.tokens[t]!;
      this.tokens.push(token);
      this.logProbs.push(turns.logProbs[t]!);
      this.samplingLogProbs.push(turns.samplingLogProbs[t]!);
      if (stopTokens.includes(token)) this.stopReason = "stop";
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
    for (const list of [this.tokens, this.logProbs, this.samplingLogProbs]) list.length = end;
    this.stopReason = "stop";
  }
}
