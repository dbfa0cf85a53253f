/** How many candidates a filter looks at: few while they hold what it keeps, since sorting few is much faster. */
import type { ChoiceKinds } from "./choose-token.ts";
import { cutsSampling } from "../../core/kept-tokens.ts";
import type { Sequence } from "./sequence.ts";

/** Tried in this order before the whole vocabulary. */
const CANDIDATES = [128, 2048];
/** Chunks after which fewer candidates are tried again. */
const CHUNKS_BEFORE_FEWER = 32;

export class CandidateLevel {
  readonly #vocabularySize: number;
  /** Place in the list of candidate counts, and the chunks since it last changed. */
  #level = 0;
  #chunks = 0;

  constructor(vocabularySize: number) {
    this.#vocabularySize = vocabularySize;
  }

  /** The ways of choosing that the next chunk of these sequences takes. */
  kinds(sequences: readonly Sequence[]): ChoiceKinds {
    const all = sequences.map((sequence) => sequence.params);
    const filtered = all.some(cutsSampling);
    const candidates = CANDIDATES[this.#level] ?? this.#vocabularySize;
    return {
      greedy: all.some(({ temperature }) => temperature === 0),
      filtered,
      formatted: sequences.some(({ hasFormat }) => hasFormat),
      plain: all.some((params) => params.temperature > 0 && !cutsSampling(params)),
      tempered: all.some(({ temperature }) => temperature !== 1 && temperature !== 0),
      candidates: filtered ? Math.min(candidates, this.#vocabularySize) : 0,
      tellsKept: all.some((params) => params.tellsKept && cutsSampling(params)),
    };
  }

  /** @param areTooFew whether a filter in the last chunk would have kept tokens that were not among the candidates */
  adapt(areTooFew: boolean): void {
    this.#chunks++;
    if (areTooFew) this.#level++;
    else if (this.#level > 0 && this.#chunks >= CHUNKS_BEFORE_FEWER) this.#level--;
    else return;
    this.#chunks = 0;
  }
}
